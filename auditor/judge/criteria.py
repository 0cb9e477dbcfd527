"""The six criteria a verdict rests on, each decided by whole intervals; one that was not tested is never met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from auditor.evidence.facts import MethodFacts, Prepared
from auditor.evidence.results import Estimate, Interval, NotEvaluated, Result
from auditor.evidence.units import resolution
from auditor.judge.next_steps import interval_of, next_step, step_beside_random, step_to_stable
from auditor.judge.outcome import outcome
from auditor.plan import AuditPlan
from auditor.plan.bounds import FILL_KINDS
from auditor.plan.fields import VerdictPlan

Criterion = Literal["met", "not met", "inconclusive", "not evaluated", "not applicable"]

LEVEL = 0.025  # one-sided, family of one hypothesis per method
CONTROLS = {"magnitude": "over |x − fill|", "centre": "over centre first", "position": "over earliest first"}


class Judged(NamedTuple):
    """One criterion of one method.

    Attributes:
        status: what the intervals say.
        said: the numbers, or why there are none.
        step: what to do where it is open; '' else.
        rests: the results it rests on.
    """

    status: Criterion
    said: str
    step: str = ""
    rests: tuple[Result, ...] = ()


class Table:
    """Results by name and slice."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._found = {(result.name, tuple(sorted(result.slice.items()))): result for result in results}

    def at(self, name: str, **where: str) -> Result | None:
        """The result of exactly this slice."""
        return self._found.get((name, tuple(sorted(where.items()))))


def primary_fill(plan: AuditPlan, prepared: Prepared) -> str:
    """The fill of the primary analysis; the first prepared one where the plan leaves it to the modality."""
    return plan.primary.fill or (prepared.fills[0].name if prepared.fills else "")


def criteria_of(plan: AuditPlan, prepared: Prepared, fact: MethodFacts, table: Table, adjusted: float) -> dict[str, Judged]:
    """V1 … V6 of one method; `adjusted`: its p-value after Holm."""
    fill, bounds = primary_fill(plan, prepared), plan.verdict
    return {
        "V1": _random(fact, table, fill, adjusted, bounds.normalised_margin),
        "V2": _controls(prepared, fact, table, fill),
        "V3": _weights(prepared, fact, table, fill, bounds),
        "V4": _completeness(fact, table, bounds.complete_share),
        "V5": _stability(prepared, fact, table, bounds),
        "V6": _fills(prepared, fact, table, fill),
    }


def beats_random(adjusted: float, p: Result | None, normalised: Result | None, smallest: float) -> Criterion:
    """V1: adjusted p ≤ .025 and the normalised margin's lower limit > `smallest`; not met where its upper limit is below."""
    if not isinstance(p, Estimate) or not isinstance(normalised, Estimate) or normalised.interval is None:
        return "not evaluated"
    if adjusted <= LEVEL and normalised.interval.low > smallest:
        return "met"
    return "not met" if normalised.interval.high < smallest else "inconclusive"


def above_zero(interval: Interval | None) -> Criterion:
    """Met where the whole interval is above 0, not met where none of it is."""
    if interval is None:
        return "not evaluated"
    return "met" if interval.low > 0 else "not met" if interval.high < 0 else "inconclusive"


def together(statuses: Sequence[Criterion]) -> Criterion:
    """A conjunction: one that fails decides, then one that was not tested, then one that is open."""
    found = [status for status in statuses if status != "not applicable"]
    for word in ("not met", "not evaluated", "inconclusive"):
        if word in found:
            return word
    return "met" if found else "not evaluated"


def _random(fact: MethodFacts, table: Table, fill: str, adjusted: float, smallest: float) -> Judged:
    p = table.at("margin_p_value", method=fact.name, fill=fill)
    normalised = table.at("normalised_margin", method=fact.name, fill=fill)
    status = beats_random(adjusted, p, normalised, smallest)
    said = f"normalised margin {_number(normalised)}"
    if isinstance(p, Estimate):
        said += f", adjusted p = {adjusted:.2g}"
    step = step_beside_random(p, adjusted, LEVEL, normalised, smallest) if status == "inconclusive" else ""
    return Judged(status, said, step, _there(p, normalised))


def _controls(prepared: Prepared, fact: MethodFacts, table: Table, fill: str) -> Judged:
    orders = prepared.trust.orders
    if not orders:
        return Judged("not evaluated", _why(prepared, "magnitude"))
    found = {order: table.at("control_margin", method=fact.name, control=order, fill=fill) for order in orders}
    statuses = {order: above_zero(interval_of(result)) for order, result in found.items()}
    said = "; ".join(f"{CONTROLS[order]} {_number(result)}" for order, result in found.items())
    steps = [_step(statuses[order], result, 0.0, "trust.curves") for order, result in found.items()]
    return _open(together(list(statuses.values())), said, steps, _there(*found.values()))


def _weights(prepared: Prepared, fact: MethodFacts, table: Table, fill: str, bounds: VerdictPlan) -> Judged:
    similar = table.at("randomisation_similarity", method=fact.name)
    loss = table.at("model_dependence", method=fact.name, fill=fill)
    if not prepared.trust.copies:
        return Judged("not evaluated", _why(prepared, "copies"), "", _there(similar, loss))
    alike, lost = interval_of(similar), interval_of(loss)
    said = f"similarity {_number(similar)}; margin lost on copies {_number(loss)}"
    first: Criterion = "not evaluated" if alike is None else outcome(alike.low, alike.high, None, bounds.similarity)
    statuses: list[Criterion] = [first, above_zero(lost)]
    copies = prepared.trust.copies
    steps = [
        _step(status, result, bound, "trust.copies", copies)
        for status, result, bound in ((first, similar, bounds.similarity), (statuses[1], loss, 0.0))
    ]
    return _open(together(statuses), said, steps, _there(similar, loss))


def _completeness(fact: MethodFacts, table: Table, bound: float) -> Judged:
    share = table.at("completeness_share", method=fact.name)
    if not fact.complete:
        return Judged("not applicable", "the method does not claim it", "", _there(share))
    interval = interval_of(share)
    status: Criterion = "not evaluated" if interval is None else outcome(interval.low, interval.high, bound, None)
    return Judged(status, f"share of complete cases {_number(share)}", _step(status, share, bound, "samples"), _there(share))


def _stability(prepared: Prepared, fact: MethodFacts, table: Table, bounds: VerdictPlan) -> Judged:
    found = {"input noise": table.at("stability", method=fact.name, against="input noise")}
    if fact.name in prepared.trust.seeds:
        found["another seed"] = table.at("stability", method=fact.name, against="another seed")
    if all(result is None for result in found.values()):
        return Judged("not evaluated", _why(prepared, "noise"))
    statuses = {key: steady(interval_of(result), bounds) for key, result in found.items()}
    said = "; ".join(f"under {key} {_number(result)}" for key, result in found.items())
    steps = [step_to_stable(result, bounds) if statuses[key] == "inconclusive" else "" for key, result in found.items()]
    return _open(together(list(statuses.values())), said, steps, _there(*found.values()))


def steady(interval: Interval | None, bounds: VerdictPlan) -> Criterion:
    """V5: met from `stability` on, not met below `unstable`, open between."""
    if interval is None:
        return "not evaluated"
    return "met" if interval.low >= bounds.stability else "not met" if interval.high < bounds.unstable else "inconclusive"


def _fills(prepared: Prepared, fact: MethodFacts, table: Table, fill: str) -> Judged:
    own = [fill, *(one.name for one in prepared.fills if one.name != fill)]
    found = {name: table.at("faithfulness_margin", method=fact.name, fill=name) for name in own}
    found |= {one.name: table.at("margin_under_fill", method=fact.name, fill=one.name) for one in prepared.trust.fills}
    statuses = {name: above_zero(interval_of(result)) for name, result in found.items()}
    said = "; ".join(f"{name.replace('_', ' ')} {_number(result)}" for name, result in found.items())
    status = together(list(statuses.values()))
    if len(found) < FILL_KINDS and status != "not met":
        kinds = "fill" if len(found) == 1 else "fills"
        step = "Name further fills under `trust.fills` in the plan."
        return Judged(
            "not evaluated", f"{len(found)} {kinds}, {FILL_KINDS} of different kind are needed", step, _there(*found.values())
        )
    steps = [_step(statuses[name], result, 0.0, "trust.curves") for name, result in found.items()]
    return _open(status, f"margin: {said}", steps, _there(*found.values()))


def _number(result: Result | None) -> str:
    if isinstance(result, Estimate) and result.interval is not None:
        low, high = result.interval.low, result.interval.high
        digits = resolution(low, high)  # as in every table of the report
        while digits < 5 and result.value not in (0, 1) and round(result.value, digits) in (0, 1):
            digits += 1
        value, low, high = (round(one, digits) + 0.0 for one in (result.value, low, high))
        limits = f"{low:.{digits}f} to {high:.{digits}f}, n = {result.samples.rows:,}"
        return f"{value:.{digits}f} ({limits})".replace("-", "\u2212")
    if isinstance(result, NotEvaluated):
        return f"not evaluated: {result.reason}"
    return "not evaluated"


def _step(status: Criterion, result: Result | None, bound: float, key: str, copies: int = 0) -> str:
    return next_step(result, bound, key, copies) if status == "inconclusive" else ""


def _open(status: Criterion, said: str, steps: Iterable[str], rests: tuple[Result, ...]) -> Judged:
    """A conjunction: what to do next is said where it is still open, of the first part that is."""
    step = next((step for step in steps if step), "") if status == "inconclusive" else ""
    return Judged(status, said, step, rests)


def _why(prepared: Prepared, what: str) -> str:
    reasons: Mapping[str, str] = prepared.trust.reasons
    return reasons.get("all") or reasons.get(what) or "the evidence holds no such checks"


def _there(*results: Result | None) -> tuple[Result, ...]:
    return tuple(result for result in results if result is not None)
