"""The removal game: v(S) = the target's score when only the features in S are kept and the others are filled.

Deletion and insertion curves, occlusion, RISE, LIME and Shapley values are questions to this one game.
Source: Covert, Lundberg & Lee, 2021, "Explaining by removing", JMLR 22 (https://arxiv.org/abs/2011.14878).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from auditor.inputs.batch import Batch
from auditor.removal.calls import Calls
from auditor.removal.fill import Fill

Score = Literal["probability", "logit", "log_odds"]
Keep = Tensor | Callable[[slice], Tensor]


def score_of(logits: Tensor, targets: Tensor, score: str, head: str = "softmax") -> Tensor:
    """The target's score, float32 [rows], computed in float64.

    Args:
        logits: [rows, classes].
        targets: int64 [rows].
        score: probability, logit, or log_odds = log p / (1 - p).
        head: softmax (one of the classes) or sigmoid (each class by itself).
    """
    if score == "logit":
        return logits.gather(1, targets[:, None])[:, 0].float()
    logits = logits.double()
    own = logits.gather(1, targets[:, None])[:, 0]
    if head == "sigmoid":
        return (own if score == "log_odds" else own.sigmoid()).float()
    if score == "probability":
        return (own - logits.logsumexp(dim=1)).exp().float()
    rest = logits.scatter(1, targets[:, None], -torch.inf).logsumexp(dim=1)
    return (own - rest).float()


class RemovalGame:
    """v(S) for one model, batch, fill and score."""

    def __init__(self, calls: Calls, batch: Batch, fill: Fill, score: Score) -> None:
        self.calls = calls
        self.batch = batch
        self.fill = fill
        self.score = score

    def values(self, rows: Tensor, keep: Keep) -> Tensor:
        """v(S) for many coalitions.

        Args:
            rows: int64 [jobs], which case of the batch.
            keep: bool [jobs, F], or a function from a slice of jobs to it (so that long lists need no memory).

        Returns:
            float32 [jobs], the mean of the score over the fill's draws.
        """
        head, targets = self.calls.model.head, self.batch.targets[rows]
        total = torch.zeros(len(rows), device=rows.device)
        for draw in range(self.fill.draws):
            stream = self._stream(rows, keep, draw)
            for part, logits in zip(self.calls.chunks(len(rows)), self.calls.logits(stream), strict=True):
                total[part] += score_of(logits, targets[part], self.score, head)
        return total / self.fill.draws

    def _stream(self, rows: Tensor, keep: Keep, draw: int) -> Iterator[dict[str, Tensor]]:
        for part in self.calls.chunks(len(rows)):
            coalition = keep(part) if callable(keep) else keep[part]
            yield self.fill.apply(self.batch, rows[part], coalition, draw)

    def full(self) -> Tensor:
        """v(all features) [batch], from the stored logits of the clean pass."""
        return score_of(self.batch.clean, self.batch.targets, self.score, self.calls.model.head)

    @cached_property
    def _empty(self) -> Tensor:
        rows = torch.arange(len(self.batch), device=self.batch.targets.device)
        none = torch.zeros(len(rows), self.batch.features.spots, dtype=torch.bool, device=rows.device)
        return self.values(rows, none)

    def empty(self) -> Tensor:
        """v(no feature) [batch]; computed once."""
        return self._empty
