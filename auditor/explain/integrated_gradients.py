"""Integrated Gradients: attribute a class logit by averaging gradients along a straight path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.explain._context import Attribution, Context
from auditor.explain._panels import MOST, PANEL, adaptive_gradient
from auditor.explain._sampling import background, clean_logit, double_like, drawn_rows
from auditor.inputs.model import AuditedModel


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
    baselines: int | str | None = None  # several: "zeros, mean, 0.5", or how many reference rows to draw per case
    adaptive: bool = False  # bisect the panels that err most, up to 512 gradients per case and baseline

    def __post_init__(self) -> None:
        if self.steps < PANEL or self.steps % PANEL or (self.adaptive and self.steps > MOST):
            nearest = min(max(PANEL, round(self.steps / PANEL) * PANEL), MOST if self.adaptive else self.steps + PANEL)
            raise AuditError(
                "Integrated gradients cannot use this number of steps.",
                found=f"steps: {self.steps}",
                expected=f"a multiple of {PANEL}: the path is integrated by an {PANEL}-point rule on equal panels"
                + (f"; at most {MOST} with adaptive panels" if self.adaptive else ""),
                fix=f"set steps: {nearest}",
            )
        if self.baselines is not None and not self._several():
            raise AuditError(
                "Integrated gradients cannot use these baselines.",
                found=f"baselines: {self.baselines}",
                expected="a number of reference rows, 1 or more, or a list such as 'zeros, mean, 0.5'",
            )

    def _several(self) -> int:
        """How many baselines there are."""
        if self.baselines is None:
            return 1
        return max(self.baselines, 0) if isinstance(self.baselines, int) else len(_listed(self.baselines))

    def cost(self, features: int) -> tuple[int, int]:
        """Per baseline one forward and backward pass per step (at most 512 where adaptive) and one forward at the baseline."""
        backwards = MOST if self.adaptive else self.steps
        ends = (self.steps // PANEL + (MOST - self.steps) // (3 * PANEL)) if self.adaptive else 0
        return self._several() * (backwards + ends + 1), self._several() * backwards

    def fitted(self, model: AuditedModel) -> IntegratedGradients:
        """With the baseline written out that 0 stands for where the model reads tokens."""
        return replace(self, baseline="mask_token") if model.embedding and self.baseline == 0 else self

    def attribute(self, context: Context) -> Attribution:
        """Return each input element's contribution to the target logit.

        Returns:
            values [batch, *element_shape], in logits; positive raises the logit; with several baselines their mean.
            Completeness: per case the sum approaches ``logit(input) - logit(baseline)`` (the mean over baselines) =
            ``facts["completeness_difference"]``; what is left is ``facts["completeness_gap"]`` = sum - difference, both
            [batch], in logits. Adaptive: ``facts["gradients"]`` says how many each case took.
        """
        point, logits_of = context.model.differentiable(context.batch.inputs)
        several, total, logit = self._several(), double_like(point), torch.zeros_like(context.batch.clean[:, 0])
        facts: dict[str, Tensor] = {}
        for start in self._starts(context, point):
            if self.adaptive:
                mean_gradient, used = adaptive_gradient(context, start, point, self.steps)
                facts["gradients"] = facts.get("gradients", 0) + used
            else:
                mean_gradient = context.weighted_gradient(start, point, gauss_legendre(self.steps), logits_of)
            total += ((point - start) * mean_gradient).to(total) / several
            logit += context.target_logit(start.clone()) / several
        values = total.to(point)
        difference = clean_logit(context) - logit
        gap = values.double().flatten(1).sum(dim=1) - difference
        facts |= {"completeness_gap": gap, "completeness_difference": difference}
        return Attribution(context.reduce(values, "sum"), facts)

    def _starts(self, context: Context, point: Tensor) -> Iterator[Tensor]:
        """Each baseline, [batch, *shape]."""
        if self.baselines is None:
            yield context.baseline(self.baseline, like=point)
        elif isinstance(self.baselines, str):
            for one in _listed(self.baselines):
                yield context.baseline(one, like=point)
        else:
            rows = background(context, point, None, "IntegratedGradients(baselines='0, 1')")
            if len(rows) < self.baselines:
                raise AuditError(
                    "There are fewer reference rows than baselines.",
                    found=f"{len(rows)} reference rows, baselines: {self.baselines}",
                    fix=f"set baselines: {len(rows)}, or raise reference.rows",
                )
            yield from drawn_rows(context, rows, self.baselines)


def _listed(text: str) -> list[str | float]:
    """Numbers and names of fills from 'zeros, mean, 0.5'."""
    found: list[str | float] = []
    for part in (piece.strip() for piece in text.split(",")):
        try:
            found.append(float(part))
        except ValueError:
            found.extend([part] if part else [])
    return found


METHOD = IntegratedGradients
