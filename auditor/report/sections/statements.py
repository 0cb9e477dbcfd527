"""Annex: every statement that a person declared, and those that were asked for and not given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.judge.declarations import TITLES, topic
from auditor.report.material import TOPICS, Material
from auditor.report.view import Statement, TableView, columns

KIND = "Declared statements"
TITLE = "Who declared what, and when?"
MOST_CLAUSES = 6


@dataclass(frozen=True)
class Statements:
    """The register."""

    intro: str
    given: tuple[Statement, ...]
    missing: TableView | None
    """Topics that this report, or a clause of a selected framework, asks for and nobody spoke to."""


def context(material: Material) -> Statements:
    """Statements of known topics first, then the plan's own; last, whether the selected frameworks apply."""
    plan = material.plan("declared", default={})
    keys = [*(key for key in TITLES if key in plan), *(key for key in plan if key not in TITLES)]
    said = [statement for key in keys if (statement := material.statement(key)) is not None]
    for one in material.report.frameworks:
        if one.applicability:
            said.append(Statement(f"Applicability of {one.title}", one.applicability, one.applicability_by))
    rows = tuple(_missing(material))
    return Statements(
        intro="Each statement is printed as it was declared. None was examined, and none is a result of this report.",
        given=tuple(said),
        missing=TableView("Statements that are absent", columns("About", "Asked for by"), rows) if rows else None,
    )


def _missing(material: Material) -> Iterator[tuple[str, str]]:
    """(topic, who asks) of each statement that nobody gave."""
    titles = {one.id: called(one.title) for one in material.report.frameworks}
    asking: dict[str, dict[str, list[str]]] = {key: {"this report": []} for key in TOPICS}
    for clause in (finding.clause for finding in material.report.findings if finding.clause is not None):
        for one in clause.statements:
            asking.setdefault(one.key, {}).setdefault(titles[clause.framework], []).append(clause.id)
    for key, names in asking.items():
        if material.statement(key) is None:
            yield TOPICS.get(key) or topic(key), "; ".join(_asks(name, clauses) for name, clauses in names.items())


def called(title: str) -> str:
    """A framework by its short name, which its title gives in brackets: 'Artificial Intelligence Act'."""
    short = re.search(r"\(([^()]+)\)$", title)
    return short[1] if short else title


def _asks(name: str, clauses: list[str]) -> str:
    """'NIST AI 100-1: MEASURE 1.1'."""
    more = f" and {len(clauses) - MOST_CLAUSES} more" if len(clauses) > MOST_CLAUSES else ""
    return f"{name}: {', '.join(clauses[:MOST_CLAUSES])}{more}" if clauses else name
