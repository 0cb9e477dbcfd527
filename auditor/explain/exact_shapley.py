"""Exact Shapley values: the removal game asked about every coalition of features."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from auditor.explain._coalitions import ask, cases_by_count, completeness, game_difference, no_values
from auditor.explain._context import Attribution, Context
from auditor.explain._options import check_whole
from auditor.inputs.model import AuditedModel, NotAvailable

MOST = 14


def shapley_matrix(n: int) -> tuple[Tensor, Tensor]:
    """(coalitions bool [2ⁿ, n], M float64 [n, 2ⁿ]) with Shapley values = M v; coalition k keeps feature j if bit j of k is set.

    M[j, S] = (|S| − 1)! (n − |S|)! / n! where j is in S, and −|S|! (n − |S| − 1)! / n! where it is not.
    """
    kept = (torch.arange(2**n)[:, None] >> torch.arange(n)) & 1 == 1
    inside = [0.0, *(1 / (n * math.comb(n - 1, s - 1)) for s in range(1, n + 1))]
    outside = [*(-1 / (n * math.comb(n - 1, s)) for s in range(n)), 0.0]
    size = kept.sum(dim=1)
    joining, missing = (torch.tensor(column, dtype=torch.float64)[size] for column in (inside, outside))
    return kept, torch.where(kept.T, joining, missing)


@dataclass(frozen=True)
class ExactShapley:
    """Shapley, 1953, "A value for n-person games"; for features of a model: Strumbelj & Kononenko, 2010, JMLR 11."""

    title: ClassVar[str] = "Exact Shapley values"
    citation: ClassVar[str] = "Shapley 1953, Contributions to the Theory of Games 2; Strumbelj & Kononenko 2010, JMLR 11"
    failings: ClassVar[str] = "Cost doubles with every feature; depends on the fill; asks about inputs that never occur."
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset()
    complete: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "feature"

    limit: int = 12  # most features it is asked about; 14 at most
    fill: str | None = None  # None: the primary fill of the audit

    def __post_init__(self) -> None:
        check_whole("Exact Shapley", "limit", self.limit, 1, most=MOST)

    def applies(self, model: AuditedModel, features: int) -> str:
        """Every coalition is asked about, so features are few."""
        if features <= self.limit:
            return ""
        allowed = f"the option `limit` allows {self.limit} features ({MOST} at most)"
        return f"{features} features have 2^{features} coalitions; {allowed}"

    def cost(self, features: int) -> tuple[int, int]:
        """One forward pass per coalition but the full one; beyond `limit` features, where it does not run, as at the limit."""
        return 2 ** min(features, self.limit) - 1, 0

    def attribute(self, context: Context) -> Attribution:
        """Return φ_j = Σ_{S without j} |S|! (F − |S| − 1)! / F! · (v(S and j) − v(S)), [batch, F], in logits.

        Positive: the feature raises the logit. Completeness: Σ φ = v(all) − v(none) but for rounding.

        Raises:
            NotAvailable: more features than `limit`.
        """
        batch, game = context.batch, context.game(self.fill)
        reason = self.applies(context.model, batch.features.spots)
        if reason:
            raise NotAvailable(reason)
        full, empty = game.full().double().cpu(), game.empty().double().cpu()
        values = no_values(batch)
        for n, rows in cases_by_count(batch, lambda n: n * 2**n):
            kept, matrix = shapley_matrix(n)
            inner = ask(game, rows, kept[1:-1].expand(len(rows), -1, -1)) if n > 1 else full.new_empty(len(rows), 0)
            v = torch.cat([empty[rows, None], inner, full[rows, None]], dim=1)
            values[rows, :n] = torch.stack([matrix @ own.clone() for own in v])  # case by case: the same sum for any batch
        return Attribution(values.float().to(batch.targets.device), completeness(values, game_difference(game)))


METHOD = ExactShapley
