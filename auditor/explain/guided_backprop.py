"""Guided backpropagation: the gradient, with negative signals cut off at every ReLU on the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from auditor.explain._captum import modified_gradient, without_relu
from auditor.explain._context import Attribution, Context
from auditor.inputs.model import AuditedModel


@dataclass(frozen=True)
class GuidedBackprop:
    """Springenberg, Dosovitskiy, Brox & Riedmiller, 2015, section 3.4 (https://arxiv.org/abs/1412.6806), through Captum.

    Back through y = relu(x): g_x = g_y · [x > 0] · [g_y > 0].
    """

    title: ClassVar[str] = "Guided backpropagation"
    citation: ClassVar[str] = "Springenberg, Dosovitskiy, Brox & Riedmiller 2015, arXiv:1412.6806"
    failings: ClassVar[str] = (
        "Fails sanity checks: largely an edge detector that hardly changes when the model's weights are randomised "
        "(Adebayo et al. 2018, arXiv:1810.03292). ReLUs that are no modules are treated as plain gradients."
    )
    unit: ClassVar[str] = "none"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient", "hooks"})
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    pool: ClassVar[Literal["sum", "mean"]] = "mean"
    level: ClassVar[Literal["element", "feature"]] = "element"

    def applies(self, model: AuditedModel, features: int) -> str:
        """Why it cannot run on this model."""
        return without_relu(model)

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and one backward pass per case."""
        return 1, 1

    def attribute(self, context: Context) -> Attribution:
        """Return max over channels of |modified gradient|, [batch, *element_shape], ≥ 0."""
        return modified_gradient(context, self.title, "GuidedBackprop")


METHOD = GuidedBackprop
