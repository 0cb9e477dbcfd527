"""Gradients at many points per case, streamed: one call's rows in memory at a time, whatever the number of points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.explain._context import Context
from auditor.inputs.model import NotAvailable
from auditor.inputs.randomness import normal, permutations

Points = Callable[[int, slice], Tensor]
"""(draw, cases of the batch) -> the points [cases, *shape] gradients are taken at."""


class Run(NamedTuple):
    """Consecutive cases of one draw.

    Attributes:
        draw, cases: which draw, and which cases of the batch.
        gradient: [cases, *shape], of the target logit at each point.
    """

    draw: int
    cases: slice
    gradient: Tensor


def gradients_at(context: Context, draws: int, points: Points) -> Iterator[Run]:
    """Gradients at `draws` points per case.

    Jobs run draw by draw, so whoever adds up runs adds each case's draws in the same order whatever the rows per call.
    """
    point, logits_of = context.model.differentiable(context.batch.inputs)
    count = len(point)
    cuts: list[list[tuple[int, slice]]] = []
    for part in context.calls.chunks(count * draws):
        first, runs = part.start, []
        while first < part.stop:
            draw, row = divmod(first, count)
            stop = min(count, row + part.stop - first)
            runs.append((draw, slice(row, stop)))
            first += stop - row
        cuts.append(runs)

    def stream() -> Iterator[tuple[Tensor, Tensor]]:
        every = torch.arange(count, device=point.device)
        for runs in cuts:
            yield torch.cat([points(draw, rows) for draw, rows in runs]), torch.cat([every[rows] for _, rows in runs])

    found = context.calls.gradients(stream(), logits_of, context.batch.targets)
    for runs, (gradient, _) in zip(cuts, found, strict=True):
        done = 0
        for draw, rows in runs:
            length = rows.stop - rows.start
            yield Run(draw, rows, gradient[done : done + length])
            done += length


def double_like(point: Tensor) -> Tensor:
    """Zeros to add up in: float64 where the device has it."""
    return torch.zeros_like(point, dtype=torch.float32 if point.device.type == "mps" else torch.float64)


def noisy(context: Context, point: Tensor, noise: float) -> Points:
    """Points of each case with normal noise whose deviation is `noise` times the range of the case's own values.

    The same case, draw and seed give the same noise, whichever method asks and whatever stands beside it.
    """
    flat = point.flatten(1)
    deviation = (noise * (flat.amax(1) - flat.amin(1))).reshape(-1, *[1] * (point.ndim - 1))
    key = context.batch.key.to(point.device) if point.device.type == "cuda" else context.batch.key.cpu()

    def points(draw: int, cases: slice) -> Tensor:
        drawn = normal(key[cases], f"gradient noise {draw}", context.seed, point.shape[1:])
        return point[cases] + deviation[cases] * drawn.to(point)

    return points


def background(context: Context, like: Tensor, baseline: float | None, option: str) -> Tensor:
    """Rows [n, *shape] baselines are drawn from: the audit's reference rows, or one constant input where `baseline` is given.

    Raises:
        AuditError: a bare call has no reference rows, and no number was given instead.
    """
    if baseline is not None:
        return torch.full_like(like[:1], float(baseline))
    if "background" in context.model.reasons:
        raise NotAvailable(context.model.reasons["background"])
    if context.reference is None:
        raise AuditError(
            "There are no reference rows to draw baselines from.",
            found="a bare call, outside an audit",
            expected="an audit, which draws them from its evaluation set (`reference`)",
            fix=f"give one constant baseline, such as {option}",
        )
    return context.reference.to(like)


def drawn_rows(context: Context, rows: Tensor, count: int) -> Iterator[Tensor]:
    """`count` different background rows per case, drawn by the case's own key: one [batch, *shape] after the other."""
    drawn = permutations(context.batch.key.cpu(), "baselines", context.seed, 1, len(rows))[:, 0].to(rows.device)
    for k in range(count):
        yield rows[drawn[:, k]]


def background_logit(context: Context, rows: Tensor) -> Tensor:
    """Mean logit of each case's target over background rows [n, *shape]: [batch]."""
    name = context.batch.primary
    pieces = ({name: rows[part].clone()} for part in context.calls.chunks(len(rows)))
    mean = torch.cat(list(context.calls.logits(pieces))).double().mean(dim=0)
    return mean[context.batch.targets]


def clean_logit(context: Context) -> Tensor:
    """Each case's target logit in the clean pass: [batch]."""
    return context.batch.clean.gather(1, context.batch.targets[:, None])[:, 0]
