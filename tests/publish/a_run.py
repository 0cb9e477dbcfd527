"""A finished run with every outcome of a gate, made by hand: documents are placeholders, the record is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auditor.evidence.findings import Finding
from auditor.evidence.manifest import write_manifest
from auditor.publish.finished import FinishedRun, finished
from tests.report import sample

PLAN = """\
name: digits
gates: # bounds set before the run
  - result: accuracy
    at_least: 0.98
  - {result: overconfidence, at_most: 0.02}

  - result: recall
    slice: {class: "3"}
    at_least: 0.95
  - result: worst_group
    at_least: 0.9
"""
LINES = (3, 5, 7, 10)
GATES: list[dict[str, Any]] = [
    {"result": "accuracy", "at_least": 0.98},
    {"result": "overconfidence", "at_most": 0.02},
    {"result": "recall", "slice": {"class": "3"}, "at_least": 0.95},
    {"result": "worst_group", "at_least": 0.9},
]
TIMES = (
    '{"schema_version": "1", "runs": [{"started": "2026-11-20T10:00:00Z", "finished": "2026-11-20T10:01:05Z", '
    '"stages": [{"name": "predictions", "seconds": 12.5}, {"name": "curves", "seconds": 50.0}]}]}'
)


def findings() -> tuple[Finding, ...]:
    """A gate of each outcome, in the plan's order, then two verdicts."""
    gates = [found for found in sample.findings() if found.kind == "gate"]
    gap = Finding(
        id="gate-4",
        kind="gate",
        status="not evaluated",
        statement="Worst group was not evaluated; the bound set beforehand is ≥ 0.9. Reason: no groups are declared.",
        results=(("worst_group", {}),),
        bound="≥ 0.9",
        next_step="Supply what is missing.",
    )
    named = [gate.model_copy(update={"id": f"gate-{number}"}) for number, gate in enumerate(gates, 1)]
    return (*named, gap, *(found for found in sample.findings() if found.kind == "verdict"))


def write(folder: Path, **changed: Any) -> FinishedRun:
    """Write the run and open it; `changed` replaces fields of the report."""
    plan = changed.pop("plan", sample.plan(gates=GATES, examples="redacted"))
    sample.write(folder, plan=plan, **({"findings": findings()} | changed))
    (folder / "plan.yaml").write_text(PLAN)
    (folder / "run.json").write_text(TIMES)
    (folder / "report.html").write_text("<!doctype html><title>placeholder</title>")
    (folder / "report.pdf").write_bytes(b"%PDF-1.7 placeholder")
    write_manifest(folder)
    return finished(folder)
