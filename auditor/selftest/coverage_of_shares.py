"""Do intervals of shares hold the generator's share? One share, two releases, two groups, and the extremes of ten groups."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.sparse import csr_array

from auditor.measure.statistics import sizes, two_groups
from auditor.measure.statistics.clusters import ClusterDesign
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.draws import stream
from auditor.measure.statistics.intervals import Bounded, Outcome, Unbounded, checked, proportion
from auditor.measure.statistics.paired import paired_share
from auditor.measure.statistics.two_groups import Share
from auditor.selftest.cell import COVERED, Aim, Cell
from auditor.selftest.coverage_of_means import ROWS, STRATA, USED, held, plain
from auditor.selftest.tolerance import COVERAGE, Rule, Values, conservative

GROUPS = 10


def accuracy(seed: int, count: int, *, rows: int, share: float) -> Values:
    """Independent rows: Wilson."""
    hits = (stream(seed, "data").random((count, rows)) < share).astype(np.float64)
    return held(share, [proportion(plain(rows), own) for own in hits])


def weighted_accuracy(seed: int, count: int) -> Values:
    """At most 100 rows of each of three strata."""
    generator, level, found = stream(seed, "data"), np.array([0.95, 0.7, 0.4]), []
    for _ in range(count):
        there = generator.multinomial(ROWS, STRATA)
        stratum = np.repeat(np.arange(3), np.minimum(there, USED))
        hits = (generator.random(len(stratum)) < level[stratum]).astype(np.float64)
        found.append(proportion(RowDesign(stratum, there[:, None]), hits))
    return held(float(STRATA @ level), found)


def clustered_accuracy(seed: int, count: int, *, units: int, each: int) -> Values:
    """Units whose rows agree more than by chance: correlation .5 (beta-binomial)."""
    generator, unit = stream(seed, "data"), np.repeat(np.arange(units), each)
    design = ClusterDesign(unit, np.zeros(len(unit), dtype=np.int64), csr_array(np.full((units, 1), float(each))))
    own = generator.beta(0.8, 0.2, (count, units))  # mean .8, correlation 1 / (.8 + .2 + 1)
    hits = (generator.random((count, units * each)) < own[:, unit]).astype(np.float64)
    return held(0.8, [proportion(design, one) for one in hits])


def releases(seed: int, count: int, *, rows: int) -> Values:
    """Accuracy of two releases on the same rows: 10 % gained, 4 % lost."""
    drawn = stream(seed, "data").choice(4, (count, rows), p=[0.76, 0.10, 0.04, 0.10])
    old, new = np.isin(drawn, [0, 2]).astype(np.float64), np.isin(drawn, [0, 1]).astype(np.float64)
    pairs = zip(old, new, strict=True)
    return held(0.06, [paired_share(plain(rows), a, b, sizes.RESAMPLES, seed) for a, b in pairs])


def difference(seed: int, count: int, *, rows: int) -> Values:
    """Two groups: Newcombe's interval of the difference."""
    hits = stream(seed, "data").random((count, 2, rows)) < np.array([0.9, 0.8])[:, None]
    found: list[Outcome] = []
    for own in hits.astype(np.float64):
        first, second = (_bounded(one) for one in own)
        found.append(Bounded(0.0, *two_groups.difference_limits(first, second), ""))
    return held(0.1, found)


def ratio(seed: int, count: int, *, rows: int) -> Values:
    """Two groups: Miettinen and Nurminen's interval of the ratio."""
    shares = (stream(seed, "data").random((count, 2, rows)) < np.array([0.3, 0.4])[:, None]).mean(axis=2)
    limits = [two_groups.ratio_limits(Share(a, rows), Share(b, rows)) for a, b in shares.tolist()]
    return held(0.75, [Bounded(0.0, low, high, "") for low, high in limits])


def extremes(seed: int, count: int, *, rows: int, spread: float) -> Values:
    """[count, 2] of ten groups: the lowest accuracy, and the largest difference, whichever groups they are found at."""
    truth = np.linspace(0.8 - spread, 0.8 + spread, GROUPS)
    hits = (stream(seed, "data").random((count, GROUPS, rows)) < truth[:, None]).astype(np.float64)
    found = []
    for own in hits:
        names = [str(group) for group in range(GROUPS)]
        single = {name: _bounded(one, two_groups.single_level(GROUPS)) for name, one in zip(names, own, strict=True)}
        worst = two_groups.lowest(single)
        pairs = {name: _bounded(one, two_groups.pair_level(GROUPS)) for name, one in zip(names, own, strict=True)}
        limits = {(a, b): two_groups.difference_limits(pairs[a], pairs[b]) for a, b in combinations(names, 2)}
        gap = two_groups.largest_gap(limits, {name: one.value for name, one in pairs.items()})
        asked = ((worst, truth[0]), (gap, truth[-1] - truth[0]))
        outcomes = [(checked(one.value, one.low, one.high, ""), true) for one, true in asked]
        found.append(
            [isinstance(one, Bounded) and one.low <= true + 1e-12 and true - 1e-12 <= one.high for one, true in outcomes]
        )
    return np.array(found, dtype=np.float64)


def _bounded(hits: np.ndarray, level: float = sizes.LEVEL) -> Bounded:
    outcome = proportion(plain(len(hits)), hits, level)
    if isinstance(outcome, Unbounded):
        raise ValueError(outcome.reason)  # a cell has rows enough by its construction
    return outcome


def _accuracy_rule(rows: int, share: float) -> Rule:
    return conservative(0.92) if rows * share * (1 - share) < 5 else COVERAGE


def _cell(name: str, aims: tuple[Aim, ...], simulate: object, **options: float) -> Cell:
    return Cell(name, "coverage", simulate, aims, options, COVERED, 50)  # type: ignore[arg-type]


def _worst(spread: str) -> tuple[Aim, ...]:
    groups = f"of {GROUPS} groups of 100 rows, {spread}"
    return (
        Aim("worst", f"lowest accuracy {groups}; simultaneous", conservative(0.93), (0,)),
        Aim("gap", f"largest difference {groups}; simultaneous", conservative(0.93), (1,)),
    )


CELLS = (
    *(
        _cell(
            f"accuracy-{rows}-{share}",
            (Aim("", f"accuracy {share}, {rows:,} rows: Wilson", _accuracy_rule(rows, share)),),
            accuracy,
            rows=rows,
            share=share,
        )
        for rows in (30, 100, 300, 1000)
        for share in (0.8, 0.95)
    ),
    _cell("accuracy-weighted", (Aim("", "accuracy, at most 100 of 4,500, 400 and 100 rows", COVERAGE),), weighted_accuracy),
    _cell(
        "accuracy-clustered",
        (Aim("", "accuracy, 100 units of 5 rows, correlation .5", COVERAGE),),
        clustered_accuracy,
        units=100,
        each=5,
    ),
    _cell("paired-accuracy-300", (Aim("", "accuracy of two releases on the same 300 rows", COVERAGE),), releases, rows=300),
    _cell("group-difference", (Aim("", "difference of two groups of 150 rows: Newcombe", COVERAGE),), difference, rows=150),
    _cell("group-ratio", (Aim("", "ratio of two groups of 150 rows: Miettinen–Nurminen", COVERAGE),), ratio, rows=150),
    _cell("groups-equal", _worst("all equal"), extremes, rows=100, spread=0.0),
    _cell("groups-unequal", _worst("0.7 to 0.9"), extremes, rows=100, spread=0.1),
)
