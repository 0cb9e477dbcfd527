"""The key `samples` of a plan: how many cases are explained, as a number or by a rule that is fixed before the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from auditor.plan.part import Name, Part

MOST_LOOKS = 6
"""J, at most: every further look makes every interval wider."""
Target = Literal[
    "faithfulness_margin", "normalised_margin", "beats_random_share",
    "deletion_gain", "insertion_gain", "deletion_auc", "insertion_auc",
]  # fmt: skip


MARGIN: Target = "faithfulness_margin"


class Sequential(Part):
    """Cases are added until the interval of one result is narrow enough, looked at a fixed number of times."""

    half_width: float = Field(gt=0, description="no more cases once half the length of the interval is at most this")
    result: Target = Field(MARGIN, description="whose interval it is; in its own unit")
    method: Name | None = Field(None, description="null: the primary method")
    fill: Name | None = Field(None, description="null: the primary fill")
    looks: int = Field(MOST_LOOKS, ge=1, le=MOST_LOOKS, description="at most so many; each doubles the cases of the one before")
    most: int | None = Field(None, ge=1, description="cases at most; null: as many as the looks and the data allow")

    def sizes(self, first: int, rows: int) -> tuple[int, ...]:
        """Cases at each look: `first`, then twice as many each time, up to `most` and the `rows` there are."""
        ceiling = min(rows, self.most or rows)
        found = [min(first, ceiling)]
        while len(found) < self.looks and found[-1] < ceiling:
            found.append(min(2 * found[-1], ceiling))
        return tuple(found)


def _form(value: Any) -> str:
    return "rule" if isinstance(value, Mapping | Sequential) else "number"


Samples = Annotated[Annotated[int, Field(ge=1), Tag("number")] | Annotated[Sequential, Tag("rule")], Discriminator(_form)]
"""A number, or a rule; mistakes are told of the form that was written."""
