"""What a reader has to know or decide, in fixed status words."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from auditor.evidence.record import Record

Status = Literal["met", "not met", "inconclusive", "not evaluated"]


class Finding(Record):
    """Something a reader has to know or decide: a gate's outcome, a signal, an accepted finding."""

    id: str
    kind: Literal["gate", "clause", "signal", "finding", "verdict"]
    status: Status
    statement: str
    results: tuple[tuple[str, dict[str, str]], ...] = Field(description="(name, slice) of the results it rests on")
    value: float | None = None
    low: float | None = None
    high: float | None = None
    bound: str = Field("", description="'≥ 0.98'")
    unit: str = ""
    decided_on: str = Field("", description="the whole interval, or the point value (with its reason)")
    next_step: str = Field("", description="what to do when it is not met, inconclusive or not evaluated")
