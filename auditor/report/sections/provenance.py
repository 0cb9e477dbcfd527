"""Section: what the report is valid for, and where to check it again."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.material import Material
from auditor.report.view import Cell, TableView, columns

KIND = "Provenance"
TITLE = "Can this report be checked again?"


@dataclass(frozen=True)
class Provenance:
    """What the numbers depend on, and how to verify them."""

    report_id: str
    digests: TableView
    measured_by: str
    repeated: str
    """Whether the run was repeated."""
    where: str
    """Which annexes say more."""


def context(material: Material) -> Provenance:
    """The section from the record."""
    prepared, numbers = material.report.prepared, material.sections
    environment = prepared.environment
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Model: parameters and buffers", prepared.model.state_sha256),
        ("Data: decoded inputs and labels", prepared.data.decoded_sha256),
        ("Plan: the part evidence depends on", prepared.plan_sha256),
        ("Thresholds that were judged", material.report.thresholds_sha256),
    )
    if material.own is not None:
        rows += (("Templates, the author's own: path and SHA-256 of each", material.own.digest),)
    if material.report.redacted is not None:
        rows = (("Report this copy was redacted from", material.report.redacted.report_id), *rows)
    signing = prepared.signing
    if signing is not None:
        rows = (*rows, ("Weight files: OpenSSF model-signing root digest", signing.root_sha256))
    where = [f"annex {numbers[name]}: {what}" for name, what in _ANNEXES.items() if name in numbers]
    return Provenance(
        report_id=material.report_id,
        digests=TableView("Valid for these and no others", columns("What", "$SHA-256"), rows, signing.said if signing else ""),
        measured_by=(
            f"Measured by auditor {environment.auditor or '(version not recorded)'} on {environment.device}, "
            f"Python {environment.python}, seed {prepared.seed}."
        ),
        repeated="This report does not say whether the run was repeated.",
        where=f"More: {'; '.join(where)}." if where else "More: in the full report.",
    )


_ANNEXES = {
    "manifest": "everything the results rest on",
    "verification": "how to verify and re-run",
    "machine": "attached data",
}
