"""Mistakes in the gates that can be seen before anything is run: names, bounds, reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditor.errors import AuditError, did_you_mean
from auditor.judge.changes.margins import margin_mistakes
from auditor.judge.worst import WORST
from auditor.plan import AuditPlan
from auditor.plan.bounds import DIGESTS
from auditor.plan.fields import Gate


def check_names(plan: AuditPlan, known: Iterable[str]) -> list[AuditError]:
    """Every mistake in the gates that can be seen before anything is run; empty when there is none.

    Args:
        plan: the plan.
        known: names of results, from `auditor.measure.known_names()`.
    """
    names = (*known, *DIGESTS)
    found = [mistake for number, gate in enumerate(plan.gates, 1) for mistake in _mistakes(plan, gate, number, names)]
    return [*found, *margin_mistakes(plan.previous.margins if plan.previous else {})]


def _mistakes(plan: AuditPlan, gate: Gate, number: int, known: Sequence[str]) -> list[AuditError]:
    label = f"Gate {number}"
    found = []
    if gate.result not in known:
        fix = did_you_mean(gate.result, known)
        found.append(AuditError(f"{label}: unknown result.", found=gate.result, expected="the name of a result", fix=fix))
    if gate.at_least is None and gate.at_most is None and gate.equals is None:
        found.append(
            AuditError(
                f"{label} on {gate.result} has no bound.", expected="at_least or at_most", fix="add `at_least: 0.9`, say"
            )
        )
    elif gate.at_least is not None and gate.at_most is not None and gate.at_least > gate.at_most:
        found.append(
            AuditError(
                f"{label} on {gate.result}: nothing satisfies both bounds.",
                found=f"at_least {gate.at_least:g}, at_most {gate.at_most:g}",
                expected="at_least not above at_most",
                fix="exchange them or drop one",
            )
        )
    if gate.decide == "point" and not gate.reason:
        found.append(
            AuditError(
                f"{label} on {gate.result} decides on the point value without a reason.",
                expected="`reason:` in a sentence, printed in the report",
                fix="give the reason, or decide on the interval (`decide: worst`)",
            )
        )
    values = {
        "class": plan.model.classes,
        "method": tuple(method.name for method in plan.methods),
    }
    for key, value in gate.slice.items():
        if values.get(key) and value not in (*values[key], WORST):  # a folder's classes are known once it is opened
            fix = did_you_mean(value, values[key])
            found.append(AuditError(f"{label}: unknown {key}.", found=value, expected=f"a {key} of the plan", fix=fix))
    return found
