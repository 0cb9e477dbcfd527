"""Integrated Gradients: attribute a class logit by averaging gradients along a straight path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from auditor.errors import AuditError
from auditor.explain._context import Attribution, Context

PANEL = 8


def gauss_legendre(steps: int) -> list[tuple[float, float]]:
    """(node, weight) pairs on [0, 1], weights summing to 1: the 8-point rule on steps / 8 equal panels.

    Composite, because the nodes of plain rules do not nest: halving the panels keeps the integrand's work comparable.
    """
    node, weight = np.polynomial.legendre.leggauss(PANEL)
    panels = steps // PANEL
    return [((p + (t + 1) / 2) / panels, w / 2 / panels) for p in range(panels) for t, w in zip(node, weight, strict=True)]


@dataclass(frozen=True)
class IntegratedGradients:
    """Sundararajan, Taly & Yan, 2017, eq. 1 (https://arxiv.org/abs/1703.01365)."""

    title: ClassVar[str] = "Integrated Gradients"
    citation: ClassVar[str] = "Sundararajan, Taly & Yan 2017, arXiv:1703.01365"
    failings: ClassVar[str] = "Depends on the baseline: elements equal to it get zero; kinks leave a completeness gap."
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient"})
    complete: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "element"

    steps: int = 64
    baseline: str | float = 0.0

    def __post_init__(self) -> None:
        if self.steps < PANEL or self.steps % PANEL:
            raise AuditError(
                "Integrated gradients cannot use this number of steps.",
                found=f"steps: {self.steps}",
                expected=f"a multiple of {PANEL}: the path is integrated by an {PANEL}-point rule on equal panels",
                fix=f"set steps: {max(PANEL, round(self.steps / PANEL) * PANEL)}",
            )

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and backward pass per step, and one forward at the baseline."""
        return self.steps + 1, self.steps

    def attribute(self, context: Context) -> Attribution:
        """Return each input element's contribution to the target logit.

        Returns:
            values [batch, *element_shape], in logits; positive raises the logit. Completeness: per case the sum
            approaches ``logit(input) - logit(baseline)`` = ``facts["completeness_difference"]``; what is left is
            ``facts["completeness_gap"]`` = sum - difference, both [batch], in logits.
        """
        point, logits_of = context.model.differentiable(context.batch.inputs)
        start = context.baseline(self.baseline, like=point)
        mean_gradient = context.weighted_gradient(start, point, gauss_legendre(self.steps), logits_of)
        values = (point - start) * mean_gradient
        clean = context.batch.clean.gather(1, context.batch.targets[:, None])[:, 0]
        difference = clean - context.target_logit(start.clone())
        gap = values.double().flatten(1).sum(dim=1) - difference
        return Attribution(context.reduce(values, "sum"), {"completeness_gap": gap, "completeness_difference": difference})


METHOD = IntegratedGradients
