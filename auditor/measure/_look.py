"""One look of a sequential rule: the result it is on, from the evidence there is so far."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.evidence.sequential_facts import Looked, LookFacts
from auditor.evidence.store import Reader
from auditor.measure._frame import read_frame
from auditor.measure._results import tidy
from auditor.measure._study import Study
from auditor.measure.faithfulness import at_a_look
from auditor.plan import AuditPlan


def look(run: Path, plan: AuditPlan) -> Looked:
    """Value, interval and half-width at the level of one look, and the spread of the samples' contributions by stratum."""
    reader = Reader(run)
    study = Study(reader, plan, read_frame(reader, plan))
    rule, frame = study.frame.prepared.sequential, study.frame
    if rule is None:
        raise ValueError("the audit has no sequential rule")
    made, rows, values = at_a_look(study, rule.result, rule.slice)
    count = int(frame.selected.sum())
    values = values * frame.factor[rows]
    spread = {
        name: tidy(float(np.std(values[frame.stratum[rows] == code], ddof=1)))
        for code, name in enumerate(frame.strata)
        if (frame.stratum[rows] == code).sum() > 1
    }
    if not isinstance(made, Estimate) or made.interval is None:
        reason = made.reason if isinstance(made, NotEvaluated) else "the result has no interval"
        return Looked(LookFacts(rows=count, reason=reason), "", spread)
    low, high = made.interval.low, made.interval.high
    seen = LookFacts(rows=count, value=made.value, low=low, high=high, half_width=tidy((high - low) / 2))
    return Looked(seen, made.unit, spread)
