"""The verdict per method: six criteria, three phrases. A criterion that was not tested is never passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.evidence.facts import MethodFacts, Prepared
from auditor.evidence.findings import CriterionFact, Finding, Status
from auditor.evidence.results import Estimate, NotEvaluated, Result
from auditor.judge.criteria import LEVEL, Criterion, Judged, Table, criteria_of
from auditor.judge.criteria import primary_fill as primary_fill
from auditor.plan import AuditPlan

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
    table, fill = Table(results), primary_fill(plan, prepared)
    methods = [fact for fact in prepared.methods if fact.name not in CONTROLS]
    p = {fact.name: _value(table.at("margin_p_value", method=fact.name, fill=fill), 1.0) for fact in methods}
    adjusted = holm(p)
    return tuple(_finding(plan, fact, criteria_of(plan, prepared, fact, table, adjusted[fact.name])) for fact in methods)


def _value(result: Result | None, absent: float) -> float:
    return result.value if isinstance(result, Estimate) else absent


def _too_few(results: Sequence[Result]) -> str:
    reasons = [result.reason for result in results if isinstance(result, NotEvaluated)]
    return next((reason for reason in reasons if reason.startswith("too few")), "")


def _finding(plan: AuditPlan, fact: MethodFacts, judged: Mapping[str, Judged]) -> Finding:
    criteria = {name: one.status for name, one in judged.items()}
    verdict, why = words(criteria, attribution=fact.name not in NO_ATTRIBUTIONS)
    too_few = _too_few(judged["V1"].rests)
    if too_few:
        seen = [name for name in _FAILS if criteria[name] == "not met"]
        verdict, why = NO, f"too few samples; not met: {_names(seen)}" if seen else "too few samples"
    if not fact.applies:
        verdict, why = NO, f"not evaluated: {fact.reason}"
    listed = ", ".join(f"{name} {NAMES[name]}: {criteria[name]}" for name in NAMES)
    failed = fact.applies and any(criteria[name] == "not met" for name in _FAILS)
    status: Status = (
        "met" if verdict == USABLE else "inconclusive" if verdict == CAUTION else "not met" if failed else "not evaluated"
    )
    bounds = plan.verdict
    return Finding(
        id=f"verdict-{fact.name}",
        kind="verdict",
        status=status,
        statement=f"{fact.title}: {verdict} ({why}). {listed}.",
        results=tuple((result.name, result.slice) for one in judged.values() for result in one.rests),
        bound=(
            f"p ≤ {LEVEL} (Holm), normalised margin > {bounds.normalised_margin}, margin over model-free orders > 0, "
            f"similarity under random weights ≤ {bounds.similarity}, complete cases ≥ {bounds.complete_share}, "
            f"stability ≥ {bounds.stability}, margin > 0 under three fills (conventions)"
        ),
        decided_on="the whole interval",
        next_step=_next_step(verdict, too_few, fact, judged),
        criteria=tuple(
            CriterionFact(id=name, title=NAMES[name], status=one.status, statement=one.said, next_step=one.step)
            for name, one in judged.items()
        ),
    )


def _next_step(verdict: str, too_few: str, fact: MethodFacts, judged: Mapping[str, Judged]) -> str:
    if not fact.applies:
        return "Use a method that this model allows."
    if too_few:
        return "Explain more cases (`samples` in the plan)."
    open_ones = " ".join(f"{NAMES[name].capitalize()}: {one.step}" for name, one in judged.items() if one.step)
    if verdict == NO:
        rest = (
            "Do not base statements on this method's rankings or maps until every criterion named here has been tested and met."
        )
        return f"{rest} {open_ones}".strip()
    return f"Name the open criteria wherever this method is shown. {open_ones}".strip() if verdict == CAUTION else ""
