"""Clauses of frameworks of the product for the sample report."""

from __future__ import annotations

import datetime
from typing import Any

from auditor.evidence.clauses import FrameworkFact
from auditor.evidence.findings import Finding
from auditor.evidence.frameworks import shipped
from auditor.judge.crosswalk import crosswalk, framework_facts
from auditor.judge.evidence_kinds import Held
from tests.judge.test_gates import plan_with
from tests.report import sample
from tests.report.sample_facts import prepared
from tests.report.sample_results import results

DAY = datetime.date(2026, 11, 22)


def clauses(
    *chosen: Any, begun: datetime.date | None = DAY, declared: dict[str, Any] | None = None
) -> tuple[tuple[FrameworkFact, ...], tuple[Finding, ...]]:
    """The chosen frameworks, and every finding of the sample with theirs.

    Args:
        chosen: entries of the plan's `frameworks`.
        begun: the day of the run.
        declared: the plan's statements; default: those of the sample.
    """
    said = sample.plan()["declared"] if declared is None else declared
    values = {**plan_with().model_dump(mode="json"), "frameworks": list(chosen), "declared": said}
    plan = type(plan_with()).model_validate(values)
    frameworks = [shipped(choice.id) for choice in plan.frameworks]
    found = crosswalk(frameworks, Held(plan, prepared(), results(), sample.findings()))
    return framework_facts(plan, frameworks, begun), (*sample.findings(), *found)
