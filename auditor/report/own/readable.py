"""What a section of the user's own may read: results by name, the plan, the findings. Read only, and all of it text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from auditor.evidence.findings import Finding
from auditor.evidence.results import NotEvaluated
from auditor.report.language.tree import in_language
from auditor.report.lookup import Lookup
from auditor.report.material import Material
from auditor.report.numbers import Format
from auditor.report.shown import Shown, shown
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import STATUS, Status, slice_words, title

MOST_ROWS = 60


@dataclass(frozen=True)
class FindingView:
    """A gate, verdict, signal or finding."""

    id: str
    kind: str
    """gate, clause, signal, finding or verdict."""
    status: Status
    statement: str
    result: str
    """'99.1 % (98.9 to 99.4 %)' of a gate; '' where there is none."""
    bound: str
    next_step: str
    severity: str
    owner: str
    due: str
    response: str
    waiver: str


@dataclass(frozen=True)
class Results:
    """Results by their names in report.json; the second argument is the slice, such as {"class": "3"}."""

    FOR_TEMPLATES: ClassVar[tuple[str, ...]] = ("estimate", "table", "ranking", "curve")
    """Methods that a template may call."""

    lookup: Lookup = field(repr=False)
    names: tuple[str, ...] = ()
    """All names, each once."""

    def estimate(self, name: str, by: Mapping[str, str] | None = None) -> Shown:
        """For the `estimate` macro: value, interval and n, or why there is none."""
        return in_language(shown(self.lookup.estimate(str(name), _slice(by)), _titled(name, by)))

    def table(self, name: str, by: Mapping[str, str] | None = None) -> TableView:
        """For the `table` macro: the first rows of a table."""
        found = self.lookup.table(str(name), _slice(by))
        if isinstance(found, NotEvaluated):
            return _gap(name, by, found)
        return _table(name, by, found.columns, [tuple(_cell(cell) for cell in row) for row in found.rows])

    def ranking(self, name: str, by: Mapping[str, str] | None = None) -> TableView:
        """For the `table` macro: the first features of a ranking with their shares."""
        found = self.lookup.ranking(str(name), _slice(by))
        if isinstance(found, NotEvaluated):
            return _gap(name, by, found)
        rows = [(one.feature, Format("fraction").value(one.share), f"{one.low} to {one.high}") for one in found.items]
        return _table(name, by, ("Feature", "#Share", "#Rank, 95 % interval"), rows)

    def curve(self, name: str, by: Mapping[str, str] | None = None) -> TableView:
        """For the `table` macro: the points of a curve."""
        found = self.lookup.curve(str(name), _slice(by))
        if isinstance(found, NotEvaluated):
            return _gap(name, by, found)
        low, high = found.low or ("",) * len(found.x), found.high or ("",) * len(found.x)
        rows = [tuple(_cell(cell) for cell in row) for row in zip(found.x, found.y, low, high, strict=True)]
        return _table(name, by, (f"#{found.x_name}", "#Value", "#Low", "#High"), rows)


@dataclass(frozen=True)
class ReportView:
    """All that the template of an own section receives."""

    plan: Mapping[str, Any]
    """The resolved plan, as in plan.json."""
    findings: tuple[FindingView, ...]
    results: Results


def report_view(material: Material) -> ReportView:
    """The view on a report, whose strings are printable already."""
    names = tuple(dict.fromkeys(result.name for result in material.report.results))
    findings = tuple(_finding(one) for one in material.report.findings)
    return ReportView(material.report.plan, findings, Results(material.results, names))


def _finding(one: Finding) -> FindingView:
    style = Format(one.unit)
    known = one.value is not None and one.low is not None and one.high is not None
    result = style.value(one.value) if one.value is not None else ""
    if known:
        result = f"{result} ({style.interval(one.low, one.high)})"  # type: ignore[arg-type]
    status = STATUS.get(one.status, Status("–", one.status, "off"))
    return FindingView(
        one.id, one.kind, status, one.statement, result, one.bound, one.next_step, one.severity, one.owner, one.due,
        one.response, one.waiver,
    )  # fmt: skip


def _slice(by: Mapping[str, str] | None) -> dict[str, str]:
    return {str(key): str(value) for key, value in (by or {}).items()}


def _titled(name: str, by: Mapping[str, str] | None) -> str:
    return f"{title(str(name))}, {slice_words(_slice(by))}" if by else title(str(name))


def _table(name: str, by: Mapping[str, str] | None, heads: tuple[str, ...], found: Sequence[tuple[Cell, ...]]) -> TableView:
    rows, note = cut(list(found), MOST_ROWS)
    return in_language(TableView(_titled(name, by), columns(*heads), rows, note))


def _gap(name: str, by: Mapping[str, str] | None, found: NotEvaluated) -> TableView:
    return in_language(TableView(_titled(name, by), columns("Result"), (("not evaluated",),), found.reason))


def _cell(value: object) -> str:
    return "–" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
