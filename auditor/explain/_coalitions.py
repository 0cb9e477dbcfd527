"""What methods that ask the removal game about many coalitions share: whom to ask, least squares, completeness.

A case's result must not depend on its neighbours. Everything here works case by case, or by batched products in which every
matrix starts on a cache line (columns padded to a multiple of 8) and one thread adds: then the order of additions is fixed.
The mathematics is done in float64 on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from auditor.inputs.batch import Batch
from auditor.inputs.randomness import uniform
from auditor.removal.game import RemovalGame

BLOCK = 2**22  # numbers held at a time, per array


def cases_by_count(batch: Batch, numbers: Callable[[int], int]) -> Iterator[tuple[int, Tensor]]:
    """Cases with the same number of features, in blocks that fit memory: (features n ≥ 1, rows int64 [cases] on the CPU).

    Args:
        batch: the cases.
        numbers: array elements one case of n features takes.
    """
    counts = batch.features.counts.cpu().expand(len(batch))
    for n in torch.unique(counts).tolist():
        if n > 0:
            yield from ((n, rows) for rows in (counts == n).nonzero()[:, 0].split(max(1, BLOCK // max(1, numbers(n)))))


def paired_draws(key: Tensor, purpose: str, seed: int, pairs: int, numbers: int) -> Tensor:
    """Uniform numbers float64 [cases, 2 · pairs, numbers] on the CPU; the second half is 1 − the first."""
    half = uniform(key, purpose, seed, (pairs, numbers)).cpu()
    return torch.cat([half, 1 - half], dim=1)


def no_values(batch: Batch) -> Tensor:
    """float64 [batch, F] of NaN on the CPU, to be filled in; what stays NaN is no feature."""
    return torch.full((len(batch), batch.features.spots), float("nan"), dtype=torch.float64)


def ask(game: RemovalGame, rows: Tensor, kept: Tensor) -> Tensor:
    """v(S), float64 [cases, m] on the CPU, of the coalitions kept [cases, m, n] (bool) of the cases `rows` [cases]."""
    cases, m, n = kept.shape
    device, spots = game.batch.targets.device, game.batch.features.spots
    flat = kept.reshape(cases * m, n)

    def keep(part: slice) -> Tensor:
        own = flat[part].to(device)
        return own if n == spots else torch.nn.functional.pad(own, (0, spots - n))

    return game.values(rows.to(device).repeat_interleave(m), keep).reshape(cases, m).double().cpu()


def game_difference(game: RemovalGame) -> Tensor:
    """v(all) − v(none), float64 [batch] on the CPU."""
    return game.full().double().cpu() - game.empty().double().cpu()


def completeness(values: Tensor, difference: Tensor) -> dict[str, Tensor]:
    """Facts of a complete method: the difference to share out, and sum of the float32 values − difference, logits [batch]."""
    return {"completeness_gap": values.float().double().nansum(dim=1) - difference, "completeness_difference": difference}


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for torch: with more, a product's sums may be split by the size of the batch."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def normal_equations(design: Tensor, weight: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted least squares as equations: (ZᵀWZ [cases, n', n'], ZᵀWy [cases, n', 1]), n' = n rounded up to a multiple of 8.

    Unknowns beyond n are made zero by a 1 on the diagonal.

    Args:
        design: Z [cases, m, n], float64 or bool.
        weight: [m] or [cases, m].
        target: y [cases, m].
    """
    n = design.shape[2]
    z = torch.nn.functional.pad(design.double(), (0, -n % 8))
    weighted = (z * weight.expand(target.shape)[:, :, None]).transpose(1, 2)
    with one_thread():
        gram, moment = weighted @ z, weighted @ target[:, :, None]
    gram[:, range(n, z.shape[2]), range(n, z.shape[2])] = 1.0
    return gram, moment


def solve(gram: Tensor, right: Tensor) -> Tensor:
    """x of gram x = right, for symmetric positive definite gram [cases, n, n] and right [cases, n, k]; NaN where it is not."""
    with one_thread():
        factor, failed = torch.linalg.cholesky_ex(gram)
        found = torch.cholesky_solve(right, factor)
    return found.masked_fill((failed != 0)[:, None, None], float("nan"))


def shapley_least_squares(kept: Tensor, weight: Tensor, target: Tensor, difference: Tensor) -> Tensor:
    """argmin Σ_j w_j (z_j·φ − y_j)² subject to Σ φ = difference, float64 [cases, n].

    The multiplier is eliminated: φ = A⁻¹b − A⁻¹1 (1ᵀA⁻¹b − difference) / 1ᵀA⁻¹1. Adding (Σ φ − difference)² to the
    objective changes nothing where the constraint holds, and makes A positive definite also for a design of rank n − 1.

    Args:
        kept: z [cases, m, n], bool.
        weight: w [m], adding up to about 1.
        target: y [cases, m].
        difference: [cases].
    """
    n = kept.shape[2]
    gram, moment = normal_equations(kept, weight, target)
    gram[:, :n, :n] += 1.0
    moment[:, :n, 0] += difference[:, None]
    ones = torch.zeros_like(moment)
    ones[:, :n] = 1.0
    found = solve(gram, torch.cat([moment, ones], dim=2))[:, :n]
    free, along = found[:, :, 0].clone(), found[:, :, 1].clone()
    excess = (free.sum(dim=1) - difference) / along.sum(dim=1)
    return free - along * excess[:, None]
