"""What every experiment tracker receives of a run: tags, the gates and gaps as tables, and the files that may leave it."""

from __future__ import annotations

from pathlib import Path

from auditor.publish import said
from auditor.publish.card_figures import figures
from auditor.publish.finished import FinishedRun
from auditor.publish.gate_outcomes import outcomes, status_of
from auditor.publish.metrics import gaps
from auditor.publish.model_signing import root_digest

PREFIX = "audit"
GATE_COLUMNS = ("gate", "status", "value", "low", "high", "bound", "unit", "statement", "next_step")

Cell = str | float | None


def tags(run: FinishedRun) -> dict[str, str]:
    """Which model, data and report, what the gates came to, and the verdict on the primary method."""
    prepared = run.report.prepared
    primary = said.material_of(run).primary
    root = root_digest(run.report)
    return {
        "auditor.gates": {0: "met", 1: "not met", 3: "undecided"}[status_of(outcomes(run))] if run.gates else "none set",
        "auditor.verdict": f"{primary.title}: {primary.verdict.word}" if primary else "no method audited",
        "auditor.report_id": run.report_id,
        "auditor.model": said.subject(run),
        "auditor.model_sha256": prepared.model.state_sha256,
        "auditor.data_sha256": prepared.data.decoded_sha256,
        "auditor.thresholds_sha256": run.report.thresholds_sha256,
        **({"auditor.model_signing_root_sha256": root} if root else {}),
    }


def gate_rows(run: FinishedRun) -> list[list[Cell]]:
    """One row of `GATE_COLUMNS` per gate, in the plan's order."""
    return [
        [one.name, one.finding.status, one.finding.value, one.finding.low, one.finding.high, one.finding.bound,
         one.finding.unit, one.finding.statement, one.finding.next_step]
        for one in outcomes(run)
    ]  # fmt: skip


def gap_rows(run: FinishedRun) -> list[list[Cell]]:
    """(result, reason) of everything that was not evaluated."""
    return [[name, reason] for name, reason in gaps(run.report).items()]


def files(run: FinishedRun, include_examples: bool, into: Path) -> dict[str, Path]:
    """Name in the tracker -> file: documents, whole tables and figures. Figures are written into the folder `into`.

    Args:
        run: the run.
        include_examples: also pages that show rows of the evaluation set.
        into: an empty folder.
    """
    found = {name: run.path / name for name in run.documents(include_examples)}
    found |= {name: run.path / name for name in run.report.files if name.startswith("tables/")}
    for figure in figures(run):
        place = into / figure.file
        place.write_bytes(figure.content)
        found[f"figures/{figure.file}"] = place
    return found
