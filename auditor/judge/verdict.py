"""The verdict per method: six criteria, three phrases. A criterion that was not tested is never passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from auditor.evidence.facts import MethodFacts, Prepared
from auditor.evidence.findings import Finding, Status
from auditor.evidence.results import Estimate, NotEvaluated, Result
from auditor.judge.outcome import outcome
from auditor.plan import AuditPlan

Criterion = Literal["met", "not met", "inconclusive", "not evaluated", "not applicable"]

USABLE, CAUTION, NO = "usable for class-level rankings", "with caution", "do not rely on"
CONTROLS = ("random",)
NO_ATTRIBUTIONS = ("attention_gradient", "attention_rollout")  # attention weights are no reasons: Jain & Wallace 2019
NAMES = {
    "V1": "margin over random orders",
    "V2": "margin over model-free orders",
    "V3": "dependence on the weights",
    "V4": "completeness",
    "V5": "stability",
    "V6": "other fills",
}
LEVEL = 0.025  # one-sided, family of one hypothesis per method
SMALLEST_MARGIN = 0.05  # convention
COMPLETE_SHARE = 0.90  # convention
_FAILS = ("V1", "V3", "V4")
_NEEDED = ("V1", "V3")


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p of each hypothesis.

    Source: Holm, 1979.
    """
    adjusted, largest = {}, 0.0
    for place, name in enumerate(sorted(p, key=lambda key: (p[key], key))):
        largest = max(largest, min(1.0, (len(p) - place) * p[name]))
        adjusted[name] = largest
    return adjusted


def words(criteria: Mapping[str, Criterion], *, attribution: bool = True) -> tuple[str, str]:
    """(verdict, why) from the status of V1 … V6; what is no attribution is never usable without caution."""
    failed = [name for name in _FAILS if criteria[name] == "not met"]
    if failed:
        return NO, f"not met: {_names(failed)}"
    unshown = [name for name in _NEEDED if criteria[name] in ("inconclusive", "not evaluated")]
    if unshown:
        reasons = {"inconclusive": "is inconclusive", "not evaluated": "was not tested"}
        return NO, "not shown: " + " and ".join(f"{NAMES[name]} {reasons[criteria[name]]}" for name in unshown)
    open_ones = [name for name in criteria if criteria[name] not in ("met", "not applicable")]
    if open_ones:
        return CAUTION, ", ".join(f"{NAMES[name]} {criteria[name]}" for name in open_ones)
    if not attribution:
        return CAUTION, "attention is not an attribution, even where every criterion is met"
    return USABLE, "all criteria met or not applicable; not for reasons about individual cases"


def _names(criteria: Sequence[str]) -> str:
    return " and ".join(NAMES[name] for name in criteria)


def verdicts(plan: AuditPlan, prepared: Prepared, results: Sequence[Result]) -> tuple[Finding, ...]:
    """One finding of kind "verdict" per method of the audit, controls excluded.

    Its status is "met" for "usable …", "inconclusive" for "with caution", and for "do not rely on" "not met" where a
    criterion failed and "not evaluated" where something was not shown. The statement starts with method and verdict.
    """
    fill = primary_fill(plan, prepared)
    table = {(result.name, tuple(sorted(result.slice.items()))): result for result in results}
    methods = [fact for fact in prepared.methods if fact.name not in CONTROLS]

    def at(name: str, **where: str) -> Result | None:
        return table.get((name, tuple(sorted(where.items()))))

    p = {fact.name: _value(at("margin_p_value", method=fact.name, fill=fill), 1.0) for fact in methods}
    adjusted = holm(p)
    findings = []
    for fact in methods:
        normalised = at("normalised_margin", method=fact.name, fill=fill)
        margin = at("margin_p_value", method=fact.name, fill=fill)
        share = at("completeness_share", method=fact.name)
        criteria: dict[str, Criterion] = dict.fromkeys(NAMES, "not evaluated")
        criteria["V1"] = beats_random(adjusted[fact.name], margin, normalised)
        criteria["V4"] = completeness(fact, share)
        rests = tuple((result.name, result.slice) for result in (margin, normalised, share) if result is not None)
        findings.append(_finding(fact, criteria, _too_few(margin, normalised), rests))
    return tuple(findings)


def primary_fill(plan: AuditPlan, prepared: Prepared) -> str:
    """The fill of the primary analysis; the first prepared one where the plan leaves it to the modality."""
    return plan.primary.fill or (prepared.fills[0].name if prepared.fills else "")


def beats_random(adjusted: float, p: Result | None, normalised: Result | None) -> Criterion:
    """V1: adjusted p ≤ .025 and the normalised margin's lower limit > .05; not met where its upper limit is < .05."""
    if not isinstance(p, Estimate) or not isinstance(normalised, Estimate) or normalised.interval is None:
        return "not evaluated"
    if adjusted <= LEVEL and normalised.interval.low > SMALLEST_MARGIN:
        return "met"
    return "not met" if normalised.interval.high < SMALLEST_MARGIN else "inconclusive"


def completeness(fact: MethodFacts, share: Result | None) -> Criterion:
    """V4: share of cases within 5 %, bound .90; only for methods that claim completeness."""
    if not fact.complete:
        return "not applicable"
    if not isinstance(share, Estimate) or share.interval is None:
        return "not evaluated"
    return outcome(share.interval.low, share.interval.high, COMPLETE_SHARE, None)


def _value(result: Result | None, absent: float) -> float:
    return result.value if isinstance(result, Estimate) else absent


def _too_few(*results: Result | None) -> str:
    reasons = [result.reason for result in results if isinstance(result, NotEvaluated)]
    return next((reason for reason in reasons if reason.startswith("too few")), "")


def _finding(
    fact: MethodFacts, criteria: dict[str, Criterion], too_few: str, rests: tuple[tuple[str, dict[str, str]], ...]
) -> Finding:
    verdict, why = words(criteria, attribution=fact.name not in NO_ATTRIBUTIONS)
    if too_few:
        verdict, why = NO, "too few samples"
    if not fact.applies:
        verdict, why = NO, f"not evaluated: {fact.reason}"
    listed = ", ".join(f"{name} {NAMES[name]}: {criteria[name]}" for name in NAMES)
    failed = not too_few and fact.applies and any(criteria[name] == "not met" for name in _FAILS)
    status: Status = (
        "met" if verdict == USABLE else "inconclusive" if verdict == CAUTION else "not met" if failed else "not evaluated"
    )
    return Finding(
        id=f"verdict-{fact.name}",
        kind="verdict",
        status=status,
        statement=f"{fact.title}: {verdict} ({why}). {listed}.",
        results=rests,
        bound=f"p ≤ {LEVEL} (Holm), normalised margin > {SMALLEST_MARGIN}, complete cases ≥ {COMPLETE_SHARE} (conventions)",
        decided_on="the whole interval",
        next_step=_next_step(verdict, too_few, fact),
    )


def _next_step(verdict: str, too_few: str, fact: MethodFacts) -> str:
    if not fact.applies:
        return "Use a method that this model allows."
    if too_few:
        return "Explain more cases (`samples` in the plan)."
    if verdict == NO:
        return (
            "Do not base statements on this method's rankings or maps until every criterion named here has been tested and met."
        )
    return "Name the open criteria wherever this method is shown." if verdict == CAUTION else ""
