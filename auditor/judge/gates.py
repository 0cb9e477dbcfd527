"""Gates: bounds set before the run, decided on the whole interval; three outcomes and the gap."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.errors import AuditError, did_you_mean
from auditor.evidence.facts import Prepared
from auditor.evidence.findings import Finding, Status
from auditor.evidence.results import Estimate, NotEvaluated, Result
from auditor.evidence.units import DIFFERENCES, POINTS
from auditor.judge.by_value import digest_finding, is_digest
from auditor.judge.gate_names import check_names
from auditor.judge.outcome import bound_text, bound_words, digits_apart, outcome, rows_to_decide, shown
from auditor.judge.waivers import with_waivers
from auditor.judge.worst import asked, column_gap, combined, fitting, simultaneous
from auditor.measure._multi_label import PROTOCOL as SEVERAL
from auditor.measure.statistics import sizes
from auditor.plan import AuditPlan
from auditor.plan.fields import Gate

_COUNTS = ("count", "rows")


def judge(plan: AuditPlan, results: Sequence[Result], prepared: Prepared | None = None) -> tuple[Finding, ...]:
    """One finding per gate, in the plan's order.

    Args:
        prepared: the audit's facts, which gates on digests are decided on.

    Raises:
        AuditError: a gate names a result that does not exist, fits several, or is not a number.
    """
    mistakes = check_names(plan, {result.name for result in results} | {gate.result for gate in plan.gates})
    if mistakes:
        raise mistakes[0]
    found = [
        digest_finding(gate, number, prepared) if is_digest(gate) else _judged(plan, _counted(gate), number, results)
        for number, gate in enumerate(plan.gates, 1)
    ]
    return with_waivers(plan, found)


def _counted(gate: Gate) -> Gate:
    """`equals: 0` of a count as both of its bounds."""
    return (
        gate if gate.equals is None else gate.model_copy(update={"at_least": float(gate.equals), "at_most": float(gate.equals)})
    )


def _judged(plan: AuditPlan, gate: Gate, number: int, results: Sequence[Result]) -> Finding:
    """The finding of one gate; of the worst slice where it means several."""
    meant = _results_of(plan, gate, number, results)
    if len(meant) == 1:
        return _finding(gate, meant[0], number)
    return combined(gate, [_finding(gate, result, number) for result in simultaneous(meant)])


def _results_of(plan: AuditPlan, gate: Gate, number: int, results: Sequence[Result]) -> list[Estimate | NotEvaluated]:
    """What a gate means: its slice exactly, else every result that adds a class or group to it, the primary analysis first."""
    named = [result for result in results if result.name == gate.result]
    label = f"Gate {number}"
    if not named:
        names = {result.name for result in results}
        fix = did_you_mean(gate.result, names)
        raise AuditError(f"{label}: this run has no such result.", found=gate.result, expected="the name of a result", fix=fix)
    meant = fitting(named, *asked(gate))
    if not meant:  # a gap of everything the gate asks about: of the whole measure, or of a column of groups
        meant += [one for one in named if one.kind == "not_evaluated" and one.slice.items() <= gate.slice.items()][:1]
    meant = meant or column_gap(gate, results)
    asked_class = gate.slice.get("class")
    by_class = {one.slice["class"] for one in named if "class" in one.slice}
    if not meant and by_class and asked_class in set(plan.model.classes) - by_class:  # only those that occur have results
        reason = f"no evaluated row is of the class {asked_class}, and none is predicted as it"
        meant = [NotEvaluated(name=gate.result, slice=gate.slice, reason=reason)]
    if "attribute" not in gate.slice:  # what the gate leaves open is about all rows
        meant = [result for result in meant if "attribute" not in result.slice] or meant
    # what the gate leaves open is the primary analysis'
    for key, value in (("method", plan.primary.method), ("fill", plan.primary.fill)):
        if len(meant) > 1 and key not in gate.slice:
            meant = [result for result in meant if result.slice.get(key) == value] or meant
    if not meant or len({frozenset(result.slice) for result in meant}) > 1 or _mixed(meant):
        offers = [_where(result.slice) for result in (meant or named)]
        raise AuditError(
            f"{label} on {gate.result} fits {'several results' if meant else 'no result'}.",
            found=_where(gate.slice),
            expected=f"one of: {'; '.join(offers[:8])}{'; …' if len(offers) > 8 else ''}",
            fix="name it in the gate's `slice`, then run the plan again: what was computed is kept",
        )
    numbers = [result for result in meant if isinstance(result, Estimate | NotEvaluated)]
    if len(numbers) < len(meant):
        kind = next(result.kind for result in meant if not isinstance(result, Estimate | NotEvaluated))
        raise AuditError(
            f"{label}: {gate.result} is a {kind}, not a number.",
            found=gate.result,
            expected="a result with one value, such as accuracy",
            fix="set the gate on a number, then run the plan again: what was computed is kept",
        )
    return numbers


def _mixed(results: Sequence[Result]) -> bool:
    """Whether results differ in method or fill: these are other analyses, not slices of one, and have no worst."""
    return any(len({result.slice.get(key) for result in results}) > 1 for key in ("method", "fill"))


def _where(mapping: dict[str, str]) -> str:
    return ", ".join(f"{key} {value}" for key, value in mapping.items()) or "overall"


def _subject(result: Estimate | NotEvaluated) -> str:
    exact = isinstance(result, Estimate) and result.name == "accuracy" and result.protocol == SEVERAL
    name = "exact match accuracy" if exact else result.name.replace("_", " ")
    name = name[0].upper() + name[1:]
    return f"{name} ({_where(result.slice)})" if result.slice else name


def _finding(gate: Gate, result: Estimate | NotEvaluated, number: int) -> Finding:
    bound = bound_text(gate.at_least, gate.at_most)
    status, reason = _decide(gate, result)
    on = "the whole interval" if gate.decide == "worst" else f"the point value: {gate.reason}"
    shared = {
        "id": f"gate-{number}",
        "kind": "gate",
        "status": status,
        "results": ((result.name, result.slice),),
        "bound": bound,
        "decided_on": on,
    }
    if isinstance(result, NotEvaluated):
        statement = f"{_subject(result)} was not evaluated; the bound set beforehand is {bound}. Reason: {result.reason}."
        return Finding.model_validate({**shared, "statement": statement, "next_step": _repair(result.reason)})
    interval = result.interval
    return Finding.model_validate(
        {
            **shared,
            "statement": _statement(gate, result, status, reason),
            "value": result.value,
            "low": interval.low if interval else None,
            "high": interval.high if interval else None,
            "unit": result.unit,
            "next_step": _next_step(gate, result, status, reason),
        }
    )


def _statement(gate: Gate, result: Estimate, status: Status, reason: str) -> str:
    """Value, interval and bound, to as many digits as tell them apart, and the outcome."""
    points = result.name in DIFFERENCES and result.unit == "fraction"
    interval, unit = result.interval, POINTS if points else result.unit
    said = [result.value, *((interval.low, interval.high) if interval else ()), gate.at_least, gate.at_most]
    digits = digits_apart([one for one in said if one is not None], unit)
    limits = ""
    if interval:
        low, high = (shown(limit, unit, digits) for limit in (interval.low, interval.high))
        limits = f" ({100 * interval.level:g}\u00a0% interval {low} to {high})"
    ending = {
        "met": "The bound is met.",
        "not met": "The bound is not met.",
        "inconclusive": "The interval reaches across the bound, so these data do not decide.",
        "not evaluated": f"Not evaluated: {reason}.",
    }[status]
    value, words = shown(result.value, unit, digits), bound_words(gate.at_least, gate.at_most, unit, digits)
    return f"{_subject(result)} is {value}{limits}; the bound set beforehand is {words}. {ending}"


def _decide(gate: Gate, result: Estimate | NotEvaluated) -> tuple[Status, str]:
    """The status, and why it was not evaluated where it was not."""
    if isinstance(result, NotEvaluated):
        return "not evaluated", result.reason
    if result.unit in _COUNTS and result.interval is None:
        return outcome(result.value, result.value, gate.at_least, gate.at_most), ""
    if result.interval is None:
        return "not evaluated", f"the result has no interval ({result.no_interval})"
    if result.interval.how.startswith("Wilson") and result.samples.rows < sizes.PROPORTION_GATED:
        return "not evaluated", sizes.too_few(result.samples.rows, sizes.PROPORTION_GATED)
    if gate.decide == "point":
        return outcome(result.value, result.value, gate.at_least, gate.at_most), ""
    return outcome(result.interval.low, result.interval.high, gate.at_least, gate.at_most), ""


def _repair(reason: str) -> str:
    if reason.startswith("too few"):
        return f"Evaluate more samples ({reason.removeprefix('too few samples: ')})."
    if reason.startswith("withheld"):
        return "Set the gate on what can be told, or have its owner withdraw it with a reason: what is withheld is not decided."
    return "Supply what is missing, or have the owner of the gate withdraw it with a reason."


def _next_step(gate: Gate, result: Estimate, status: Status, reason: str) -> str:
    if status == "met":
        return ""
    if status == "not met":
        return "Have the owner decide: improve the model, restrict its use, or accept the deviation with a reason."
    if status == "not evaluated":
        return _repair(reason) if reason.startswith("too few") else "Set the gate on a result that has an interval."
    interval, rows = result.interval, result.samples.rows
    bounds = [b for b in (gate.at_least, gate.at_most) if b is not None and interval and interval.low <= b <= interval.high]
    needed = [rows_to_decide(result.value, interval.low, interval.high, b, rows) for b in bounds] if interval else []
    numbers = [n for n in needed if n is not None]
    if not numbers or len(numbers) < len(needed):
        return "The value lies on the bound; more samples are unlikely to decide. Have the owner review the bound."
    return f"If the value stays as it is, about {max(numbers):,} samples would decide it (now {rows:,})."
