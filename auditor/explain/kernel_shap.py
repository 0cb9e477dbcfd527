"""Kernel SHAP: Shapley values as the solution of a weighted least squares problem over sampled coalitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch

from auditor.explain._coalitions import ask, cases_by_count, completeness, game_difference, no_values, shapley_least_squares
from auditor.explain._context import Attribution, Context
from auditor.explain._options import check_whole
from auditor.explain._paired import least_coalitions, paired_design
from auditor.inputs.model import AuditedModel, NotAvailable


@dataclass(frozen=True)
class KernelShap:
    """Lundberg & Lee, 2017, theorem 2 (https://arxiv.org/abs/1705.07874), with the pairs of Covert & Lee, 2021."""

    title: ClassVar[str] = "Kernel SHAP"
    citation: ClassVar[str] = "Lundberg & Lee 2017, arXiv:1705.07874; Covert & Lee 2021, arXiv:2012.01536"
    failings: ClassVar[str] = "An estimate that varies with the coalitions drawn; depends on the fill; splits credit evenly."
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset()
    complete: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "feature"

    coalitions: int = 512  # per case, besides the full and the empty one
    fill: str | None = None  # None: the primary fill of the audit

    def __post_init__(self) -> None:
        check_whole("Kernel SHAP", "coalitions", self.coalitions, 2)

    def applies(self, model: AuditedModel, features: int) -> str:
        """Too few coalitions leave the equations without a solution."""
        least = least_coalitions(features)
        if self.coalitions >= least:
            return ""
        return f"{features} features need at least {least} coalitions per case; the option `coalitions` is {self.coalitions}"

    def cost(self, features: int) -> tuple[int, int]:
        """One forward pass per coalition, at most all there are, and one for the empty one."""
        return min(self.coalitions, 2**features - 2) // 2 * 2 + 1, 0

    def attribute(self, context: Context) -> Attribution:
        """Return the minimiser φ of Σ_S w(S) (v(S) − v(∅) − Σ_{j ∈ S} φ_j)² with Σ φ = v(all) − v(∅), w the Shapley kernel.

        Coalitions come with their complements, so a pair says Σ_{j ∈ S} φ_j = ½ (v(all) − v(∅) + v(S) − v(complement)).

        Returns:
            values [batch, F], in logits; positive raises the logit. Exact Shapley values once `coalitions` reaches 2^F − 2.

        Raises:
            NotAvailable: too few coalitions for the features.
        """
        batch, game = context.batch, context.game(self.fill)
        reason = self.applies(context.model, batch.features.spots)
        if reason:
            raise NotAvailable(reason)
        difference, values = game_difference(game), no_values(batch)
        for n, rows in cases_by_count(batch, lambda n: self.coalitions * n):
            if n == 1:
                values[rows, 0] = difference[rows]
                continue
            design = paired_design(n, self.coalitions)
            kept = design.kept(batch.key[rows.to(batch.key.device)], context.seed)
            v = ask(game, rows, torch.cat([kept, ~kept], dim=1))
            half, own = kept.shape[1], difference[rows]
            target = (own[:, None] + v[:, :half] - v[:, half:]) / 2
            values[rows, :n] = shapley_least_squares(kept, design.weight, target, own)
        return Attribution(values.float().to(batch.targets.device), completeness(values, difference))


METHOD = KernelShap
