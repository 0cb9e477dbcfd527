"""Find results by name and slice. What is absent comes back as `NotEvaluated`, so that a gap prints as a gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from auditor.evidence.results import Curve, Estimate, NotEvaluated, Ranking, Result, Table

_Kind = TypeVar("_Kind", Estimate, Curve, Ranking, Table)

ABSENT = "no result of this name is in the report"


def _key(name: str, by: dict[str, str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return name, tuple(sorted(by.items()))


class Lookup:
    """Results by exact name and slice; where one is given twice, the first counts."""

    def __init__(self, results: Iterable[Result]) -> None:
        self.all: tuple[Result, ...] = tuple(results)
        self._found: dict[tuple[str, tuple[tuple[str, str], ...]], Result] = {}
        for result in self.all:
            self._found.setdefault(_key(result.name, result.slice), result)

    def _find(self, kind: type[_Kind], name: str, by: dict[str, str]) -> _Kind | NotEvaluated:
        result = self._found.get(_key(name, by))
        if isinstance(result, kind | NotEvaluated):
            return result
        return NotEvaluated(name=name, slice=by, reason=ABSENT)

    def estimate(self, name: str, by: dict[str, str] | None = None) -> Estimate | NotEvaluated:
        """The estimate `name` of the slice `by` ({}: the whole evaluation set)."""
        return self._find(Estimate, name, by or {})

    def curve(self, name: str, by: dict[str, str]) -> Curve | NotEvaluated:
        """The curve `name` of the slice `by`."""
        return self._find(Curve, name, by)

    def ranking(self, name: str, by: dict[str, str]) -> Ranking | NotEvaluated:
        """The ranking `name` of the slice `by`."""
        return self._find(Ranking, name, by)

    def table(self, name: str, by: dict[str, str] | None = None) -> Table | NotEvaluated:
        """The table `name` of the slice `by`."""
        return self._find(Table, name, by or {})

    def named(self, *names: str) -> Iterator[Result]:
        """All results with one of the names, in the order of the record."""
        return (result for result in self.all if result.name in names)

    def gaps(self) -> tuple[NotEvaluated, ...]:
        """Everything that was not evaluated, in the order of the record."""
        return tuple(result for result in self.all if isinstance(result, NotEvaluated))
