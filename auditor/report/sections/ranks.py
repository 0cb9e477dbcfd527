"""Annex: the rankings of the primary method, feature by feature, with rank intervals."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import RankedFeature
from auditor.report.material import Material
from auditor.report.numbers import percent
from auditor.report.printable import shorten
from auditor.report.view import TableView, columns
from auditor.report.words import Status

KIND = "Rankings in full"
TITLE = "Which features stand where, class by class?"
TOP = 20
BESIDE = 5
"""Classes in one table: with the rank they make six columns."""


@dataclass(frozen=True)
class Ranks:
    """Rankings, five classes beside each other."""

    method: str
    verdict: Status
    tables: tuple[TableView, ...]
    note: str


def context(material: Material) -> Ranks | None:
    """The annex from the record; None where no class has a ranking."""
    if material.primary is None or not material.rankings:
        return None
    parts = [material.rankings[start : start + BESIDE] for start in range(0, len(material.rankings), BESIDE)]
    tables = []
    for part in parts:
        names = [shorten(material.labels[index], 18) for index, _ in part]
        rows = []
        for place in range(min(TOP, max(len(ranking.items) for _, ranking in part))):
            cells = [_cell(material, one.items[place]) if place < len(one.items) else "–" for _, one in part]
            rows.append((str(place + 1), *cells))
        named = f"Classes {names[0]} and {names[1]}" if len(names) == 2 else f"Classes {names[0]} to {names[-1]}"
        tables.append(TableView(named, columns("Rank", *names), tuple(rows)))
    longest = max(ranking.length for _, ranking in material.rankings)
    cut = f"Ranks {TOP + 1} to {longest:,} are in the attached files. " if longest > TOP else ""
    return Ranks(
        method=material.primary.title,
        verdict=material.primary.verdict,
        tables=tuple(tables),
        note=f"{cut}Share of the attribution to the class's logit; in brackets the simultaneous 95 % interval of the rank.",
    )


def _cell(material: Material, item: RankedFeature) -> str:
    return f"{shorten(material.feature(item.feature), 24)} {percent(item.share)}\u00a0% ({item.low}–{item.high})"
