"""Annex: clauses of the selected frameworks, and where this report has evidence for them. None selected: no annex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.evidence.clauses import ClauseFact, FrameworkFact
from auditor.report.material import Material
from auditor.report.printable import shorten
from auditor.report.sections.oversight import OVERSIGHT
from auditor.report.view import Statement, TableView, columns

KIND = "Crosswalk"
TITLE = "Which clauses does this report hold evidence for?"

FIRST, INDEX = "eu-ai-act", "Annex IV("
"""The framework that comes first where it is selected, and its clauses that form an index of their own."""
MOST_ROWS = 80
_COLUMNS = ("Clause", "What it is about", "Status", "Evidence in section", "Lacks")


@dataclass(frozen=True)
class FrameworkView:
    """One framework in print."""

    title: str
    edition: str
    """Version, date, source and as-of date, as sentences."""
    warning: str
    """That its entries are old, or that their age is not known; '' else."""
    status_note: str
    applicability: Statement | None
    not_stated: str
    """What to say where nobody declared whether it applies; '' where somebody did."""
    tables: tuple[TableView, ...]
    outside: str
    """Clauses that no audit report can be evidence for, in one line; '' for none."""


@dataclass(frozen=True)
class Crosswalk:
    """The annex."""

    intro: tuple[str, ...]
    statuses: tuple[tuple[str, str], ...]
    """(word, what it means)."""
    frameworks: tuple[FrameworkView, ...]


def context(material: Material) -> Crosswalk | None:
    """The annex from the record; None where no framework was selected."""
    chosen = sorted(material.report.frameworks, key=lambda one: one.id != FIRST)
    if not chosen:
        return None
    return Crosswalk(
        intro=(
            "This annex says where this report holds evidence that is relevant to a clause, what people declared, and what is "
            "absent. It does not say that a clause is met, and statuses are not added up: adequacy is for the provider and the "
            "competent body to judge.",
            "Legal references are paraphrased, as of the date given with each framework; the official text decides. "
            "All clauses with their requirements are attached as tables-crosswalk.json (tables/crosswalk.json of the run).",
            *(("Statuses are those of the report before it was redacted.",) if material.report.redacted else ()),
        ),
        statuses=(
            (
                "evidence present",
                "each kind of evidence that the clause lists has an evaluated result, and each statement it asks for was "
                "declared; adequacy not assessed",
            ),
            ("partial", "some of that; the last column, or the status itself, says what is absent"),
            ("declared by …", "a person stated it; the statement was not examined"),
            ("missing", "nothing of that, or a clause that rests on a statement, which was not given"),
        ),
        frameworks=tuple(_view(material, one) for one in chosen),
    )


def _view(material: Material, framework: FrameworkFact) -> FrameworkView:
    every = [f.clause for f in material.report.findings if f.clause is not None and f.clause.framework == framework.id]
    listed = [clause for clause in every if clause.said != "out of scope"]
    index = [clause for clause in listed if framework.id == FIRST and clause.id.startswith(INDEX)]
    rest = [clause for clause in listed if clause not in index]
    others = "Other clauses" if index else "Clauses"
    parts = [("Annex IV index: technical documentation, point by point", index), (others, rest)]
    own = f" From the file {shorten(framework.file, 60)} of the plan." if framework.file else ""
    return FrameworkView(
        title=framework.title,
        edition=f"Edition: {framework.version}. First dated {framework.date}, entries as of {framework.as_of}. "
        f"Source: {framework.source_url}.{own}",
        warning=_warning(framework),
        status_note=framework.status_note,
        applicability=Statement("Applicability", framework.applicability, framework.applicability_by)
        if framework.applicability
        else None,
        not_stated="" if framework.applicability else "Whether this framework applies",
        tables=tuple(_table(material, caption, clauses) for caption, clauses in parts if clauses),
        outside=_outside(material, [clause for clause in every if clause.said == "out of scope"]),
    )


def _warning(framework: FrameworkFact) -> str:
    if framework.old is None:
        return f"The day of this audit is not recorded: check whether the entries of {framework.as_of} are still current."
    if framework.old:
        return f"The entries were last checked on {framework.as_of}, more than six months before this audit."
    return ""


def _table(material: Material, caption: str, clauses: Sequence[ClauseFact]) -> TableView:
    rows = tuple(
        (clause.id.removeprefix("Annex "), clause.title, clause.said, _sections(material, clause), _lacks(clause))
        for clause in clauses[:MOST_ROWS]
    )
    left = len(clauses) - MOST_ROWS
    more = f"{left} more rows in the attached tables-crosswalk.json." if left > 0 else ""
    return TableView(caption, columns(*_COLUMNS), rows, more)


def _sections(material: Material, clause: ClauseFact) -> str:
    """Numbers of the sections that show what is there, in printed order: '5, 7, H'."""
    wanted = [one.sections for one in clause.evidence if one.there]
    wanted += [("oversight", "statements") if one.key in OVERSIGHT else ("statements",) for one in clause.statements if one.by]
    found = {next((name for name in names if name in material.sections), "") for names in wanted}
    return ", ".join(number for name, number in material.sections.items() if name in found) or "–"


def _lacks(clause: ClauseFact) -> str:
    said = clause.said.partition(": ")[2]
    return "; ".join(one for one in clause.lacks if one != said) or "–"


def _outside(material: Material, clauses: Sequence[ClauseFact]) -> str:
    if not clauses:
        return ""
    named = "; ".join(f"{clause.id} ({clause.title[0].lower()}{clause.title[1:]})" for clause in clauses[:MOST_ROWS])
    if len(clauses) == 1:
        return f"One clause is out of scope of any audit report: {named}."
    return f"{len(clauses)} clauses are out of scope of any audit report: {named}."
