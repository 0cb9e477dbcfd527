"""When a simulated share, or an error, is in tolerance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.evidence.record import Record
from auditor.evidence.selftest import Status
from auditor.measure.statistics.bounded import clopper_pearson

Values = NDArray[np.float64]


class Tally(Record):
    """What is kept of the repetitions of a cell, column by column: all that a rule needs."""

    repetitions: int
    sums: tuple[float, ...]
    largest: tuple[float, ...]

    @staticmethod
    def of(values: Values) -> Tally:
        """Of [repetitions, columns]."""
        return Tally(
            repetitions=len(values),
            sums=tuple(values.sum(axis=0).tolist()),
            largest=tuple(np.abs(values).max(axis=0).tolist()),
        )

    @staticmethod
    def joined(parts: Iterable[Tally]) -> Tally:
        """Several, in any order."""
        own = list(parts)
        return Tally(
            repetitions=sum(one.repetitions for one in own),
            sums=tuple(map(sum, zip(*(one.sums for one in own), strict=True))),
            largest=tuple(map(max, zip(*(one.largest for one in own), strict=True))),
        )


@dataclass(frozen=True)
class Seen:
    """What a rule makes of the repetitions so far."""

    value: float
    interval: tuple[float, float] | None
    level: float | None
    status: Status


@dataclass(frozen=True)
class Share:
    """The share of repetitions in which something held.

    In tolerance where its whole interval lies within [low, high], out of it where no point does. Between: undecided, and with
    `widest` repetitions the share itself decides.

    Attributes:
        level: of the two-sided Clopper-Pearson interval; .90 gives a one-sided 95 % limit.
        widest: repetitions that an undecided check is widened to; 0: it stays undecided.
    """

    low: float = 0.0
    high: float = 1.0
    level: float = 0.99
    widest: int = 10_000

    @property
    def words(self) -> str:
        """The tolerance, for the table."""
        if self.low <= 0:
            return f"at most {self.high:.3g}"
        return f"at least {self.low:.3g}" if self.high >= 1 else f"{self.low:.3g} to {self.high:.3g}"

    def judge(self, tally: Tally, columns: Sequence[int] = (0,)) -> Seen:
        """Status of some columns; of several the worst one is judged."""
        count, sums = tally.repetitions, [tally.sums[column] for column in columns]
        hits = round(min(sums) if self.low > 0 else max(sums))
        low, high = clopper_pearson(hits / count, count, self.level)
        status: Status = "undecided"
        if self.low <= low and high <= self.high:
            status = "in tolerance"
        elif high < self.low or low > self.high:
            status = "out of tolerance"
        elif self.widest and count >= self.widest:
            status = "in tolerance" if self.low <= hits / count <= self.high else "out of tolerance"
        return Seen(hits / count, (low, high), self.level, status)


@dataclass(frozen=True)
class Largest:
    """The largest error over all repetitions and columns."""

    most: float
    widest: int = 0

    @property
    def words(self) -> str:
        """The tolerance, for the table."""
        return f"at most {self.most:.1g}" if self.most < 1e-3 else f"at most {self.most:.3g}"

    def judge(self, tally: Tally, columns: Sequence[int] = (0,)) -> Seen:
        """Status of errors in some columns."""
        worst = max(tally.largest[column] for column in columns)
        return Seen(worst, None, None, "in tolerance" if worst <= self.most else "out of tolerance")


@dataclass(frozen=True)
class Described:
    """A share that is told and has no tolerance: what the instrument cannot do, with how often."""

    level: float = 0.95
    widest: int = 0
    words: str = "described, no tolerance"

    def judge(self, tally: Tally, columns: Sequence[int] = (0,)) -> Seen:
        """The share and its limits."""
        count, hits = tally.repetitions, round(min(tally.sums[column] for column in columns))
        return Seen(hits / count, clopper_pearson(hits / count, count, self.level), self.level, "described")


Rule = Share | Largest | Described

COVERAGE = Share(0.93, 0.97)
"""A 95 % interval, two-sided."""
FALSE_ALARMS = Share(high=0.05)
RECOVERY = Share(low=0.90, level=0.90, widest=0)
"""A planted feature is found: the one-sided lower 95 % limit of the share is at least .90."""
ABSENT = Share(high=0.10, level=0.90, widest=0)
"""What was not planted is not found."""


def conservative(low: float) -> Share:
    """An interval that may hold more often than 95 %, never less often than `low`."""
    return Share(low=low)
