"""What would decide a criterion that is open: about how many cases, or copies of the model, if the value stays."""

from __future__ import annotations

from auditor.evidence.results import Estimate, Interval, Result
from auditor.judge.outcome import rows_for_p, rows_to_decide
from auditor.plan.fields import VerdictPlan


def interval_of(result: Result | None) -> Interval | None:
    """The interval of an estimate that has one."""
    return result.interval if isinstance(result, Estimate) else None


def next_step(result: Result | None, bound: float, key: str, copies: int = 0) -> str:
    """For a bound that the interval holds; '' without an interval.

    Args:
        key: of the plan, which sets how many cases there are, or with `copies` how many copies.
        copies: how many copies of the model there are; 0: cases are counted.
    """
    interval = interval_of(result)
    if not isinstance(result, Estimate) or interval is None:
        return ""
    have, what = (copies, "copies of the model") if copies else (result.samples.rows, "cases")
    rows = rows_to_decide(result.value, interval.low, interval.high, bound, have)
    return _may_not(what, key) if rows is None or rows <= have else _would(rows, what, key)


def step_beside_random(p: Result | None, adjusted: float, level: float, normalised: Result | None, smallest: float) -> str:
    """For V1, which needs both a small p and a margin above a bound: the larger of the two numbers of cases."""
    if adjusted <= level or not isinstance(p, Estimate):
        return next_step(normalised, smallest, "samples")
    interval, for_p = interval_of(normalised), rows_for_p(adjusted, level, p.samples.rows)
    if for_p is None or not isinstance(normalised, Estimate) or interval is None:
        return _may_not("cases", "samples")
    have = normalised.samples.rows
    rows = have if interval.low > smallest else rows_to_decide(normalised.value, interval.low, interval.high, smallest, have)
    return _may_not("cases", "samples") if rows is None else _would(max(rows, for_p), "cases", "samples")


def step_to_stable(result: Result | None, bounds: VerdictPlan) -> str:
    """For V5, whose two bounds leave a value between them open however many cases there are."""
    if isinstance(result, Estimate) and bounds.unstable <= result.value < bounds.stability:
        low, high = bounds.unstable, bounds.stability
        return f"The value lies between the bounds {low:g} and {high:g}: more cases would leave it open."
    below = isinstance(result, Estimate) and result.value < bounds.unstable
    return next_step(result, bounds.unstable if below else bounds.stability, "trust.cases")


def _may_not(what: str, key: str) -> str:
    return f"The value lies at or between the bounds: more {what} (`{key}` in the plan) may not decide it."


def _would(rows: int, what: str, key: str) -> str:
    return f"About {rows:,} {what} (`{key}` in the plan) would decide, if the value stays."
