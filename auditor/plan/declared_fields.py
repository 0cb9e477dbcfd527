"""A statement by a person, as the plan holds it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from auditor.plan.part import Name, Part


class Declared(Part):
    """A statement by a person. The tool prints it as declared; it never checks or invents one."""

    statement: Annotated[str, Field(min_length=1, max_length=2000)]
    role: Name = Field(description="who says so: 'product owner'")
    date: Annotated[str, BeforeValidator(str), Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    name: str = ""
