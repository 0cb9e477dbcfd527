"""The keys `intersections` and `operating_point` of a plan: which rows are compared, at which threshold is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, create_model

from auditor.plan.part import ClassName, Name, Part

Intersection = Annotated[tuple[Name, ...], Field(min_length=2, description="two or more columns of `groups`")]


class DisclosurePlan(Part):
    """What is kept back of groups so that nobody can be told from the figures; see docs/privacy.md."""

    smallest_cell: int = Field(
        5,
        ge=0,
        le=1000,
        description="rows below which the number of a declared group, or of a class within it, is withheld, with every result "
        "and every other number that would give it away; 0: nothing is withheld",
    )


class Costs(Part):
    """What a wrong decision costs, in any unit; only their ratio matters for the threshold."""

    false_positive: float = Field(1.0, ge=0)
    false_negative: float = Field(1.0, ge=0)


class _Decision(Part):
    """The class that is decided for where its probability is at least the threshold, against all others."""

    threshold: float = Field(0.5, ge=0, le=1, description="probability from which the class is decided for")
    costs: Costs | None = Field(None, description="of the two wrong decisions; null: no costs are weighed")

    @property
    def positive(self) -> str:
        """Name of the class."""
        return str(getattr(self, "class"))


if TYPE_CHECKING:
    OperatingPoint = _Decision
else:  # a key named as a keyword of Python can be a field only in this way
    OperatingPoint = create_model(
        "OperatingPoint",
        __base__=_Decision,
        __doc__=_Decision.__doc__,
        __module__=__name__,
        **{"class": (ClassName, Field(description="the class the decision is for: 'ill', 'granted'"))},
    )
