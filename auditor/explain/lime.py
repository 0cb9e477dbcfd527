"""LIME: a weighted linear model of the logit over coalitions near the whole input, fitted for each case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from auditor.explain._coalitions import ask, cases_by_count, no_values, normal_equations, paired_draws, solve
from auditor.explain._context import Attribution, Context
from auditor.explain._options import check_between, check_whole
from auditor.inputs.model import AuditedModel, NotAvailable


@dataclass(frozen=True)
class Lime:
    """Ribeiro, Singh & Guestrin, 2016, eq. 1 and algorithm 1 (https://arxiv.org/abs/1602.04938), with ridge for the lasso.

    Draws, distance, kernel and ridge are those of the authors' own package for images: features kept with probability ½,
    the whole input among the draws, cosine distance to it, and the kernel's square root as weight.
    """

    title: ClassVar[str] = "LIME"
    citation: ClassVar[str] = "Ribeiro, Singh & Guestrin 2016, arXiv:1602.04938"
    failings: ClassVar[str] = (
        "As good as its linear model (see the surrogate R²); varies with the draws, kernel width and fill."
    )
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset()
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "feature"

    coalitions: int = 512  # drawn per case, in pairs (S, complement of S), besides the whole input
    width: float = 0.25  # of the kernel
    ridge: float = 1.0  # penalty on the squared coefficients
    fill: str | None = None  # None: the primary fill of the audit

    def __post_init__(self) -> None:
        check_whole("LIME", "coalitions", self.coalitions, 4, even=True)
        check_between("LIME", "width", self.width, 0, float("inf"))
        check_between("LIME", "ridge", self.ridge, 0, float("inf"))

    def applies(self, model: AuditedModel, features: int) -> str:
        """With fewer draws than coefficients the linear model fits anything, and its fidelity says nothing."""
        if self.coalitions >= features:
            return ""
        return f"{features} features need at least {features} coalitions per case; the option `coalitions` is {self.coalitions}"

    def cost(self, features: int) -> tuple[int, int]:
        """One forward pass per coalition drawn."""
        return self.coalitions, 0

    def attribute(self, context: Context) -> Attribution:
        """Return argmin_β of Σ_S π(S) (v(S) − β₀ − Σ_{j ∈ S} β_j)² + ridge · ‖β‖², π(S) = exp(−D(S)² / (2 width²)).

        D(S) = 1 − √(|S| / F) is the cosine distance between the coalition and the whole input, both as vectors of 0 and 1.

        Returns:
            values β [batch, F], in logits; positive: keeping the feature raises the logit.
            facts["surrogate_r2"]: [batch], share of the π-weighted variance of v(S) the linear model explains; at most 1,
            NaN where v is constant.

        Raises:
            NotAvailable: fewer coalitions than features.
        """
        batch, game = context.batch, context.game(self.fill)
        reason = self.applies(context.model, batch.features.spots)
        if reason:
            raise NotAvailable(reason)
        values, fidelity = no_values(batch), torch.full((len(batch),), float("nan"), dtype=torch.float64)
        full = game.full().double().cpu()
        for n, rows in cases_by_count(batch, lambda n: 2 * self.coalitions * n):
            drawn = paired_draws(batch.key[rows.to(batch.key.device)], "lime coalitions", context.seed, self.coalitions // 2, n)
            kept = torch.cat([torch.ones_like(drawn[:, :1]), drawn < 0.5], dim=1)
            v = torch.cat([full[rows, None], ask(game, rows, kept[:, 1:].bool())], dim=1)
            distance = 1 - (kept.sum(dim=2) / n).double().sqrt()
            weight = torch.exp(-((distance / self.width) ** 2) / 2)
            values[rows, :n], fidelity[rows] = ridge_regression(kept, weight, v, self.ridge)
        return Attribution(values.float().to(batch.targets.device), {"surrogate_r2": fidelity})


def ridge_regression(kept: Tensor, weight: Tensor, target: Tensor, ridge: float) -> tuple[Tensor, Tensor]:
    """Weighted ridge regression with a free intercept, batched.

    Args:
        kept: [cases, m, n], bool.
        weight: [cases, m].
        target: [cases, m], float64.
        ridge: penalty on the squared coefficients, not on the intercept.

    Returns:
        (coefficients [cases, n], weighted R² [cases]), float64.
    """
    n = kept.shape[2]
    total = torch.stack([own.sum() for own in weight])  # case by case: the same sum for any batch
    centre = torch.stack([(w * y).sum() for w, y in zip(weight, target, strict=True)]) / total
    around = target - centre[:, None]
    gram, moment = normal_equations(torch.cat([kept, torch.ones_like(kept[:, :, :1])], dim=2), weight, around)
    gram[:, range(n), range(n)] += ridge
    found = solve(gram, moment)[:, : n + 1, 0]
    rest = torch.stack([own.double() @ beta.clone() for own, beta in zip(kept, found[:, :n], strict=True)])
    rest = around - rest - found[:, n:]
    error, spread = (torch.stack([(w * r * r).sum() for w, r in zip(weight, part, strict=True)]) for part in (rest, around))
    constant = target.amax(dim=1) == target.amin(dim=1)
    return found[:, :n], (1 - error / spread).masked_fill(constant, float("nan"))


METHOD = Lime
