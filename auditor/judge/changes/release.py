"""The comparison with the release before, inside a report: its differences as results, the plan's margins as gates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from auditor.evidence.comparison import Change, Comparison
from auditor.evidence.findings import Finding, Status
from auditor.evidence.results import Estimate, NotEvaluated, Result
from auditor.judge.changes.facts import OF_RELEASE
from auditor.judge.outcome import bound_text

NAME = "release_difference"
_STATUS: dict[str, Status] = {"no regression shown": "met", "regression": "not met"}
_WORST = ("not met", "inconclusive", "not evaluated", "met")


def release_results(made: Comparison) -> tuple[Result, ...]:
    """The differences of all rows together, and every one a margin is stated on; each has what it is a difference of."""
    found = []
    for change in made.changes:
        if "class" not in change.slice or change.outcome:
            where = {"of": change.name, **change.slice}
            found.append(change.difference.model_copy(update={"name": NAME, "slice": where}))
    return tuple(found)


def release_gates(margins: dict[str, float], made: Comparison | str) -> tuple[Finding, ...]:
    """One gate per margin of the plan, decided as the comparison decides.

    Args:
        margins: result → largest loss accepted.
        made: the comparison, or why there is none.
    """
    return tuple(_gate(name, margin, made) for name, margin in margins.items())


def _gate(name: str, margin: float, made: Comparison | str) -> Finding:
    judged = [c for c in made.changes if c.name == name and c.outcome] if isinstance(made, Comparison) else []
    if not judged:
        reason = made if isinstance(made, str) else "the two audits share no such result"
        return Finding(
            id=f"{OF_RELEASE}{name}",
            kind="gate",
            status="not evaluated",
            statement=f"The change of {name.replace('_', ' ')} since the release before was not evaluated: {reason}.",
            results=((NAME, {"of": name}),),
            bound=bound_text(-margin, None),
            decided_on="the whole interval of the paired difference",
            next_step="Supply the earlier audit's folder, and run the audit again.",
        )
    judged.sort(key=_gravity)
    first, several = judged[0], len(judged) > 1
    found = first.difference
    interval = found.interval if isinstance(found, Estimate) else None
    lower = first.better == "lower"
    return Finding(
        id=f"{OF_RELEASE}{name}",
        kind="gate",
        status=_status(first),
        statement=f"Worst of {len(judged)}: {first.statement}" if several else first.statement,
        results=tuple((NAME, {"of": one.name, **one.slice}) for one in judged),
        value=found.value if isinstance(found, Estimate) else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        bound=bound_text(None, margin) if lower else bound_text(-margin, None),
        unit=first.unit,
        decided_on="the whole interval of the paired difference",
        next_step=first.next_step,
    )


def _status(change: Change) -> Status:
    word = _STATUS.get(change.outcome, change.outcome)
    return next(status for status in get_args(Status) if status == word)


def _gravity(change: Change) -> tuple[int, float]:
    """Failed first; of equal outcomes the largest loss first."""
    value = change.difference.value if isinstance(change.difference, Estimate) else 0.0
    return _WORST.index(_status(change)), -value if change.better == "lower" else value


def release_gap(reason: str) -> Sequence[Result]:
    """The gap of everything a comparison would have told."""
    return (NotEvaluated(name=NAME, reason=reason),)
