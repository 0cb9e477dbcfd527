"""A short Markdown summary for a pull request or a job's page: gates with their lines, figures, verdicts, digests."""

from __future__ import annotations

from auditor.publish import said
from auditor.publish.finished import FinishedRun
from auditor.publish.gate_outcomes import Outcome
from auditor.publish.markdown import text


def summary(run: FinishedRun, found: tuple[Outcome, ...], plan: str) -> bytes:
    """The summary, for `found` of `outcomes`; `plan` is the plan's path as the repository knows it."""
    data = run.report.prepared.data
    gone = [one for one in found if one.baseline == "absent"]
    lines = [
        f"## Audit of {text(said.subject(run))}",
        "",
        f"{text(said.counted(found))} Evaluated on {text(data.name)}, {data.evaluated:,} rows.",
        "",
        *said.gates(run, found, plan),
        *([f"\nGates of the earlier run that are gone: {text('; '.join(one.name for one in gone))}."] if gone else []),
        "",
        "### Performance",
        "",
        *said.headlines(run),
        "",
        "### Explanations",
        "",
        *(said.explanations(run) or ["No method was audited."]),
        "",
        said.boundary(),
        "",
        f"Report id `{run.report_id}`, model `{run.report.prepared.model.state_sha256}`",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")
