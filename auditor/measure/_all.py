"""Run every measure over one run directory, and say by which protocol its numbers were made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.evidence.results import Result
from auditor.evidence.store import Reader
from auditor.measure._examples import Example, examples
from auditor.measure._frame import read_frame
from auditor.measure._protocols import protocols
from auditor.measure._results import gaps
from auditor.measure._study import Study
from auditor.plan import AuditPlan
from auditor.plan.bounds import SLICE_KEYS
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


def _absent_here(plan: AuditPlan, name: str) -> str:
    """Why no measure made a result that a gate is on."""
    makers = {measure for measure in _measures() if name in load("measure", measure, "NAMES")}
    if makers <= {"groups", "group_rankings", "proxies"} and not plan.groups:
        return "the plan declares no groups"
    if makers == {"robustness"} and plan.robustness is None:
        return "the plan lists no corruptions"
    return "this audit makes no such result: it belongs to another kind of model or data"


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
    made = {result.name for result in results}
    if unlisted := {key for result in results for key in result.slice} - SLICE_KEYS:
        raise ValueError(f"slice keys that plans do not know: {', '.join(sorted(unlisted))}")
    for name in sorted((study.gated & set(known_names())) - made):
        results.extend(gaps((name,), {}, _absent_here(plan, name)))
    shown = [fact.sample_id for fact in study.frame.prepared.exemplars] if plan.examples != "none" else []
    return Measured(tuple(results), protocols(study), dict(sorted(study.tables.items())), examples(study, shown))
