"""Do intervals hold the generator's mean where a rule ends the sampling as soon as the interval is narrow enough?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from auditor.evidence.allocation import first_look, neyman
from auditor.evidence.selftest import Mode
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.draws import stream
from auditor.measure.statistics.intervals import Bounded, Outcome, means
from auditor.plan.sample_fields import Sequential
from auditor.selftest.cell import COVERED, Aim, Cell
from auditor.selftest.coverage_of_means import held
from auditor.selftest.tolerance import Values, conservative

SHARE = np.array([0.55, 0.3, 0.1, 0.05])
LEVEL = np.array([0.1, 0.4, 0.6, 0.9])
SCALE = np.array([0.3, 0.1, 0.4, 0.2])  # of the gamma distribution in each stratum, shape .5
CLASS = (0, 1, 0, 1)
ROWS = 4000
REPETITIONS: Mapping[Mode, int] = {"quick": 100, "full": COVERED["full"]}
"""One repetition is an audit of several looks: fewer in a quick test."""


def rule(seed: int, count: int, *, thousandths: int, looks: int) -> Values:
    """Four strata of skewed values: first look, Neyman's allocation from what it saw, and doublings until narrow enough."""
    generator, found = stream(seed, "data"), []
    asked = Sequential(half_width=thousandths / 1000, looks=looks)
    for repetition in range(count):
        there = generator.multinomial(ROWS, SHARE)
        values = [
            level + scale * (generator.gamma(0.5, 1.0, rows) - 0.5)
            for rows, level, scale in zip(there, LEVEL, SCALE, strict=True)
        ]
        found.append(_ended(asked, there, values, seed + repetition))
    return held(float(SHARE @ LEVEL), found)


def _ended(asked: Sequential, there: np.ndarray, values: list[np.ndarray], seed: int) -> Outcome:
    """The interval the rule ends with."""
    begun = first_look(there.tolist(), CLASS)
    shares, spread = begun, [float(np.std(own[:n], ddof=1)) for own, n in zip(values, begun, strict=True)]
    for total in asked.sizes(sum(begun), ROWS):
        shares = begun if total == sum(begun) else neyman(there.tolist(), begun, spread, total)
        stratum = np.repeat(np.arange(len(there)), shares)
        used = np.concatenate([own[:n] for own, n in zip(values, shares, strict=True)])
        design = RowDesign(stratum, there[:, None], looks=asked.looks)
        outcome = means(design, used[:, None], sizes.RESAMPLES, seed)[0][0]
        if isinstance(outcome, Bounded) and outcome.high - outcome.low <= 2 * asked.half_width:
            break
    return outcome


CELLS = tuple(
    Cell(
        f"rule-{thousandths}",
        "coverage",
        rule,
        (
            Aim(
                "",
                f"mean of skewed margins in 4 strata, cases added until the half-width is at most {thousandths / 1000:g}, "
                "at most 6 looks; conservative",
                conservative(0.93),
            ),
        ),
        {"thousandths": thousandths, "looks": 6},
        REPETITIONS,
        25,
    )
    for thousandths in (35, 22)
)
