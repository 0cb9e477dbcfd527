"""The keys under `robustness` of a plan: which listed disturbances of the raw samples the model is asked about."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from auditor.plan.part import Part


class RobustnessPlan(Part):
    """Accuracy under listed corruptions, on the same rows with and without; no test of deliberate attacks."""

    corruptions: tuple[str, ...] = Field(
        min_length=1,
        description="image: noise, blur, brightness, contrast, jpeg; tabular: missing, noise, swap; "
        "text: typos, casing, dropped_words; series: jitter, dropout, time_shift",
    )
    severities: tuple[Annotated[int, Field(ge=1, le=5)], ...] = Field((1, 3, 5), min_length=1, description="of 1 … 5")
    samples: int = Field(500, ge=1, description="rows that are corrupted; drawn at random by a seeded order")
