"""The key `previous` of a plan: the audit of the release before, and how much worse this one may be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from auditor.plan.part import Name, Part, or_text


class Previous(Part):
    """The finished audit this one is compared with; the report says what changed since."""

    model_config = ConfigDict(json_schema_extra=or_text)

    run: Name = Field(description="folder of that run, relative to the plan")
    margins: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict,
        description="result -> largest loss accepted, such as {accuracy: 0.01}; each is a gate of its own. Without any, the "
        "change is shown and decides nothing",
    )
    match: Literal["auto", "id"] = Field(
        "auto", description="auto: samples by id and content; id: by id alone, where releases prepare the same data differently"
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """`previous: FOLDER` is short for `{run: FOLDER}`."""
        return {"run": value} if isinstance(value, str) else value
