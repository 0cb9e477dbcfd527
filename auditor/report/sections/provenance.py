"""Section: digests and versions, and how the report can be checked again."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.material import Material
from auditor.report.numbers import size
from auditor.report.printable import shorten
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import listing

KIND = "Provenance"
TITLE = "Can this report be checked again?"
MOST_FILES = 12


@dataclass(frozen=True)
class Provenance:
    """What the numbers depend on, and how to verify them."""

    report_id: str
    commands: tuple[tuple[str, str], ...]
    """(command, what it does)."""
    digests: TableView
    environment: TableView
    shown_files: str
    """How many files of the run this document shows or attaches."""


def context(material: Material) -> Provenance:
    """The section from the record."""
    report, prepared = material.report, material.report.prepared
    rows: list[tuple[Cell, ...]] = [
        ("Report (its id)", material.report_id),
        ("Model: parameters and buffers", prepared.model.state_sha256),
        ("Data: decoded inputs and labels", prepared.data.decoded_sha256),
        ("Plan: the part evidence depends on", prepared.plan_sha256),
        ("Thresholds that were judged", report.thresholds_sha256),
    ]
    if report.thresholds_sha256 != prepared.thresholds_sha256:
        rows.append(("Thresholds when evidence was begun", prepared.thresholds_sha256))
    rows += [(f"Fill: {fill.name}", fill.sha256) for fill in prepared.fills]
    rows += [(f"Table: {name}", digest) for name, digest in sorted(report.evidence.items())]
    files: list[tuple[Cell, ...]] = [
        (f"File ({file.role}): {shorten(file.name, 48)}, {size(file.bytes)}", file.sha256) for file in prepared.files
    ]
    shown, note = cut(files, MOST_FILES)
    return Provenance(
        report_id=material.report_id,
        commands=(
            ("auditor verify report.pdf", "checks the data inside this file and its hashes, offline"),
            ("auditor verify RUN", "checks every file of the run directory"),
            ("auditor render RUN", "makes both documents again from report.json, byte for byte"),
        ),
        digests=TableView("SHA-256 of everything the results rest on", columns("What", "$SHA-256"), tuple(rows) + shown, note),
        environment=_environment(material),
        shown_files=f"Files of the run shown or attached: {len(report.files)}; each is listed with its SHA-256 in report.json.",
    )


def _environment(material: Material) -> TableView:
    environment = material.report.prepared.environment
    dirty = {True: ", with uncommitted changes", False: ", its tracked files unchanged", None: ""}[environment.dirty]
    rows: list[tuple[Cell, ...]] = [
        ("auditor", environment.auditor or "not recorded"),
        ("Python, platform", f"{environment.python}, {environment.platform}"),
        ("Device", f"{environment.device}, threads: {environment.threads}, rows per model call: {environment.rows}"),
        (
            "Packages",
            listing([f"{name} {version}" for name, version in sorted(environment.packages.items())], 30) or "none recorded",
        ),
        (
            "Determinism",
            listing([f"{name} {value}" for name, value in sorted(environment.determinism.items())], 30) or "none recorded",
        ),
        ("Seed", str(material.report.prepared.seed)),
        ("Repository of the plan", f"commit {environment.commit}{dirty}" if environment.commit else "none"),
    ]
    return TableView("Environment of the measurements", columns("What", "Value"), tuple(rows))
