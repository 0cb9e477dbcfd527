"""Layer-wise relevance propagation (epsilon rule): the logit, shared out backwards in proportion to what came forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.explain._captum import attributed, followed, parts_of_batch
from auditor.explain._context import Attribution, Context
from auditor.explain._layers import module_of
from auditor.explain._sampling import clean_logit
from auditor.inputs.model import AuditedModel


@dataclass(frozen=True)
class Lrp:
    """Bach, Binder, Montavon, Klauschen, Müller & Samek, 2015, eq. 58 (https://doi.org/10.1371/journal.pone.0130140).

    R_i = Σ_j x_i w_ij R_j / (z_j + ε sign z_j), through Captum; ReLU passes relevance on unchanged.
    """

    title: ClassVar[str] = "LRP (epsilon)"
    citation: ClassVar[str] = "Bach, Binder, Montavon, Klauschen, Müller & Samek 2015, doi:10.1371/journal.pone.0130140"
    failings: ClassVar[str] = (
        "Biases and ε absorb relevance and functional additions (residual connections) double it: the completeness gap says "
        "how much. Equals input × gradient in ReLU networks as ε goes to 0. Only for convolutional and dense layers."
    )
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient", "hooks"})
    complete: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "element"

    epsilon: float = 1e-9

    def __post_init__(self) -> None:
        if not self.epsilon > 0:
            raise AuditError("LRP needs an epsilon above 0.", found=f"epsilon: {self.epsilon}", fix="set epsilon: 1e-9")

    def applies(self, model: AuditedModel, features: int) -> str:
        """Why it cannot run on this model."""
        from auditor.explain._relevance import without_rule

        return without_rule(module_of(model))

    def cost(self, features: int) -> tuple[int, int]:
        """Two forward passes and one backward pass per case."""
        return 2, 1

    def attribute(self, context: Context) -> Attribution:
        """Return each input element's share of the target logit.

        Returns:
            values [batch, *element_shape], in logits; positive raises the logit. Without biases their sum is the logit =
            ``facts["completeness_difference"]``; ``facts["completeness_gap"]`` = sum − logit, both [batch].
        """
        with followed(context, self.title) as model:
            from auditor.explain._relevance import relevance

            def work(points: Tensor, targets: Tensor) -> Tensor:
                return relevance(model, self.epsilon, points, targets)

            found = torch.cat(list(attributed(context, model, parts_of_batch(context), work)))
        logit = clean_logit(context)
        facts = {"completeness_gap": found.double().flatten(1).sum(dim=1) - logit, "completeness_difference": logit}
        return Attribution(context.reduce(found, "sum"), facts)


METHOD = Lrp
