"""Grad-CAM: a layer's channels weighted by their mean gradient, on the cells of that layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from torch import Tensor

from auditor.explain._context import Attribution, Context
from auditor.explain._layers import chosen_layer, grid_attribution
from auditor.inputs.model import AuditedModel


@dataclass(frozen=True)
class GradCam:
    """Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra, 2017, eqs. 1 and 2 (https://arxiv.org/abs/1610.02391).

    L = relu(Σ_k α_k A^k), α_k = mean over cells of ∂ logit / ∂ A^k.
    """

    title: ClassVar[str] = "Grad-CAM"
    citation: ClassVar[str] = "Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra 2017, arXiv:1610.02391"
    failings: ClassVar[str] = (
        "As coarse as its layer's grid; says what a late layer holds at a place, which the pixels there need not have caused; "
        "one weight per channel, exact only where the layer is followed by a mean over the grid and a linear map."
    )
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient", "hooks", "grid"})
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "mean"
    level: ClassVar[Literal["element", "feature"]] = "element"

    layer: str | None = None  # None: the last layer on a grid; an audit records which one that was
    relu: bool = True

    def fitted(self, model: AuditedModel) -> GradCam:
        """The same with its layer named."""
        return replace(self, layer=chosen_layer(model, self.layer))

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and one backward pass per case."""
        return 1, 1

    def attribute(self, context: Context) -> Attribution:
        """Return the map's area-weighted mean over each element, [batch, *element_shape], logits, ≥ 0 unless `relu` is off."""
        return grid_attribution(context, chosen_layer(context.model, self.layer), self._map)

    def _map(self, values: Tensor, gradients: Tensor) -> Tensor:
        found = (gradients.mean(dim=(2, 3), keepdim=True) * values).sum(dim=1)
        return found.relu() if self.relu else found


METHOD = GradCam
