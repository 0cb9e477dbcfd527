"""What a reader has to know or decide, in fixed status words."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from auditor.evidence.clauses import ClauseFact, ClauseStatus
from auditor.evidence.record import Record

Status = Literal["met", "not met", "inconclusive", "not evaluated"]


class CriterionFact(Record):
    """One criterion of a method's verdict."""

    id: str = Field(description="V1 … V6")
    title: str
    status: Literal["met", "not met", "inconclusive", "not evaluated", "not applicable"]
    statement: str = Field(description="the numbers it was decided on, or why there are none")
    next_step: str = Field("", description="what would decide it, where it is inconclusive")


class Finding(Record):
    """Something a reader has to know or decide: a gate's outcome, a signal, an accepted finding."""

    id: str
    kind: Literal["gate", "clause", "signal", "finding", "verdict"]
    status: Status | ClauseStatus | Literal["open", "closed"] = Field(
        description="open and closed: of a finding, which somebody has to deal with, or has dealt with; "
        "evidence present, partial, declared, missing and out of scope: of a clause"
    )
    statement: str
    results: tuple[tuple[str, dict[str, str]], ...] = Field(description="(name, slice) of the results it rests on")
    value: float | None = None
    low: float | None = None
    high: float | None = None
    bound: str = Field("", description="'≥ 0.98'")
    unit: str = ""
    decided_on: str = Field("", description="the whole interval, or the point value (with its reason)")
    next_step: str = Field("", description="what to do when it is not met, inconclusive or not evaluated")
    waived_by: str = Field("", description="who accepts that a gate is not met; '' nobody")
    waived_until: str = Field("", description="last day on which that counts")
    waiver_reason: str = ""
    severity: str = Field("", description="of a finding: low, medium, high or critical, as a person set it; '' not set")
    owner: str = Field("", description="of a finding: who deals with it; '' nobody yet")
    due: str = Field("", description="of a finding: until when")
    response: str = Field("", description="of a finding: what was decided or done")
    clause: ClauseFact | None = Field(None, description="of a clause: what it asks for and what is there")
    criteria: tuple[CriterionFact, ...] = Field((), description="of a verdict: what it rests on, one by one")

    @property
    def waiver(self) -> str:
        """'waived by A. Example until 2027-01-31: reason'; '' where there is no waiver."""
        if not self.waived_by:
            return ""
        return f"waived by {self.waived_by} until {self.waived_until}: {self.waiver_reason}"
