"""Saliency: the magnitude of the target logit's gradient at the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from auditor.explain._context import Attribution, Context


@dataclass(frozen=True)
class Saliency:
    """Simonyan, Vedaldi & Zisserman, 2014, section 3 (https://arxiv.org/abs/1312.6034)."""

    title: ClassVar[str] = "Gradient saliency"
    citation: ClassVar[str] = "Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034"
    failings: ClassVar[str] = "A local slope: says nothing where the class score is saturated, and is noisy for deep networks."
    unit: ClassVar[str] = "logits per input unit"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient"})
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    pool: ClassVar[Literal["sum", "mean"]] = "mean"
    level: ClassVar[Literal["element", "feature"]] = "element"

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and one backward pass per case."""
        return 1, 1

    def attribute(self, context: Context) -> Attribution:
        """Return max over channels of |∂ logit / ∂ input|, [batch, *element_shape], logits per unit of the input, ≥ 0."""
        return Attribution(context.reduce(context.gradient(), "max_abs"), {})


METHOD = Saliency
