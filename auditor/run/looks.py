"""Sequential sampling: explain a first part of the cases, look, and go on until an interval is narrow enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from auditor.errors import AuditError
from auditor.evidence.allocation import first_look, neyman
from auditor.evidence.sequential_facts import Ended, Looked, LookFacts, SequentialFacts
from auditor.plan.fields import AuditPlan, Sequential
from auditor.run.ground import Chosen, Ground
from auditor.run.passes import LOOKED_AT, observe, part_name

Look = Callable[[Path, AuditPlan], Looked]
"""Measures the result that the plan's rule is on, from the evidence there is so far."""


_ENDED: dict[Ended, str] = {
    "narrow": "so no more cases",
    "looks": "but this was the last look",
    "rows": "but every row is explained",
    "most": "but the plan allows no more (`samples.most`)",
}


def look_by_look(ground: Ground, rule: Sequential, look: Look, shard: int) -> Chosen:
    """Explain case after case by the rule; what an earlier start explained is used.

    Looks, their sizes and the level are fixed before the first (statistics: each interval at 1 - .05/J), the allocation of
    further cases after it, by the spread it sees.

    Args:
        look: what is measured at each look.
        shard: cases per file.
    """
    job, strata = ground.job, ground.strata
    begun = first_look(strata.sizes, [c for c, _ in strata.keys])
    _refuse_too_few(rule, sum(begun))
    method = rule.method or job.plan.primary.method
    _refuse_without_curves(ground, method)
    sizes = rule.sizes(sum(begun), sum(strata.sizes))
    facts = SequentialFacts(
        result=rule.result,
        slice={"method": method, "fill": rule.fill or next(iter(ground.fills))},
        half_width=rule.half_width,
        planned=rule.looks,
        sizes=sizes,
        first=tuple(begun),
    )
    selection = strata.take(begun)
    chosen = Chosen(selection, (), ground.examples(selection), facts)
    explained = np.zeros(len(selection.weight), dtype=bool)
    for number, total in enumerate(sizes, 1):
        if number > 1:
            selection = strata.take(neyman(strata.sizes, begun, facts.spread, total))
        batches = (*chosen.batches, ground.cases(np.flatnonzero((selection.weight > 0) & ~explained)))
        explained = selection.weight > 0
        chosen = replace(chosen, selection=selection, batches=batches, sequential=facts)
        selected = ground.begin(chosen)
        for name, observer in LOOKED_AT:
            observe(job, replace(selected, cases=batches[-1]), part_name(name, number), observer, shard)
        facts = _seen(facts, look(job.run, job.plan), strata.names, rule)
        job.progress.note(_told(facts))
        if facts.ended:
            break
    return replace(chosen, sequential=facts)


def _refuse_too_few(rule: Sequential, first: int) -> None:
    if rule.most is not None and rule.most < first:
        raise AuditError(
            "`samples.most` leaves no room for the first look.",
            found=f"most: {rule.most:,}",
            expected=f"at least {first:,}: of each predicted class 50 cases, 30 right and 30 wrong ones, or all there are",
            fix=f"write `most: {first}` or more, or a number of cases without a rule: `samples: {rule.most}`",
        )


def _refuse_without_curves(ground: Ground, method: str) -> None:
    """A rule on a method that does not apply would never end before every row is explained."""
    if method in ground.applicable:
        return
    raise AuditError(
        f"The rule under `samples` looks at the method {method}, which does not apply to this model.",
        found=next((fact.reason for fact in ground.described if fact.name == method), "not among the methods"),
        expected=f"a method that applies: {', '.join(ground.applicable) or 'none of the plan does'}",
        fix=f"write `method: {next(iter(ground.applicable), 'occlusion')}` under `samples:`, or a number of cases",
    )


def _seen(facts: SequentialFacts, looked: Looked, names: list[str], rule: Sequential) -> SequentialFacts:
    """The facts with one more look."""
    own, number = looked.look, len(facts.looks) + 1
    ended: Ended = ""
    if own.half_width is not None and own.half_width <= rule.half_width:
        ended = "narrow"
    elif number == len(facts.sizes):
        last = facts.sizes[-1]
        ended = "looks" if number == rule.looks else "most" if last == rule.most else "rows"
    spread = facts.spread or tuple(looked.spread.get(name, 0.0) for name in names)
    unit = looked.unit or facts.unit
    return facts.model_copy(update={"looks": (*facts.looks, own), "ended": ended, "spread": spread, "unit": unit})


def _told(facts: SequentialFacts) -> str:
    own: LookFacts = facts.looks[-1]
    number = len(facts.looks)
    seen = f"half-width {own.half_width:.3g}" if own.half_width is not None else f"not evaluated ({own.reason})"
    said = f"look {number} of at most {len(facts.sizes)}: {own.rows:,} cases, {facts.result.replace('_', ' ')}: {seen}"
    if not facts.ended:
        return f"{said}; wanted {facts.half_width:g}, so {facts.sizes[number]:,} cases next"
    return f"{said}; wanted {facts.half_width:g}, {_ENDED[facts.ended]}"
