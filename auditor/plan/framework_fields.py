"""Which laws, standards or guidance the report lists evidence for."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field, model_validator

from auditor.plan.declared_fields import Declared
from auditor.plan.part import Part, or_text


def short_framework(value: Any) -> Any:
    """`eu-ai-act` is short for `{id: eu-ai-act}`."""
    return {"id": value} if isinstance(value, str) else value


class FrameworkChoice(Part):
    """A framework of the product, or one in a file; choosing it says nothing on whether it applies."""

    model_config = ConfigDict(json_schema_extra=or_text)

    id: str = Field("", max_length=100, description="one that `auditor frameworks` lists")
    file: str = Field(
        "", max_length=500, description="a YAML file in its place, relative to the plan; see `auditor schema framework`"
    )
    applicability: Declared | None = Field(None, description="a person's statement on whether and why it applies; null: none")

    _short = model_validator(mode="before")(short_framework)
