"""What every part of a plan is built from."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=200)]
ClassName = Annotated[str, BeforeValidator(lambda v: str(v) if isinstance(v, int | float) and not isinstance(v, bool) else v)]


class Part(BaseModel):
    """A mapping in the plan; unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=False)


def or_text(schema: dict[str, Any]) -> None:
    """Let the published schema accept the short form, a text, that a validator expands."""
    whole = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "string", "minLength": 1}, whole]


def or_list(schema: dict[str, Any]) -> None:
    """Let the published schema accept the short form, a list, that a validator expands."""
    whole = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "array"}, whole]
