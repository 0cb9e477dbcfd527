"""Clauses of the chosen frameworks as findings: what evidence a report holds for each, what people declared, what is absent.

The tool reports evidence; people make declarations; nothing here says that a clause is satisfied, and statuses are never
totalled. The rules:

- automated: "evidence present" where every listed kind has an evaluated result, "partial" where some have, else "missing".
- declared: "declared by role, date" where every statement it asks for was given, else "missing"; evidence only supports it.
- mixed: "evidence present" where every listed kind has an evaluated result and every statement was given, "partial" where
  something of either is there, else "missing".
- A clause may be partial whatever there is (`always_partial`); one that is out of scope stays so.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Sequence
from pathlib import PurePath

from auditor.evidence.clauses import ClauseFact, ClauseStatus, EvidencePiece, FrameworkFact, StatementAsked
from auditor.evidence.findings import Finding
from auditor.evidence.frameworks import Clause, Framework
from auditor.evidence.results import NotEvaluated
from auditor.judge.declarations import declared_by, given, topic
from auditor.judge.evidence_kinds import KINDS, Held, piece
from auditor.plan import AuditPlan

MONTHS = 6
"""Entries checked longer ago than this are marked as old."""


def crosswalk(frameworks: Sequence[Framework], held: Held) -> tuple[Finding, ...]:
    """One finding of kind "clause" per clause, in the order of the frameworks; its id is 'eu-ai-act Art. 9(8)'."""
    return tuple(_finding(framework.id, clause, held) for framework in frameworks for clause in framework.clauses)


def framework_facts(plan: AuditPlan, frameworks: Sequence[Framework], begun: datetime.date | None) -> tuple[FrameworkFact, ...]:
    """The chosen frameworks as the record keeps them.

    Args:
        plan: the plan that chose them.
        frameworks: one per choice, in the plan's order.
        begun: day on which the run was begun; None: not known.
    """
    return tuple(
        FrameworkFact(
            id=one.id,
            title=one.title,
            version=one.version,
            date=one.date,
            as_of=one.as_of,
            source_url=one.source_url,
            status_note=one.status_note,
            file=PurePath(choice.file).name,
            old=None if begun is None else begun > months_after(datetime.date.fromisoformat(one.as_of), MONTHS),
            applicability=choice.applicability.statement if choice.applicability else "",
            applicability_by=declared_by(choice.applicability) if choice.applicability else "",
        )
        for choice, one in zip(plan.frameworks, frameworks, strict=True)
    )


def months_after(day: datetime.date, months: int) -> datetime.date:
    """The same day some months later; the month's last one where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _finding(framework: str, clause: Clause, held: Held) -> Finding:
    pieces = tuple(piece(kind, held) for kind in clause.evidence)
    asked = tuple(_asked(key, held) for key in clause.declared)
    status, said = _status(clause, pieces, asked)
    lacks = () if status == "out of scope" else _lacks(clause, pieces, asked)
    fact = ClauseFact(
        framework=framework,
        id=clause.id,
        title=clause.title,
        requirement=clause.requirement,
        kind=clause.kind,
        said=said,
        lacks=lacks,
        evidence=pieces,
        statements=asked,
        note=clause.note,
    )
    return Finding(
        id=f"{framework} {clause.id}",
        kind="clause",
        status=status,
        statement=_statement(fact),
        results=_rests(pieces, held),
        clause=fact,
    )


def _asked(key: str, held: Held) -> StatementAsked:
    said = given(held.plan, key)
    return StatementAsked(key=key, title=topic(key), by=declared_by(said) if said else "")


def _status(clause: Clause, pieces: Sequence[EvidencePiece], asked: Sequence[StatementAsked]) -> tuple[ClauseStatus, str]:
    """(status, status in full)."""
    declared = bool(asked) and all(one.by for one in asked)
    by = "; ".join(dict.fromkeys(one.by for one in asked))
    if clause.always_partial:
        return "partial", f"partial: {clause.always_partial}"
    if clause.kind == "out_of_scope":
        return "out of scope", "out of scope"
    if clause.kind == "declared" or not pieces:
        return ("declared", f"declared by {by}") if declared else ("missing", "missing")
    complete = all(one.there for one in pieces) and (declared or not asked)
    if complete:
        return "evidence present", "evidence present"
    some = any(one.there for one in pieces) or any(one.by for one in asked)
    return ("partial", "partial") if some else ("missing", "missing")


def _lacks(clause: Clause, pieces: Sequence[EvidencePiece], asked: Sequence[StatementAsked]) -> tuple[str, ...]:
    """What is absent, as items of a list; supporting evidence of a declared clause is not asked for."""
    absent: dict[str, list[str]] = {}
    for one in pieces if clause.kind != "declared" else ():
        if not one.there:
            absent.setdefault(one.lacks, []).append(one.title)
    topics = [one.title.partition(" (")[0] for one in asked if not one.by]
    return (
        *((clause.always_partial,) if clause.always_partial else ()),
        *(f"{', '.join(titles)} ({why})" if why else ", ".join(titles) for why, titles in absent.items()),
        *(f"statement: {title[0].lower()}{title[1:]}" for title in topics),
    )


def _statement(fact: ClauseFact) -> str:
    there = ", ".join(one.title for one in fact.evidence if one.there)
    lacks = "; ".join(fact.lacks)
    if fact.said == "evidence present":
        return f"Evidence relevant to {fact.id}: {there}. Adequacy is not assessed."
    if fact.said.startswith("declared"):
        return f"{fact.id} was {fact.said}. The statement was not examined."
    if fact.said == "out of scope":
        return f"An audit report cannot be evidence for {fact.id}."
    if fact.said == "missing":
        return f"Nothing in this report is evidence for {fact.id}. It lacks: {lacks}."
    return f"Some evidence relevant to {fact.id}: {there or 'none measured'}. It lacks: {lacks}. Adequacy is not assessed."


def _rests(pieces: Sequence[EvidencePiece], held: Held) -> tuple[tuple[str, dict[str, str]], ...]:
    """Overall results behind the pieces that are there; without one, the first of each name."""
    names = {name for one in pieces if one.there for name in KINDS[one.kind].results}
    found: dict[str, dict[str, str]] = {}
    for result in held.results:
        wanted = result.name in names and not isinstance(result, NotEvaluated)
        if wanted and (result.name not in found or not result.slice):
            found[result.name] = dict(result.slice)
    return tuple(found.items())
