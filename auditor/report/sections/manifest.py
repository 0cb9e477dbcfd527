"""Annex: the SHA-256 of everything the results rest on, and the machine they were measured on."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.material import Material
from auditor.report.numbers import size
from auditor.report.printable import shorten
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import listing

KIND = "Provenance manifest"
TITLE = "What exactly do the results rest on?"
MOST_FILES = 12


@dataclass(frozen=True)
class Manifest:
    """Digests and versions."""

    digests: TableView
    environment: TableView


def context(material: Material) -> Manifest:
    """The annex from the record."""
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
    if prepared.signing is not None:
        rows.append(("Weight files: OpenSSF model-signing root digest", prepared.signing.root_sha256))
    files: list[tuple[Cell, ...]] = [
        (f"File ({file.role}): {shorten(file.name, 48)}, {size(file.bytes)}", file.sha256) for file in prepared.files
    ]
    shown, note = cut(files, MOST_FILES)
    return Manifest(
        digests=TableView("SHA-256 of everything the results rest on", columns("What", "$SHA-256"), tuple(rows) + shown, note),
        environment=_environment(material),
    )


def _environment(material: Material) -> TableView:
    environment = material.report.prepared.environment
    dirty = {True: ", with uncommitted changes", False: ", its tracked files unchanged", None: ""}[environment.dirty]
    rows: list[tuple[Cell, ...]] = [
        ("auditor", environment.auditor or "not recorded"),
        ("Python, platform", f"{environment.python}; {environment.platform}"),
        ("Device", f"{environment.device}, threads: {environment.threads}, rows per model call: {environment.rows}"),
        (
            "Packages",
            listing([f"{name} {version}" for name, version in sorted(environment.packages.items())], 30) or "none recorded",
        ),
        (
            "Determinism",
            "; ".join(_setting(name, value) for name, value in sorted(environment.determinism.items())) or "none recorded",
        ),
        ("Seed", str(material.report.prepared.seed)),
        ("Repository of the plan", f"commit {environment.commit}{dirty}" if environment.commit else "none"),
    ]
    return TableView("Environment of the measurements", columns("What", "Value"), tuple(rows))


def _setting(name: str, value: str) -> str:
    """'precision float32', 'dropout and batch statistics in evaluation mode'."""
    return f"{name} in evaluation mode" if value == "evaluation mode" else f"{name} {value}"
