"""Whether a method shows what the model has learnt: its maps on weight-randomised copies, and for another class.

Per case: r_m the Spearman correlation between the attribution and that of copy m, over the features whose input differs from
the fill; the floor is the same between pairs of copies, which have nothing in common but the input. Model dependence: the
margin of the method's order minus the mean margin of its orders on the copies, all scored on the audited model.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._again import (
    POPULATION,
    Vectors,
    alike,
    asked,
    correlations,
    enough,
    mean_of,
    rows_of,
    sampled,
    vectors,
    whole,
)
from auditor.measure._cases import Cases
from auditor.measure._frame import Floats
from auditor.measure._margins import Margins
from auditor.measure._results import estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.two_way import two_way

RANDOMISED = ("randomisation_similarity", "randomisation_floor", "model_dependence")
NAMES = (*RANDOMISED, "other_class_similarity")
READS = ("samples", "predictions", "attributions", "curves")
PROTOCOL = "weight-randomised copies"
OTHER = "another class"


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file, method by method."""
    trust = study.frame.prepared.trust
    own = vectors(study)
    copies = vectors(study, "randomised:")
    fills = vectors(study, "model_free:magnitude")
    margins = Margins(study) if trust.copies else None
    for method, reason in asked(study):
        if margins is None or reason:
            yield from gaps(RANDOMISED, {"method": method}, reason or whole(study, "copies"))
        else:
            yield from _randomised(study, method, (own, copies, fills), margins)
        yield _other_class(study, method, reason, own)


def _randomised(study: Study, method: str, stored: tuple[Vectors, Vectors, Vectors], margins: Margins) -> Iterator[Result]:
    own, copies, fills = stored
    trust, cases = study.frame.prepared.trust, copies.located.cases
    variants = [f"randomised:{number}" for number in range(1, trust.copies + 1)]
    found = len(rows_of(cases))
    reason = sizes.too_few(found, sizes.RANDOMISATION, "samples explained again (`trust.cases`)")
    reason = reason or sizes.too_few(trust.copies, sizes.COPIES, "copies (`trust.copies`)")
    if reason:
        yield from gaps(RANDOMISED, {"method": method}, reason)
        return
    of_copies = [copies.of((method, variant), cases) for variant in variants]
    differs = fills.of(("", "model_free:magnitude"), cases)
    similar, floor = np.full((len(cases.row), len(variants)), np.nan), np.full(len(cases.row), np.nan)
    for case, first in enumerate(own.of((method, ""), cases)):
        others = [one[case] for one in of_copies]
        known = [one for one in others if one is not None]
        table = None if first is None or len(known) < len(others) else alike(first, known, differs[case])
        if table is not None:
            similar[case] = table[0, 1:]
            floor[case] = table[1:, 1:][np.triu_indices(len(known), 1)].mean()
    where, note = {"method": method}, ["Over the features whose input differs from the fill; 1: the same order."]
    yield _two_way(study, (RANDOMISED[0], where, "correlation"), cases, similar, note)
    yield mean_of(study, (RANDOMISED[1], where, "correlation"), cases, floor, PROTOCOL, ["Between pairs of copies."])
    fill, score = study.frame.prepared.fills[0].name, study.plan.primary.score
    each = np.stack([margins.variant(method, variant, fill) for variant in variants], axis=1)
    lost = margins.own(method, fill)[:, None] - each
    yield _two_way(study, (RANDOMISED[2], {**where, "fill": fill}, score), margins.cases, lost, [], among=cases)


def _two_way(
    study: Study,
    what: tuple[str, dict[str, str], str],
    cases: Cases,
    values: Floats,
    notes: list[str],
    *,
    among: Cases | None = None,
) -> Result:
    """Mean over cases and copies, values [cases, copies]; `among`: the cases that should have one, where not all."""
    name, where, unit = what
    has = np.asarray(np.isfinite(values).all(axis=1), dtype=bool)
    if not has.any():
        return gaps([name], where, "undefined for every case: an attribution failed, or none gives an order")[0]
    expected = len(has) if among is None else len(among.row)
    by_sample, design, _ = sampled(study, cases, has)
    outcome = two_way(design, by_sample.mean(values[has]), study.resamples(name), study.seed)
    lost = expected - int(has.sum())
    notes = [
        *notes,
        *([f"{lost:,} of {expected:,} cases left out: undefined, or not stored."] if lost else []),
        *by_sample.notes,
    ]
    return estimate(name, where, unit, study.samples(design, POPULATION), outcome, protocol=PROTOCOL, notes=notes)


def _other_class(study: Study, method: str, reason: str, own: Vectors) -> Result:
    name, where = NAMES[3], {"method": method}
    if reason or not study.frame.prepared.trust.other_class:
        return gaps([name], where, reason or whole(study, "other_class"))[0]
    other = vectors(study, "other_class")
    cases = other.located.cases
    values = np.full(len(cases.row), np.nan)
    pairs = zip(own.of((method, ""), cases), other.of((method, "other_class"), cases), strict=True)
    for case, (first, second) in enumerate(pairs):
        if first is not None and second is not None and enough(first):
            values[case] = correlations(np.stack([first, second]))[0, 1]
    note = ["1: the method gives the same order whatever class is asked about."]
    return mean_of(study, (name, where, "correlation"), cases, values, OTHER, note)
