"""A gate on a result of several classes or groups means the worst of them, each at the simultaneous level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.evidence.findings import Finding
from auditor.evidence.results import Estimate, NotEvaluated, Result
from auditor.judge.simultaneous import widened
from auditor.plan.fields import Gate

WORST = "worst"
_ORDER = ("not met", "inconclusive", "not evaluated", "met")


def asked(gate: Gate) -> tuple[dict[str, str], frozenset[str]]:
    """(what the gate's slice fixes, the keys it leaves to the worst).

    `{class: worst}` and leaving `class` out mean the same, but the first never means the result of all rows together.
    """
    fixed = {key: value for key, value in gate.slice.items() if value != WORST}
    return fixed, frozenset(gate.slice) - frozenset(fixed)


def fitting(named: Sequence[Result], fixed: Mapping[str, str], among: frozenset[str]) -> list[Result]:
    """The results a gate can mean: exactly its slice, else those that add the same fewest keys to it."""
    exact = [result for result in named if result.slice == fixed and not among]
    if exact:
        return exact
    holding = [result for result in named if fixed.items() <= result.slice.items() and among <= result.slice.keys()]
    fewest = min((len(result.slice) for result in holding), default=0)
    return [result for result in holding if len(result.slice) == fewest]


def column_gap(gate: Gate, results: Sequence[Result]) -> list[Result]:
    """Why nothing was compared by the column of groups a gate names, as the gap of what the gate is on; [] where it was."""
    gaps = [one for one in results if one.name == "group_counts" and one.slice == {"attribute": gate.slice.get("attribute")}]
    return [one.model_copy(update={"name": gate.result, "slice": gate.slice}) for one in gaps if one.kind == "not_evaluated"]


def simultaneous(results: Sequence[Estimate | NotEvaluated]) -> list[Estimate | NotEvaluated]:
    """The results with intervals that hold for all of them at once."""
    items = sum(isinstance(result, Estimate) and result.interval is not None for result in results)
    return [
        result.model_copy(update={"interval": widened(result.interval, result.value, items)})
        if isinstance(result, Estimate) and result.interval is not None
        else result
        for result in results
    ]


def combined(gate: Gate, findings: Sequence[Finding]) -> Finding:
    """One finding from those of each slice: its status is the worst of theirs, it shows the worst value and what was left out.

    Args:
        findings: one per slice, each decided on its simultaneous interval.
    """
    first = min(findings, key=lambda finding: (_ORDER.index(finding.status), _distance(gate, finding)))
    kinds = sorted({key for finding in findings for _, by in finding.results for key in by} - set(asked(gate)[0]))
    of = f"{len(findings)} ({', '.join(kinds)})"
    words = [(word, sum(finding.status == word for finding in findings)) for word in _ORDER]
    counts = ", ".join(f"{count} {word}" for word, count in words if count)
    rest = sorted((f for f in findings if f is not first), key=lambda f: (_ORDER.index(f.status), _distance(gate, f)))
    return first.model_copy(
        update={
            "statement": f"Worst of {of}: {first.statement} Of all: {counts}.",
            "results": tuple(result for finding in (first, *rest) for result in finding.results),
            "decided_on": first.decided_on if gate.decide == "point" else f"the worst of {of}, simultaneous intervals",
        }
    )


def _distance(gate: Gate, finding: Finding) -> float:
    """How far a value lies on the good side of the nearer bound; what has no value comes last."""
    if finding.value is None:
        return float("inf")
    above = [] if gate.at_least is None else [finding.value - gate.at_least]
    below = [] if gate.at_most is None else [gate.at_most - finding.value]
    return min([*above, *below], default=0.0)
