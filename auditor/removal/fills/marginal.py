"""Marginal: removed elements take the values of real rows, and v(S) is the mean score over D of them.

The D rows belong to the case, not to the coalition: every S of a case meets the same backgrounds, so that differences of
v come from the features and not from the draw. Of texts the words of another text take the place of removed ones.
Source: the interventional game of Janzing, Minorics & Blöbaum, 2020, "Feature relevance quantification in explainable AI".
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.inputs.batch import Batch
from auditor.inputs.randomness import uniform
from auditor.removal.fill import blend, broadcast
from auditor.removal.material import Material


@functools.lru_cache(maxsize=128)  # every model call of a batch asks for the same rows
def _drawn(keys: bytes, seed: int, draw: int, draws: int, count: int) -> Tensor:
    key = torch.from_numpy(np.frombuffer(keys, np.int64).copy())
    place = (uniform(key, f"marginal background {draw}", seed, (1,))[:, 0] + draw) / draws
    return (place * count).long().clamp(max=count - 1)  # rounding may reach the end


@dataclass(frozen=True)
class MarginalFill:
    """Removed elements take the values of one background row per draw.

    Attributes:
        reference: rows backgrounds are drawn from, [n, *shape].
        draws: D, backgrounds per case; each coalition costs D rows of the model.
        seed: the plan's seed.
    """

    reference: Tensor
    draws: int
    seed: int
    kinds: ClassVar[frozenset[str]] = frozenset({"image", "tabular", "series"})
    blends: ClassVar[bool] = True  # a feature may be kept in part

    @property
    def name(self) -> str:
        """As in the plan."""
        return "marginal"

    @property
    def description(self) -> str:
        """For the reader."""
        return (
            f"the values of {self.draws} background rows, drawn per case from {len(self.reference):,} reference rows of the "
            "evaluation set; the score is the mean over them"
        )

    def background(self, key: Tensor, draw: int) -> Tensor:
        """Index of each case's background row, int64 [batch]: uniform over one of D equal stretches of the n rows.

        Over the draws every row is expected equally often, and a row comes twice only where D > n or stretches meet in it.
        """
        return _drawn(key.cpu().numpy().tobytes(), self.seed, draw, self.draws, len(self.reference))

    def apply(self, batch: Batch, rows: Tensor, keep: Tensor, draw: int) -> dict[str, Tensor]:
        """Kept elements from the input, the others from the case's background row of this draw."""
        inputs = {name: value[rows] for name, value in batch.inputs.items()}
        kept = batch.features.element_keep(keep, rows)
        x = inputs[batch.primary]
        chosen = self.background(batch.key, draw).to(rows.device)[rows]
        inputs[batch.primary] = blend(broadcast(kept, x), x, self.reference[chosen].to(x))
        return inputs

    def to(self, place: torch.device) -> MarginalFill:
        """The same fill with its rows on another device."""
        return replace(self, reference=self.reference.to(place))

    def sha256(self) -> str:
        """Digest of the draws, the seed and the reference rows."""
        values = self.reference.cpu().contiguous().numpy()
        head = f"marginal:{self.draws}:{self.seed}:{values.dtype}:{values.shape};".encode()
        return hashlib.sha256(head + np.ascontiguousarray(values).tobytes()).hexdigest()


@dataclass(frozen=True)
class WordsFill:
    """Removed words take the words of one background text per draw, token by token.

    The t-th word token of a text gives way to the t-th word token of the background; one that is shorter begins anew. The
    length, special tokens and padding stay, so no other argument of the model changes.

    Attributes:
        words: int64 [n, tokens], the word tokens of the texts backgrounds are drawn from, -1 behind them.
        draws: D, backgrounds per case; each coalition costs D rows of the model.
        seed: the plan's seed.
    """

    words: Tensor
    draws: int
    seed: int
    kinds: ClassVar[frozenset[str]] = frozenset({"text"})
    name: ClassVar[str] = "marginal"

    @property
    def description(self) -> str:
        """For the reader."""
        return (
            f"the words at the same place of {self.draws} background texts, token by token, drawn per case from "
            f"{len(self.words):,} reference texts of the evaluation set (a shorter one begins anew); "
            "the score is the mean over them"
        )

    def apply(self, batch: Batch, rows: Tensor, keep: Tensor, draw: int) -> dict[str, Tensor]:
        """Tokens of removed words from the case's background of this draw; the other arguments unchanged."""
        inputs = {name: value[rows] for name, value in batch.inputs.items()}
        x, kept = inputs[batch.primary], batch.features.element_keep(keep, rows)
        whole = (batch.features.element >= 0).expand(len(batch), -1)[rows]
        count = len(self.words)
        chosen = _drawn(batch.key.cpu().numpy().tobytes(), self.seed, draw, self.draws, count).to(rows.device)[rows]
        place = (whole.long().cumsum(dim=1) - 1).clamp(min=0) % (self.words >= 0).sum(dim=1)[chosen][:, None]
        inputs[batch.primary] = torch.where(kept, x, self.words[chosen].gather(1, place).to(x))
        return inputs

    def to(self, place: torch.device) -> WordsFill:
        """The same fill with its texts on another device."""
        return replace(self, words=self.words.to(place))

    def sha256(self) -> str:
        """Digest of the draws, the seed and the texts."""
        values = self.words.cpu().contiguous().numpy()
        head = f"marginal words:{self.draws}:{self.seed}:{values.shape};".encode()
        return hashlib.sha256(head + values.tobytes()).hexdigest()


def marginal(material: Material) -> MarginalFill | WordsFill:
    """Backgrounds from the reference rows of the audit."""
    if material.words is not None:
        return WordsFill(material.words, material.draws, material.seed)
    if material.rows is None:
        raise AuditError(
            "The fill `marginal` needs reference rows to draw backgrounds from.",
            found="none",
            expected="an audit in which `marginal` is a fill of the plan",
            fix="add `marginal` to `fills`; in a bare call pass a tensor of one sample's shape, such as reference.mean(0)",
        )
    return MarginalFill(material.rows, material.draws, material.seed)


FILL = marginal
