"""Panels of the straight path from a baseline to the input: bisected where the rule errs most, case by case.

The exact integral of a panel's directional derivative is the logit at its end minus the logit at its start, so each panel's
error is known from one forward pass per end. The nodes of a plain rule do not nest; those of 8-point panels are replaced.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from auditor.explain._context import Context
from auditor.explain._sampling import double_like

PANEL = 8
MOST = 512
"""Gradients per case and baseline, at most."""
TOLERANCE = 0.01
SMALLEST = 0.1
"""A case is done when its panels' errors add up to 1 % of the logit's difference, or to 0.001 where that is below 0.1."""


def panel_rule() -> tuple[Tensor, Tensor]:
    """Nodes and weights of the 8-point Gauss-Legendre rule on [0, 1], float64 [8] each; weights sum to 1."""
    node, weight = np.polynomial.legendre.leggauss(PANEL)
    return torch.from_numpy((node + 1) / 2), torch.from_numpy(weight / 2)


class Path:
    """Gradients and logits along start → point for the cases of one batch, added up per case.

    Args:
        context: the batch.
        start, point: [batch, *shape].

    Attributes:
        total: float64 [batch, *shape], Σ weight · gradient so far.
    """

    def __init__(self, context: Context, start: Tensor, point: Tensor) -> None:
        self.context = context
        self.start = start
        self.span = point - start
        self.total = double_like(point)

    def at(self, cases: Tensor, t: Tensor) -> Tensor:
        """Points of the path: int64 cases [jobs], t [jobs] in [0, 1]."""
        place = t.to(self.span).reshape(-1, *[1] * (self.span.ndim - 1))
        return torch.addcmul(self.start[cases], place, self.span[cases])

    def logits(self, cases: Tensor, t: Tensor) -> Tensor:
        """Target logit at each point, float64 [jobs] on the CPU."""
        calls, batch = self.context.calls, self.context.batch
        cases = cases.to(batch.targets.device)
        _, logits_of = self.context.model.differentiable(batch.inputs)
        points = ((self.at(cases[part], t[part]), cases[part]) for part in calls.chunks(len(cases)))
        found = torch.cat(list(calls.logits_at(points, logits_of))).gather(1, batch.targets[cases][:, None])[:, 0]
        return found.cpu().double()

    def add(self, cases: Tensor, left: Tensor, width: Tensor, sign: Tensor) -> Tensor:
        """Add panels to `total`; returns each panel's integral of the directional derivative, float64 [panels] on the CPU.

        Args:
            cases: int64 [panels], which case of the batch.
            left, width: float64 [panels], where on [0, 1] each begins and how long it is.
            sign: float64 [panels], 1, or -1 to take a panel back (computed again rather than kept in memory).
        """
        node, weight = panel_rule()
        t = (left[:, None] + width[:, None] * node).flatten()
        weights = (sign[:, None] * width[:, None] * weight).flatten()
        rows = cases.repeat_interleave(PANEL)
        slopes, first = [], 0
        for gradient in self._gradients(rows, t):
            exact = gradient.to(self.total)
            part = slice(first, first + len(gradient))
            slopes.append((exact * self.span[rows[part].to(exact.device)].to(exact)).flatten(1).sum(1).cpu().double())
            for job, one in zip(range(part.start, part.stop), exact, strict=True):  # in order, whatever the rows per call
                self.total[int(rows[job])] += float(weights[job]) * one
            first = part.stop
        return (torch.cat(slopes).reshape(-1, PANEL) * (width[:, None] * weight)).sum(1)

    def _gradients(self, rows: Tensor, t: Tensor) -> Iterator[Tensor]:
        calls, batch = self.context.calls, self.context.batch
        _, logits_of = self.context.model.differentiable(batch.inputs)
        place = rows.to(batch.targets.device)
        stream = ((self.at(place[part], t[part]), place[part]) for part in calls.chunks(len(rows)))
        for gradient, _ in calls.gradients(stream, logits_of, batch.targets):
            yield gradient


def adaptive_gradient(context: Context, start: Tensor, point: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """∫ gradient along the path with panels bisected where their error is largest.

    Memory does not grow with the number of panels: a bisected panel's gradients are computed again and subtracted.

    Args:
        context: the batch.
        start, point: [batch, *shape].
        steps: gradients to begin with, a multiple of 8; equal panels.

    Returns:
        the integral [batch, *shape], and the gradients computed per case [batch].
    """
    path, count, panels = Path(context, start, point), len(point), steps // PANEL
    left = torch.arange(panels, dtype=torch.float64).repeat(count) / panels
    case = torch.arange(count).repeat_interleave(panels)
    width = torch.full((count * panels,), 1 / panels, dtype=torch.float64)
    ends = torch.linspace(0, 1, panels + 1, dtype=torch.float64).repeat(count)
    value = path.logits(torch.arange(count).repeat_interleave(panels + 1), ends).reshape(count, -1)
    low, high = value[:, :-1].flatten(), value[:, 1:].flatten()
    found = path.add(case, left, width, torch.ones_like(left))
    bound = TOLERANCE * (value[:, -1] - value[:, 0]).abs().clamp(min=SMALLEST)
    used = torch.full((count,), steps)
    while True:
        error = (found - (high - low)).abs()
        owed = torch.zeros(count, dtype=torch.float64).index_add_(0, case, error)
        active = [i for i in range(count) if owed[i] > bound[i] and used[i] + 3 * PANEL <= MOST]
        if not active:
            return path.total.to(point), used.to(point.device)
        worst = torch.tensor([int(torch.where(case == i, error, -1.0).argmax()) for i in active])
        who, half = case[worst], width[worst] / 2
        middle = left[worst] + half
        between = path.logits(who, middle)
        sums = path.add(
            who.repeat_interleave(3),
            torch.stack([left[worst], left[worst], middle], 1).flatten(),
            torch.stack([2 * half, half, half], 1).flatten(),
            torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64).repeat(len(worst)),
        ).reshape(-1, 3)
        case, left, width = torch.cat([case, who]), torch.cat([left, middle]), torch.cat([width, half])
        low, high, found = torch.cat([low, between]), torch.cat([high, high[worst]]), torch.cat([found, sums[:, 2]])
        width[worst], high[worst], found[worst] = half, between, sums[:, 1]
        used[who] += 3 * PANEL
