"""The constants of fills, under `fill_options` of a plan. Each default is the published one."""

from __future__ import annotations

from pydantic import Field

from auditor.plan.part import Part


class BlurOptions(Part):
    """How far the fill `blur` reaches."""

    sigma: float = Field(
        5.0, gt=0, le=1000, description="standard deviation, in pixels or steps of time; the kernel reaches that far too"
    )
    share: float | None = Field(
        None, gt=0, le=0.5, description="instead: as a share of an image's longer side, or of a series' time"
    )


class NoiseOptions(Part):
    """The range of the fill `noise`, in the tensor the model receives."""

    low: float | None = Field(None, description="smallest value; null, with `high`: the smallest of the reference rows")
    high: float | None = Field(None, description="largest value; null, with `low`: the largest of the reference rows")


class RoadOptions(Part):
    """The noise of the fill `road`."""

    noise: float = Field(0.01, ge=0, le=10, description="standard deviation, in the tensor the model receives")


class FillOptions(Part):
    """Constants of the fills that have any."""

    blur: BlurOptions = BlurOptions()
    noise: NoiseOptions = NoiseOptions()
    road: RoadOptions = RoadOptions()
