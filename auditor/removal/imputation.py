"""Linear imputation: each removed pixel is the weighted mean of its neighbours, removed ones among them.

Weights are 1/6 beside and 1/12 across a corner, divided by their sum where a pixel at the border has fewer neighbours. With
D the sums of weights and S the weighting this is (D − S) x = 0 at the removed pixels and x = the image elsewhere: symmetric
and positive definite as soon as one pixel is kept, and the solution lies within the range of the kept pixels.
Source: Rong, Leemann, Borisov, Kasneci & Kasneci, 2022, "A consistent and efficient evaluation strategy for attribution
methods", ICML (https://arxiv.org/abs/2202.00449).

Solved by conjugate gradients, many images at once. Where the removed pixels hold a square of 5 × 5 each step is
preconditioned by one multigrid V-cycle (Tatebe, 1993, "The multigrid preconditioned conjugate gradient method"): bilinear
transfers, Galerkin coarse operators, Jacobi smoothing. Smaller holes need few steps without it. On a CPU large images with
few removed pixels are solved directly (`imputation_direct`).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from auditor.removal.imputation_direct import solve

TOLERANCE = 5e-5  # of the range of the kept pixels: the last step's correction, above the error that is left after it
PLAIN_TOLERANCE = 5e-6  # without multigrid a correction is smaller than the error, in holes below 5 × 5 about 10 times
STEPS = 200  # reached by no mask we know of
HOLE = 5
COARSEST, LAST_SWEEPS = 4, 4
AT_ONCE = 2**18  # pixels solved together on a CPU, so that they stay in its caches
DIRECT_SHARE, DIRECT_PIXELS = 0.15, 10_000  # measured with bench/road.py: below and above them a direct solution is faster
OFFSETS = ((0, 1), (1, -1), (1, 0), (1, 1))  # half of a pixel's neighbours; the operator is symmetric


def impute(x: Tensor, kept: Tensor) -> Tensor:
    """Replace removed pixels by the solution of the linear system, to 1e-4 of the range of the kept ones.

    Args:
        x: [systems, channels, height, width]; the channels of a system share its pixels.
        kept: bool [systems, height, width], at least one pixel of each system.

    Returns:
        Like x; kept pixels as they were.
    """
    removed = ~kept
    on_cpu, pixels = x.device.type == "cpu", kept.shape[1] * kept.shape[2]
    direct = removed.sum(dim=(1, 2)) <= (DIRECT_SHARE * pixels if on_cpu and pixels >= DIRECT_PIXELS else -1)
    deep = _has_holes(removed)
    made = x.clone()
    for row in direct.nonzero()[:, 0].tolist():
        solve(made[row], kept[row])
    for wanted in (False, True):
        rows = ((deep == wanted) & ~direct).nonzero()[:, 0]
        for part in torch.split(rows, max(1, AT_ONCE // pixels) if on_cpu else 64) if len(rows) else ():
            made[part] = torch.where(kept[part, None], x[part], _solved(x[part], kept[part, None], wanted))
    return made


def _has_holes(removed: Tensor) -> Tensor:
    """bool [systems]: whether some HOLE × HOLE square is removed."""
    if min(removed.shape[1:]) < HOLE:
        return torch.zeros(len(removed), dtype=torch.bool, device=removed.device)
    for dim in (1, 2):
        places = removed.shape[dim] - HOLE + 1
        removed = functools.reduce(operator.and_, (removed.narrow(dim, first, places) for first in range(HOLE)))
    return removed.flatten(1).any(dim=1)


def _solved(x: Tensor, kept: Tensor, deep: bool) -> Tensor:
    """The solution at the removed pixels, in the type of x, from values moved and scaled to [-1/2, 1/2]."""
    low = torch.where(kept, x, torch.inf).amin(dim=(2, 3), keepdim=True)
    high = torch.where(kept, x, -torch.inf).amax(dim=(2, 3), keepdim=True)
    middle, width = (low + high) / 2, (high - low).clamp(min=torch.finfo(x.dtype).tiny)
    known = torch.where(kept, (x - middle) / width, 0)
    levels = _levels((~kept).float(), deep)
    right = _weighted(known.double() if deep else known.float()).mul_(levels[0].unknown)  # wide holes amplify rounding
    found = _conjugate_gradients(levels, right, TOLERANCE if deep else PLAIN_TOLERANCE)
    return found.to(x) * width + middle


def _conjugate_gradients(levels: list[_Level], residual: Tensor, tolerance: float) -> Tensor:
    """Each system and channel has its own steps; a system whose last correction was small enough stays as it is.

    The preconditioner works in float32 whatever the type of the residual, which is used up.
    """
    x, direction = torch.zeros_like(residual), torch.zeros_like(residual)
    before = torch.ones_like(residual[..., :1, :1])
    active = torch.ones_like(residual[:, :1, :1, :1], dtype=torch.bool)
    for _ in range(STEPS):
        correction = _v_cycle(levels, residual.float())
        product = _dot(residual, correction)
        direction.mul_(_ratio(product, before)).add_(correction)
        before, applied = product, levels[0].apply(direction)
        step = torch.where(active, _ratio(product, _dot(direction, applied)), 0)
        x.addcmul_(step, direction)
        residual.addcmul_(step, applied, value=-1)
        active &= correction.abs_().amax(dim=(1, 2, 3), keepdim=True) > tolerance
        if not active.any():
            break
    return x


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum(dim=3, keepdim=True).sum(dim=2, keepdim=True)


def _ratio(above: Tensor, below: Tensor) -> Tensor:
    return torch.where(below > 0, above / below, 0)


class _Level(NamedTuple):
    """One grid: its operator, 1 / the smoother's diagonal (0 where there is no unknown), and which points are unknown."""

    apply: Callable[[Tensor], Tensor]
    inverse: Tensor
    unknown: Tensor


def _levels(removed: Tensor, deep: bool) -> list[_Level]:
    """The image's own grid, and with `deep` ever coarser ones; removed: float [systems, 1, height, width]."""
    sums = _weighted(torch.ones_like(removed[:1]))

    def finest(x: Tensor) -> Tensor:
        return (sums * x).sub_(_weighted(x)).mul_(removed)

    levels = [_Level(finest, removed / sums, removed)]
    while deep and max(levels[-1].inverse.shape[2:]) > COARSEST:
        levels.append(_coarser(levels[-1]))
    return levels


def _coarser(fine: _Level) -> _Level:
    """The Galerkin operator Pᵀ A P on every second point, read off its answers to nine combs that do not overlap."""
    height, width = fine.inverse.shape[2:]
    rows, columns = (torch.arange(n // 2 + 1, device=fine.inverse.device) for n in (height, width))
    tooth = (rows % 3)[:, None] * 3 + columns % 3
    combs = (tooth == torch.arange(9, device=tooth.device)[:, None, None]).to(fine.inverse)[None]
    answers = _restricted(fine.apply(_interpolated(combs, height, width) * fine.unknown))
    entries = []
    for down, right in ((0, 0), *OFFSETS):
        column = (((rows + down) % 3)[:, None] * 3 + (columns + right) % 3).expand(len(answers), 1, -1, -1)
        entries.append(answers.gather(1, column))
    size = _stencil([entry.abs() for entry in entries], torch.ones_like(entries[0]))
    diagonal = torch.maximum(entries[0], size / 1.9)  # the smoother converges: no eigenvalue of A over it reaches 2
    unknown = (entries[0] > 1e-6).to(diagonal)
    return _Level(lambda x: _stencil(entries, x), unknown / diagonal.clamp(min=1e-6), unknown)


def _v_cycle(levels: list[_Level], residual: Tensor) -> Tensor:
    """About A⁻¹ residual; symmetric, as a preconditioner must be."""
    level, coarser = levels[0], levels[1:]
    found = level.inverse * residual
    if coarser:
        below = _v_cycle(coarser, _restricted(_remaining(level, found, residual)))
        found.addcmul_(_interpolated(below, *residual.shape[2:]), level.unknown)
    for _ in range(1 if coarser else LAST_SWEEPS if max(residual.shape[2:]) <= COARSEST else 0):
        found.addcmul_(level.inverse, _remaining(level, found, residual))
    return found


def _remaining(level: _Level, found: Tensor, residual: Tensor) -> Tensor:
    applied = level.apply(found)
    return torch.sub(residual, applied, out=applied)


def _weighted(x: Tensor) -> Tensor:
    """Σ weight · neighbour: ([1 2 1]ᵀ [1 2 1] x − 4 x) / 12, nothing beyond the border."""
    down = x * 2
    down[:, :, 1:] += x[:, :, :-1]
    down[:, :, :-1] += x[:, :, 1:]
    both = down * 2
    both[..., 1:] += down[..., :-1]
    both[..., :-1] += down[..., 1:]
    return both.sub_(x, alpha=4).mul_(1 / 12)


def _stencil(entries: list[Tensor], x: Tensor) -> Tensor:
    """The operator with these entries: the diagonal, then those towards OFFSETS, each at the first of its two points."""
    height, width = x.shape[2:]
    made = entries[0] * x
    for entry, (down, right) in zip(entries[1:], OFFSETS, strict=True):
        here = (..., slice(0, height - down), slice(max(0, -right), width - max(0, right)))
        there = (..., slice(down, height), slice(max(0, right), width + min(0, right)))
        made[here].addcmul_(entry[here], x[there])
        made[there].addcmul_(entry[here], x[here])
    return made


def _interpolated(coarse: Tensor, height: int, width: int) -> Tensor:
    """P: bilinear from every second point to all of [height, width]."""
    tall = coarse.new_empty(*coarse.shape[:2], 2 * coarse.shape[2] - 1, coarse.shape[3])
    tall[:, :, ::2] = coarse
    tall[:, :, 1::2] = (coarse[:, :, :-1] + coarse[:, :, 1:]) / 2
    tall = tall[:, :, :height]
    whole = coarse.new_empty(*tall.shape[:3], 2 * coarse.shape[3] - 1)
    whole[..., ::2] = tall
    whole[..., 1::2] = (tall[..., :-1] + tall[..., 1:]) / 2
    return whole[..., :width]


def _restricted(fine: Tensor) -> Tensor:
    """Pᵀ."""
    narrow = fine.new_zeros(*fine.shape[:3], fine.shape[3] // 2 + 1)
    narrow[..., : (fine.shape[3] + 1) // 2] = fine[..., ::2]
    odd = fine[..., 1::2] / 2
    narrow[..., : odd.shape[3]] += odd
    narrow[..., 1 : odd.shape[3] + 1] += odd
    low = fine.new_zeros(*fine.shape[:2], fine.shape[2] // 2 + 1, narrow.shape[3])
    low[:, :, : (fine.shape[2] + 1) // 2] = narrow[:, :, ::2]
    odd = narrow[:, :, 1::2] / 2
    low[:, :, : odd.shape[2]] += odd
    low[:, :, 1 : odd.shape[2] + 1] += odd
    return low
