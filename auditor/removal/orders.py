"""Removing features one after the other: step counts, ties, and the score along an order."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from auditor.inputs.randomness import uniform
from auditor.removal.game import RemovalGame

TIE_ORDERS = 8


def removal_counts(features: int, steps: int, repeat: bool = False) -> list[int]:
    """How many of F features are removed at each of the K + 1 points, K = min(steps, F); with `repeat` K = steps always.

    Symmetric, so that insertion is deletion of the reversed order read backwards: n_k = floor(kF/K + 1/2) for k < K/2,
    n_(K-k) = F - n_k; for even K and odd F the middle is (F - 1)/2.
    """
    count = steps if repeat else min(steps, features)
    first = [(2 * k * features + count) // (2 * count) for k in range((count + 1) // 2)]
    middle = [features // 2] if count % 2 == 0 else []
    return first + middle + [features - n for n in reversed(first)]


def levels(values: Tensor, tolerance: float = 0.0) -> Tensor:
    """Rank of each value's level, 0 = largest, int64 [batch, F]; values closer than the tolerance share a level.

    NaN (no feature) comes last. With tolerance 0 only equal values are tied; the tolerance is relative to max |value|
    of the sample, and joins neighbours in sorted order.
    """
    finite = torch.nan_to_num(values.double(), nan=-torch.inf, posinf=None, neginf=None)
    ordered, order = finite.sort(dim=1, descending=True, stable=True)
    scale = torch.nan_to_num(values.double()).abs().amax(dim=1, keepdim=True)
    gap = torch.nan_to_num(ordered[:, :-1] - ordered[:, 1:], nan=0.0)
    new = torch.cat([torch.zeros_like(order[:, :1]), (gap > tolerance * scale).long()], dim=1)
    return torch.zeros_like(order).scatter_(1, order, new.cumsum(dim=1))


class Curves(NamedTuple):
    """Scores while features are removed along an order.

    Attributes:
        removed: int64 [batch, K + 1]; of a case with fewer than K features some numbers come twice.
        score: float32 [batch, K + 1]; first = full, last = empty; equal where `removed` is.
        tie_share: float32 [batch], share of the inner points that cut through tied features.
    """

    removed: Tensor
    score: Tensor
    tie_share: Tensor


def deletion(game: RemovalGame, level: Tensor, steps: int, seed: int) -> Curves:
    """Remove the features of the lowest level number first.

    Where a point cuts through tied features its value is the mean over 8 seeded orders of the tied ones, in 4 antithetic
    pairs, so that the curve of the reversed order is exactly the mirror image.

    Args:
        game: the removal game of the batch.
        level: int64 [batch, F], from `levels` (or its reverse).
        steps: K wanted; at most F. A case with fewer features than K repeats points, and no point is computed twice.
        seed: of the tie orders.
    """
    batch = game.batch
    counts = batch.features.counts.to(level.device).expand(len(batch))
    most = min(steps, batch.features.spots)
    table = {n: removal_counts(n, most, repeat=True) for n in set(counts.tolist())}
    removed = torch.tensor([table[n] for n in counts.tolist()], device=level.device)
    cut = _cut(level, removed)
    fresh = (removed[:, 1:-1] > removed[:, :-2]) & (removed[:, 1:-1] < removed[:, -1:])
    cut &= fresh
    values = _evaluate(game, _ranks(game, level, cut.any(dim=1), seed), removed, torch.where(cut, TIE_ORDERS, fresh.long()))
    full, empty = game.full(), game.empty()
    score = torch.cat([full[:, None], values, empty[:, None]], dim=1)
    for k in range(1, removed.shape[1] - 1):  # points that come again
        same = torch.where(removed[:, k] == removed[:, -1], empty, score[:, k - 1])
        score[:, k] = torch.where(fresh[:, k - 1], score[:, k], same)
    return Curves(removed, score, cut.sum(dim=1) / fresh.sum(dim=1).clamp(min=1))


def _ranks(game: RemovalGame, level: Tensor, tied: Tensor, seed: int) -> Tensor:
    """int64 [batch + 8 · tied cases, F]: position of each feature; first one row per case, then 8 tie orders per tied case."""
    plain = level.argsort(dim=1, stable=True).argsort(dim=1, stable=True)
    half = uniform(game.batch.key[tied.to(game.batch.key.device)], "tied features", seed, (TIE_ORDERS // 2, level.shape[1]))
    breaks = torch.cat([half, 1 - half], dim=1).to(level.device)  # antithetic: the second half reverses the first
    orders = (level[tied][:, None, :] + breaks / 2).argsort(dim=2, stable=True)
    return torch.cat([plain, orders.argsort(dim=2, stable=True).flatten(0, 1)])


def _cut(level: Tensor, removed: Tensor) -> Tensor:
    """bool [batch, K - 1]: whether the last removed and the first kept feature of an inner point are tied."""
    ordered = level.sort(dim=1).values
    inner, last = removed[:, 1:-1], level.shape[1] - 1
    return ordered.gather(1, (inner - 1).clamp(min=0)) == ordered.gather(1, inner.clamp(max=last))


def _evaluate(game: RemovalGame, rank: Tensor, removed: Tensor, repeats: Tensor) -> Tensor:
    """Mean score [batch, K - 1] at each inner point over `repeats` [batch, K - 1] orders: 8 where tied, 1, or 0 (then 0)."""
    cases, tied = len(repeats), repeats == TIE_ORDERS
    job = torch.repeat_interleave(torch.arange(repeats.numel(), device=rank.device), repeats.flatten())
    first = repeats.flatten().cumsum(0) - repeats.flatten()
    order = torch.arange(len(job), device=rank.device) - first[job]
    rows, taken = job // max(repeats.shape[1], 1), removed[:, 1:-1].flatten()[job]
    place = tied.any(dim=1).cumsum(0) - 1  # of each tied case among the tied ones
    table = torch.where(tied.flatten()[job], cases + place[rows] * TIE_ORDERS + order, rows)

    def keep(part: slice) -> Tensor:
        return rank[table[part]] >= taken[part, None]

    values = game.values(rows, keep).double()
    sums = torch.zeros(repeats.numel(), dtype=torch.float64, device=rank.device)
    for r in range(TIE_ORDERS):  # one addition per point and round: a fixed order of summation on every device
        chosen = order == r
        sums[job[chosen]] += values[chosen]
    return (sums / repeats.flatten().clamp(min=1)).float().reshape(repeats.shape)
