"""What a rule under `samples` did: each look at the growing sample, and why it ended (a part of `evidence/prepared.json`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from auditor.evidence.record import Record

Ended = Literal["", "narrow", "looks", "rows", "most"]
"""Narrow enough; no look left; every row explained; the plan's most explained."""


class LookFacts(Record):
    """One look."""

    rows: int = Field(description="samples explained so far")
    value: float | None = Field(None, description="of the result looked at; None: not evaluated")
    low: float | None = None
    high: float | None = None
    half_width: float | None = Field(None, description="half of the interval's length")
    reason: str = Field("", description="why it was not evaluated; '' where it was")


class SequentialFacts(Record):
    """The rule and all of its looks."""

    result: str
    slice: dict[str, str]
    unit: str = Field("", description="of the result; '' until it was evaluated once")
    half_width: float = Field(description="at which no more cases are added")
    planned: int = Field(description="J, looks planned; each interval has the level 1 - .05/J")
    sizes: tuple[int, ...] = Field(description="samples of each look, fixed before the first; fewer than J where rows end")
    spread: tuple[float, ...] = Field((), description="s_h of the first look by stratum; further cases go by it (Neyman)")
    first: tuple[int, ...] = Field((), description="n_h of the first look, by stratum")
    looks: tuple[LookFacts, ...] = ()
    ended: Ended = Field("", description="'' while it is under way")


@dataclass(frozen=True)
class Looked:
    """What one look saw.

    Attributes:
        unit: of the value; '' where there is none.
        spread: standard deviation of the samples' contributions to the value, by name of the stratum.
    """

    look: LookFacts
    unit: str
    spread: dict[str, float]
