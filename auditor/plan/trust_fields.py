"""The keys under `trust` of a plan: how much is spent on finding out whether the explanations can be relied on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from auditor.plan.part import Part


class TrustPlan(Part):
    """Controls and checks on a subset of the explained cases, the first of the same seeded order; all on by default."""

    enabled: bool = Field(True, description="false: the criteria they serve stay not evaluated, and no method is relied on")
    cases: int = Field(
        100, ge=1, description="samples explained again: on weight-randomised copies, under input noise, for another class"
    )
    copies: int = Field(5, ge=0, le=50, description="weight-randomised copies of the model; 0: none")
    cascade: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="layers randomised one after the other from the output, at most 64 of these samples; auto: for the primary "
        "method, and others while that adds at most half to the rows of attributions and curves",
    )
    noise: int = Field(2, ge=0, le=50, description="noisy copies of each input, standard deviation 1 % of each element's")
    other_class: bool = Field(True, description="attributions of another class: a method that ignores the class gives the same")
    curves: int = Field(150, ge=1, description="samples with curves of model-free orders and under further fills")
    fills: tuple[str, ...] | None = Field(
        None, description="further fills of these curves; None: of the modality's own up to three in all"
    )
    infidelity: int = Field(
        16, ge=0, le=1000, description="random removals per case that attributions are compared with; 0: none"
    )


class VerdictPlan(Part):
    """Bounds of the criteria behind each method's verdict; the defaults are conventions, set before the run and printed."""

    normalised_margin: float = Field(0.05, ge=0, lt=1, description="V1: the lower limit has to lie above it")
    similarity: float = Field(0.5, gt=0, le=1, description="V3: most that maps of randomised copies may resemble the model's")
    complete_share: float = Field(0.90, ge=0, le=1, description="V4: share of cases complete within 5 %")
    stability: float = Field(0.75, gt=0, le=1, description="V5: least rank correlation under noise and seeds")
    unstable: float = Field(0.40, ge=0, le=1, description="V5: below it the method is unstable")
