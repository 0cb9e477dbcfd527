"""Run every measure over one run directory, and say by which protocol its numbers were made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.evidence.results import Result
from auditor.evidence.store import Reader
from auditor.measure._curves import protocol_id
from auditor.measure._examples import Example, examples
from auditor.measure._frame import read_frame
from auditor.measure._results import gaps
from auditor.measure._study import Study
from auditor.measure.completeness import PROTOCOL as COMPLETENESS
from auditor.measure.completeness import SMALLEST, TOLERANCE
from auditor.measure.rankings import PROTOCOL as RANKING
from auditor.plan import AuditPlan
from auditor.registry import load, names

_SHARED = ("statistics",)  # a folder of procedures, not a measure


@dataclass(frozen=True)
class Measured:
    """All results of a run, in a fixed order.

    Attributes:
        protocols: id → the whole protocol, name → text.
        tables: path inside the run → content, for tables too long to print.
        examples: sample id → its example, for the prepared ones; none where the plan says none.
    """

    results: tuple[Result, ...]
    protocols: dict[str, dict[str, str]]
    tables: dict[str, bytes] = field(default_factory=dict)
    examples: dict[str, Example] = field(default_factory=dict)


def _measures() -> tuple[str, ...]:
    return tuple(name for name in names("measure") if name not in _SHARED)


def known_names() -> tuple[str, ...]:
    """Names of every result any measure can make, sorted."""
    return tuple(sorted(name for measure in _measures() for name in load("measure", measure, "NAMES")))


def measure_all(reader: Reader, plan: AuditPlan, gated: Iterable[str] = ()) -> Measured:
    """Every result of the run.

    Args:
        reader: the run's evidence.
        plan: the resolved plan.
        gated: names of results a gate rests on; their intervals use 10,000 resamples.
    """
    study = Study(reader, plan, read_frame(reader, plan), frozenset(gated))
    results: list[Result] = []
    for measure in _measures():
        absent = [table for table in load("measure", measure, "READS") if not reader.has(table)]
        if absent:
            reason = f"the evidence holds no table `{absent[0]}`"
            results.extend(gaps(load("measure", measure, "NAMES"), {}, reason))
        else:
            results.extend(load("measure", measure, "measure")(study))
    shown = [fact.sample_id for fact in study.frame.prepared.exemplars] if plan.examples != "none" else []
    return Measured(tuple(results), _protocols(study), dict(sorted(study.tables.items())), examples(study, shown))


def _protocols(study: Study) -> dict[str, dict[str, str]]:
    prepared, plan = study.frame.prepared, study.plan
    cases = f"{int(study.frame.selected.sum()):,} selected cases"
    target = (
        "the predicted class of the clean pass"
        if prepared.model.head == "softmax"
        else "each predicted label of the clean pass"
    )
    shared = {"target": target, "cases": cases, "seed": str(prepared.seed)}
    protocols = {
        protocol_id(fill.name): {
            "fill": fill.name,
            "fill value": fill.description,
            "points": f"{prepared.steps + 1}: K = {prepared.steps} steps on the symmetric grid, 0 and all features included",
            "score": plan.primary.score,
            "features": prepared.features.description,
            "channels": "all channels of a feature are removed together",
            "order": "signed values for signed methods, magnitudes for unsigned ones, largest first",
            "ties": "a step that cuts tied features: mean over 8 seeded orders of the tied ones; the share of ties is recorded",
            "area": "trapezoid over each case's true fractions, then the weighted mean over cases",
            "insertion": "deletion of the reversed order, read backwards (same fill, symmetric steps)",
            "random control": "random orders per case in antithetic pairs (an order and its reverse)",
            **shared,
        }
        for fill in prepared.fills
    }
    protocols[COMPLETENESS] = {
        "gap": "sum of the attributions minus (logit of the input minus logit of the baseline), absolute",
        "compared with": f"the absolute difference of the logits, at least {SMALLEST} logit",
        "within": f"a case counts as complete when the gap is at most {TOLERANCE:.0%} of it (Sundararajan, Taly & Yan, 2017)",
        **shared,
    }
    protocols[RANKING] = {
        "score of a feature": "weighted mean of |signed sum over its elements| over the cases predicted as the class",
        "features": prepared.features.description,
        "rank intervals": "simultaneous over all features, max-t over pairwise differences; conservative under ties",
        "stability": "Nogueira, Sechidis & Brown (2018), two top lists, mean over 50 random half splits of the units",
        **shared,
    }
    return protocols
