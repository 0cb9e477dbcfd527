"""Permutation Shapley: a feature's mean contribution on joining those before it, over random orders and their reverses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from auditor.explain._coalitions import ask, cases_by_count, completeness, game_difference, no_values
from auditor.explain._context import Attribution, Context
from auditor.explain._options import check_whole
from auditor.inputs.randomness import permutations


@dataclass(frozen=True)
class PermutationShapley:
    """Castro, Gómez & Tejada, 2009; antithetic orders: Mitchell, Cooper, Frank & Holmes, 2022, section 3.1."""

    title: ClassVar[str] = "Permutation Shapley values"
    citation: ClassVar[str] = (
        "Castro, Gómez & Tejada 2009, Computers & Operations Research 36; Mitchell et al. 2022, arXiv:2104.12199"
    )
    failings: ClassVar[str] = "An estimate with noise of its own; depends on the fill; asks about inputs that never occur."
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset()
    complete: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "feature"

    permutations: int = 16  # orders per case, half of them the reverses of the others
    fill: str | None = None  # None: the primary fill of the audit

    def __post_init__(self) -> None:
        check_whole("Permutation Shapley", "permutations", self.permutations, 4, even=True)

    def cost(self, features: int) -> tuple[int, int]:
        """One forward pass per order and inner step, and one with nothing kept."""
        return self.permutations * max(features - 1, 0) + 1, 0

    def attribute(self, context: Context) -> Attribution:
        """Return the mean over orders of v(features up to j) − v(features before j), [batch, F], in logits.

        Returns:
            values: positive raises the logit. Completeness holds in every order: the differences telescope.
            facts["standard_error"]: [batch], in logits: per feature the standard deviation of the means of an order and its
            reverse, over the root of the number of such pairs; the mean of it over the case's features.
        """
        batch, game = context.batch, context.game(self.fill)
        full, empty = game.full().double().cpu(), game.empty().double().cpu()
        values, error = no_values(batch), torch.full((len(batch),), float("nan"), dtype=torch.float64)
        half = self.permutations // 2
        for n, rows in cases_by_count(batch, lambda n: self.permutations * n * n):
            forth = permutations(
                batch.key[rows.to(batch.key.device)], "permutation_shapley orders", context.seed, half, n
            ).cpu()
            place = torch.cat([forth, n - 1 - forth], dim=1)  # of each feature in its order, [cases, orders, n]
            inner = torch.arange(1, n)[:, None]
            v = empty.new_empty(len(rows), self.permutations, n + 1)
            v[:, :, 0], v[:, :, n] = empty[rows, None], full[rows, None]
            if n > 1:
                kept = (place[:, :, None] < inner).flatten(1, 2)
                v[:, :, 1:n] = ask(game, rows, kept).reshape(len(rows), self.permutations, n - 1)
            joined = v.diff(dim=2).gather(2, place)
            values[rows, :n], deviation = _mean_and_error((joined[:, :half] + joined[:, half:]) / 2)
            error[rows] = _in_order(deviation, 1) / n
        difference = game_difference(game)
        facts = {**completeness(values, difference), "standard_error": error}
        return Attribution(values.float().to(batch.targets.device), facts)


def _mean_and_error(pairs: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and its standard error over dimension 1 of [cases, pairs, n]."""
    count = pairs.shape[1]
    mean = _in_order(pairs, 1) / count
    return mean, (_in_order((pairs - mean[:, None]) ** 2, 1) / (count - 1) / count).sqrt()


def _in_order(values: Tensor, dim: int) -> Tensor:
    """Sum along a dimension, first to last: the same for any batch."""
    total = torch.zeros_like(values.select(dim, 0))
    for part in values.unbind(dim):
        total = total + part
    return total


METHOD = PermutationShapley
