"""Clauses of the frameworks a plan chose: their findings, and the complete crosswalk as a file of the run."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auditor.evidence.beforehand import started
from auditor.evidence.clauses import FrameworkFact
from auditor.evidence.findings import Finding
from auditor.evidence.own_frameworks import chosen
from auditor.evidence.record import sha256
from auditor.judge.crosswalk import crosswalk, framework_facts
from auditor.judge.evidence_kinds import Held
from auditor.plan import AuditPlan
from auditor.report.record import Report

FILE = "tables/crosswalk.json"
DISCLAIMER = (
    "Clauses are paraphrased, as of the date of each framework. This is not the official text, not legal advice, and no "
    "statement that any requirement is met; verify against the source."
)


def with_clauses(run: Path, report: Report, plan: AuditPlan) -> tuple[Report, dict[str, bytes]]:
    """The report with every clause of the plan's frameworks as a finding, and the files to write for it.

    Args:
        run: the run, for copies of the user's own frameworks and the day it was begun.
        report: with its results, gates and verdicts.
        plan: the resolved plan.
    """
    frameworks = chosen(plan, run)
    if not frameworks:
        (run / FILE).unlink(missing_ok=True)  # of an earlier report, whose plan selected some
        return report, {}
    explained = tuple(frozenset(one.top) for one in report.exemplars)
    found = crosswalk(frameworks, Held(plan, report.prepared, report.results, report.findings, explained))
    facts = framework_facts(plan, frameworks, _begun(run))
    content = crosswalk_json(facts, found)
    files = dict(sorted({**report.files, FILE: sha256(content)}.items()))
    update = {"frameworks": facts, "findings": (*report.findings, *found), "files": files}
    return report.model_copy(update=update), {FILE: content}


def crosswalk_json(frameworks: Sequence[FrameworkFact], findings: Sequence[Finding]) -> bytes:
    """All clauses with requirement, status, evidence and statements, also those that are not printed."""
    listed: list[dict[str, Any]] = []
    for framework in frameworks:
        clauses = [one.clause for one in findings if one.clause is not None and one.clause.framework == framework.id]
        entries = [clause.model_dump(mode="json", exclude={"framework"}) for clause in clauses]
        listed.append({**framework.model_dump(mode="json"), "clauses": entries})
    content = {"schema_version": "1", "disclaimer": DISCLAIMER, "frameworks": listed}
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _begun(run: Path) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(started(run)[:10])
    except ValueError:
        return None
