"""A waiver: a person accepts, for a time, that a gate is not met."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from auditor.plan.part import Name, Part


class Waiver(Part):
    """Changes how a gate is listed and the exit status; never the gate's status word."""

    gate: Annotated[str, BeforeValidator(str), Field(min_length=1)] = Field(
        description="which gate: its place (1, 2, …), or its result where only one gate is on it"
    )
    approver: Name = Field(description="who accepts it, with role: 'A. Example, head of risk'")
    reason: Name
    expires: Annotated[str, BeforeValidator(str), Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = Field(
        description="last day on which it counts"
    )
