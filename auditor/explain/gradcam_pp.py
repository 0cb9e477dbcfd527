"""Grad-CAM++: Grad-CAM with a weight per cell, for classes that appear several times in an image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from torch import Tensor, where, zeros_like

from auditor.explain._context import Attribution, Context
from auditor.explain._layers import chosen_layer, grid_attribution
from auditor.inputs.model import AuditedModel


@dataclass(frozen=True)
class GradCamPp:
    """Chattopadhay, Sarkar, Howlader & Balasubramanian, 2018, eqs. 10 to 12 and 19 (https://arxiv.org/abs/1710.11063).

    w_k = Σ_ij α_ij relu(g_ij), α_ij = g_ij² / (2 g_ij² + Σ_ab A_ab g_ij³), 0 where g_ij is 0; g = ∂ logit / ∂ A^k. The paper
    takes the exponential of the logit as its score; that factor is one positive number per case and left out.
    """

    title: ClassVar[str] = "Grad-CAM++"
    citation: ClassVar[str] = "Chattopadhay, Sarkar, Howlader & Balasubramanian 2018, arXiv:1710.11063"
    failings: ClassVar[str] = (
        "As coarse as its layer's grid; its weights stand on higher derivatives of an exponential the model need not have, "
        "and can blow up at layers with negative values; its sizes do not compare between cases."
    )
    unit: ClassVar[str] = "none"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient", "hooks", "grid"})
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "mean"
    level: ClassVar[Literal["element", "feature"]] = "element"

    layer: str | None = None  # None: the last layer on a grid; an audit records which one that was
    relu: bool = True

    def fitted(self, model: AuditedModel) -> GradCamPp:
        """The same with its layer named."""
        return replace(self, layer=chosen_layer(model, self.layer))

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and one backward pass per case."""
        return 1, 1

    def attribute(self, context: Context) -> Attribution:
        """Return the map's area-weighted mean over each element, [batch, *element_shape], ≥ 0 unless `relu` is off."""
        return grid_attribution(context, chosen_layer(context.model, self.layer), self._map)

    def _map(self, values: Tensor, gradients: Tensor) -> Tensor:
        below = 2 + values.sum(dim=(2, 3), keepdim=True) * gradients  # α = g² / (g² · below), without squares that vanish
        usable = (gradients > 0) & (below != 0)
        weight = where(usable, gradients / where(usable, below, 1), zeros_like(gradients)).sum(dim=(2, 3), keepdim=True)
        found = (weight * values).sum(dim=1)
        return found.relu() if self.relu else found


METHOD = GradCamPp
