"""What a clause of a chosen framework asks for, and what of it a report holds; enough to print it without the framework."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from auditor.evidence.frameworks import ClauseKind
from auditor.evidence.record import Record

ClauseStatus = Literal["evidence present", "partial", "declared", "missing", "out of scope"]


class EvidencePiece(Record):
    """One kind of evidence that a clause lists."""

    kind: str = Field(description="a word of the vocabulary: subgroup_performance; of later versions other ones too")
    title: str = Field(description="for the reader: 'performance of groups'")
    there: bool = Field(description="whether this report holds an evaluated result of the kind")
    lacks: str = Field("", description="why it does not count, where a reason is known")
    sections: tuple[str, ...] = Field((), description="names of sections that can show it, the best first")


class StatementAsked(Record):
    """One statement that a clause asks a person for."""

    key: str = Field(description="its key in the plan's `declared`")
    title: str
    by: str = Field("", description="'product owner, 2026-11-03'; '' where nobody gave it")


class ClauseFact(Record):
    """A clause and what there is for it."""

    framework: str = Field(description="id of the framework")
    id: str = Field(description="as it is cited: 'Art. 9(8)'")
    title: str
    requirement: str = Field(description="paraphrase, not the official text")
    kind: ClauseKind
    said: str = Field(
        description="the status in full: 'partial: security not evaluated', 'declared by product owner, 2026-11-03'"
    )
    lacks: tuple[str, ...] = Field((), description="what is absent, for the reader")
    evidence: tuple[EvidencePiece, ...] = ()
    statements: tuple[StatementAsked, ...] = ()
    note: str = ""


class FrameworkFact(Record):
    """A framework that the plan chose."""

    id: str
    title: str
    version: str
    date: str
    as_of: str = Field(description="the day on which its entries were last checked")
    source_url: str
    status_note: str
    file: str = Field("", description="the user's own file; '' for one of the product")
    old: bool | None = Field(
        None, description="whether `as_of` lay more than six months before the run was begun, by its clock; None: not known"
    )
    applicability: str = Field("", description="a person's statement on whether it applies; '' none")
    applicability_by: str = Field("", description="'product owner, 2026-11-03'")
