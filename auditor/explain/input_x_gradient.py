"""Input × gradient: the first-order share of each input element in the target logit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from auditor.explain._context import Attribution, Context


@dataclass(frozen=True)
class InputXGradient:
    """Shrikumar, Greenside, Shcherbina & Kundaje, 2016 (https://arxiv.org/abs/1605.01713)."""

    title: ClassVar[str] = "Input × gradient"
    citation: ClassVar[str] = "Shrikumar, Greenside, Shcherbina & Kundaje 2016, arXiv:1605.01713"
    failings: ClassVar[str] = (
        "Zero wherever the input is zero; exact only where the network is linear between zero and the input."
    )
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient"})
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "element"

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and one backward pass per case."""
        return 1, 1

    def attribute(self, context: Context) -> Attribution:
        """Return input · ∂ logit / ∂ input summed over channels, [batch, *element_shape], logits; positive raises it."""
        point, _ = context.model.differentiable(context.batch.inputs)
        return Attribution(context.reduce(point * context.gradient(), "sum"), {})


METHOD = InputXGradient
