"""How much an attribution moves where nothing of importance did: under a little noise, with another seed, beside other methods.

Also the infidelity: how far sums of attributions are from what the logit really loses when features are removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.evidence.results import Result
from auditor.measure._again import (
    OLDER,
    POPULATION,
    Vectors,
    asked,
    correlations,
    enough,
    kept_cases,
    mean_of,
    sampled,
    vectors,
    whole,
)
from auditor.measure._cases import locate
from auditor.measure._frame import Floats
from auditor.measure._results import estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics.intervals import smooth

NOISE = ("stability", "max_sensitivity")
FIDELITY = ("infidelity", "relative_infidelity")
NAMES = (*NOISE, *FIDELITY, "method_agreement")
READS = ("samples", "predictions", "attributions", "checks")
PROTOCOL = "input noise"
INFIDELITY = "infidelity"
AGREEMENT = "agreement between methods"


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file, method by method, then the pairs of methods."""
    trust, own = study.frame.prepared.trust, vectors(study)
    noisy = vectors(study, "input_noise:")
    seeds = vectors(study, "seed:")
    for method, reason in asked(study):
        if reason or not trust.noise:
            where = {"method": method, "against": PROTOCOL}
            yield from gaps(NOISE[:1], where, reason or whole(study, "noise"))
            yield from gaps(NOISE[1:], {"method": method}, reason or whole(study, "noise"))
        else:
            yield from _noise(study, method, own, noisy)
        if method in trust.seeds:
            yield _seed(study, method, own, seeds)
    yield from _infidelity(study)
    yield from _agreement(study, own)


def _noise(study: Study, method: str, own: Vectors, noisy: Vectors) -> Iterator[Result]:
    cases = noisy.located.cases
    variants = [f"input_noise:{number}" for number in range(1, study.frame.prepared.trust.noise + 1)]
    moved = [noisy.of((method, variant), cases) for variant in variants]
    kept = [kept_cases(study, variant, cases) for variant in variants]
    values = np.full((2, len(cases.row)), np.nan)
    for case, first in enumerate(own.of((method, ""), cases)):
        found = [one[case] for one, same in zip(moved, kept, strict=True) if same[case]]
        others = [one for one in found if one is not None and first is not None and len(one) == len(first)]
        if first is None or not others:
            continue
        if enough(first):
            values[0, case] = correlations(np.stack([first, *others]))[0, 1:].mean()
        size = float(np.linalg.norm(first))
        if size > 0:
            values[1, case] = max(float(np.linalg.norm(one - first)) for one in others) / size
    note = ["Cases whose prediction changes under the noise are left out."]
    where = {"method": method, "against": PROTOCOL}
    yield mean_of(study, (NOISE[0], where, "correlation"), cases, values[0], PROTOCOL, note)
    largest = [*note, "The largest change over the noisy inputs of a case, divided by the size of the attribution."]
    yield mean_of(study, (NOISE[1], {"method": method}, "ratio"), cases, values[1], PROTOCOL, largest)


def _seed(study: Study, method: str, own: Vectors, seeds: Vectors) -> Result:
    cases = seeds.located.cases
    values = np.full(len(cases.row), np.nan)
    pairs = zip(own.of((method, ""), cases), seeds.of((method, "seed:1"), cases), strict=True)
    for case, (first, second) in enumerate(pairs):
        if first is not None and second is not None and enough(first):
            values[case] = correlations(np.stack([first, second]))[0, 1]
    return mean_of(study, (NOISE[0], {"method": method, "against": "another seed"}, "correlation"), cases, values, PROTOCOL, [])


def _infidelity(study: Study) -> Iterator[Result]:
    """Mean squared difference, and its ratio to the mean squared drop (what attributing nothing would have)."""
    table = study.reader.table("checks")
    wanted = pc.is_in(table["name"], value_set=pa.array(["infidelity", "mean_square_drop"]))
    located = locate(study.frame, table.filter(wanted), ("method", "name"))
    value = np.asarray(located.table["value"], dtype=np.float64)

    def column(method: str, name: str) -> Floats:
        found = np.full(len(located.cases.row), np.nan)
        rows = located.groups.get((method, name), np.empty(0, np.int64))
        found[located.place[rows]] = value[rows]
        return found

    drop = column("", "mean_square_drop")
    facts = {fact.name: fact for fact in study.frame.prepared.methods}
    for method, reason in asked(study):
        where, error = {"method": method}, column(method, "infidelity")
        if reason or not np.isfinite(error).any():
            fact = facts[method]
            shares = fact.signed and fact.unit == "logits" and fact.pool == "sum"
            why = whole(study, "infidelity") if shares else "not applicable: its values are no shares of the logit"
            yield from gaps(FIDELITY, where, reason or why)
            continue
        yield mean_of(study, (FIDELITY[0], where, "logits²"), located.cases, error, INFIDELITY, [])
        both = np.stack([error, drop], axis=1)
        has = np.asarray(np.isfinite(both).all(axis=1), dtype=bool)
        by_sample, design, notes = sampled(study, located.cases, has)
        pairs = by_sample.mean(both[has])
        (a, b), _ = design.moments(pairs)
        if b <= 0:
            yield from gaps(FIDELITY[1:], where, "removing features changes no logit")
            continue
        outcome = smooth(design, pairs, _ratio, np.array([1 / b, -a / b**2]), study.resamples(FIDELITY[1]), study.seed)
        samples = study.samples(design, POPULATION)
        yield estimate(FIDELITY[1], where, "ratio", samples, outcome, protocol=INFIDELITY, notes=notes)


def _ratio(mean: Floats) -> Floats:
    return mean[..., 0] / mean[..., 1]


def _agreement(study: Study, own: Vectors) -> Iterator[Result]:
    """Spearman of the magnitudes of two methods, case by case."""
    cases = own.located.cases
    names = [method for method, reason in asked(study) if not reason]
    magnitudes = {name: [None if one is None else np.abs(one) for one in own.of((name, ""), cases)] for name in names}
    for first, second in combinations(names, 2):
        values = np.full(len(cases.row), np.nan)
        for case, (a, b) in enumerate(zip(magnitudes[first], magnitudes[second], strict=True)):
            if a is not None and b is not None and len(a) == len(b) and enough(a) and enough(b):
                values[case] = correlations(np.stack([a, b]))[0, 1]
        where = {"method": first, "other": second}
        yield mean_of(study, (NAMES[4], where, "correlation"), cases, values, AGREEMENT, ["Of magnitudes."])
    if len(names) < 2:
        yield from gaps(NAMES[4:], {}, "one method has no other to agree with" if names else OLDER)
