"""Annex: the commands that verify this report, render it again and repeat its measurements."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.material import Material

KIND = "Verify and re-run"
TITLE = "How is it verified, and run again?"


@dataclass(frozen=True)
class Verification:
    """Commands in order of effort."""

    needs: str
    commands: tuple[tuple[str, str], ...]
    """(command, what it does)."""
    limits: str


def context(material: Material) -> Verification:
    """The annex; it names the version that wrote the report."""
    version = material.report.prepared.environment.auditor
    return Verification(
        needs=f"All commands below work offline, with the Python package auditor{f' {version}' if version else ''}. "
        "RUN is the folder of the run, PLAN its audit.yaml.",
        commands=(
            (
                "auditor verify report.pdf",
                "Compares the record inside this file with the report id it names. Needs nothing else.",
            ),
            ("auditor verify RUN", "Compares every file of the run with its SHA-256, and its parts with each other."),
            ("auditor check RUN", "Says whether the gates are met, also by its exit status."),
            ("auditor render RUN", "Makes HTML and PDF again from report.json, byte for byte where libraries are the same."),
            ("auditor run PLAN --out NEW", "Repeats all measurements, with the model and the data whose SHA-256 is printed."),
        ),
        limits="Verifying shows that nothing was changed after it was written. It does not show that what was written is true.",
    )
