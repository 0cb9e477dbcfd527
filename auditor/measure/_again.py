"""Attributions of the same cases made again (on copies, under noise, for another class), beside the stored ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from auditor.evidence.results import Result
from auditor.measure._cases import Cases, KeyPart, Located, PerSample, lists, locate
from auditor.measure._frame import Bools, Floats, Ints
from auditor.measure._results import estimate, gaps, span_of
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import means

POPULATION = "the part of the selected cases these checks are made of, weighted to all evaluated rows"
CONTROL = "random"
SAME = 1e-6  # of the largest |x − fill| of a case: at most that is no difference
OLDER = "the evidence holds no such checks"


@dataclass(frozen=True)
class Vectors:
    """Stored attributions, one per entry; `of` gives those of one key by case, None where a case has none."""

    located: Located
    values: tuple[Floats, ...]

    def of(self, key: KeyPart, cases: Cases) -> list[Floats | None]:
        """[cases]: the values of each case."""
        found: list[Floats | None] = [None] * len(cases.row)
        rows = self.located.groups.get(key, np.empty(0, np.int64))
        own = self.located.cases
        place = {pair: index for index, pair in enumerate(zip(cases.row.tolist(), cases.target.tolist(), strict=True))}
        for row in rows.tolist():
            case = self.located.place[row]
            index = place.get((int(own.row[case]), int(own.target[case])))
            if index is not None:
                found[index] = self.values[row]
        return found


def vectors(study: Study, variants: str | None = None) -> Vectors:
    """Attributions by (method, variant): the model's own, or those whose variant starts so."""
    located = locate(study.frame, study.attributions, ("method", "variant"), variants=variants)
    flat, widths = lists(located.table, "values", np.arange(located.table.num_rows))
    return Vectors(located, tuple(np.split(flat, np.cumsum(widths)[:-1])) if len(widths) else ())


def kept_cases(study: Study, variant: str, cases: Cases) -> Bools:
    """[cases]: whether a noisy input keeps the prediction."""
    table = study.reader.table("checks")
    located = locate(study.frame, table.filter(pc.equal(table["name"], "prediction_kept")), ("variant",), variants=variant)
    rows = located.groups.get((variant,), np.empty(0, np.int64))
    value = np.asarray(located.table["value"], dtype=np.float64)[rows]
    own = located.cases
    kept = {
        (int(own.row[case]), int(own.target[case]))
        for case, one in zip(located.place[rows].tolist(), value.tolist(), strict=True)
        if one > 0
    }
    pairs = zip(cases.row.tolist(), cases.target.tolist(), strict=True)
    return np.array([pair in kept for pair in pairs], dtype=bool)


def correlations(values: Floats) -> Floats:
    """Spearman correlations [k, k] of k attributions of one case [k, features].

    One that gives every feature the same value has no order: 0 with every other one (convention).
    """
    from scipy.stats import rankdata

    rank = rankdata(values, axis=1)
    rank -= rank.mean(axis=1, keepdims=True)
    length = np.sqrt(np.square(rank).sum(axis=1))
    scaled = rank / np.where(length > 0, length, 1.0)[:, None]
    return np.asarray(scaled @ scaled.T)


def alike(first: Floats, others: list[Floats], distance: Floats | None) -> Floats | None:
    """`correlations` of an attribution [features] and others of the same case, itself first; None where it has no order.

    Args:
        distance: [features], mean |x − fill|; only features whose input differs from the fill are compared.
    """
    if any(len(one) != len(first) for one in others):
        return None
    used = np.ones(len(first), bool) if distance is None else distance > SAME * distance.max(initial=0.0)
    return correlations(np.stack([first, *others])[:, used]) if enough(first[used]) else None


def mean_of(
    study: Study, what: tuple[str, dict[str, str], str], cases: Cases, values: Floats, protocol: str, notes: list[str]
) -> Result:
    """Mean over the cases [cases] where the value is finite; `what`: name, slice, unit."""
    name, where, unit = what
    has = np.isfinite(values)
    if not has.any():
        return gaps([name], where, f"undefined for every one of {len(values):,} cases" if len(values) else OLDER)[0]
    by_sample, design, said = sampled(study, cases, has)
    mean, within = by_sample.mean(values[has, None]), [span_of(name, unit) if unit == "correlation" else None]
    outcomes, _, _ = means(design, mean, study.resamples(name), study.seed, within=within)
    samples = study.samples(design, POPULATION)
    return estimate(name, where, unit, samples, outcomes[0], protocol=protocol, notes=[*notes, *said])


def sampled(study: Study, cases: Cases, has: Bools) -> tuple[PerSample, Design, list[str]]:
    """The samples of some cases, their design, and what is left out, in words."""
    by_sample = PerSample(cases.row[has])
    lost = int((~has).sum())
    notes = [f"{lost:,} of {len(has):,} cases left out: undefined, or not stored."] if lost else []
    return by_sample, study.case_design(by_sample.row), [*notes, *by_sample.notes]


def asked(study: Study) -> Iterator[tuple[str, str]]:
    """(method, why it does not apply or '') of each method the checks are about."""
    for fact in study.frame.prepared.methods:
        if fact.name != CONTROL:
            yield fact.name, fact.reason if not fact.applies else ""


def whole(study: Study, reason: str) -> str:
    """Why a check of the audit is missing: the recorded reason, or that the evidence has none."""
    reasons = study.frame.prepared.trust.reasons
    return reasons.get("all") or reasons.get(reason) or OLDER


def enough(values: Floats) -> bool:
    """Whether one attribution [features] has an order that can be compared."""
    return len(values) >= sizes.LEAST_FEATURES and bool(np.ptp(values) > 0)


def rows_of(cases: Cases) -> Ints:
    """Samples among the cases, each once."""
    return np.unique(cases.row)
