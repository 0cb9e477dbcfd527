"""Delete: removed words leave the text; what follows moves up, and the mask, the length and positions follow."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from auditor.inputs.batch import Batch
from auditor.inputs.case_features import LENGTHS, MASK
from auditor.removal.material import Material

POSITIONS = "position_ids"


@dataclass(frozen=True)
class DeleteFill:
    """Removed words are taken out inside the padded length; special tokens stay.

    A text of which nothing would be left keeps one padding token, because recurrent networks refuse empty sequences.
    """

    pad: int
    kinds: ClassVar[frozenset[str]] = frozenset({"text"})
    name: ClassVar[str] = "delete"
    draws: ClassVar[int] = 1

    @property
    def description(self) -> str:
        """For the reader."""
        return "removed words are deleted: what follows moves up, special tokens stay, an empty text keeps one padding token"

    def apply(self, batch: Batch, rows: Tensor, keep: Tensor, draw: int) -> dict[str, Tensor]:
        """The shorter texts [jobs, tokens], with every argument that runs along the tokens moved alike."""
        inputs = {name: value[rows] for name, value in batch.inputs.items()}
        x = inputs[batch.primary]
        kept = batch.features.element_keep(keep, rows) & self._own(batch, inputs)
        order = torch.argsort(~kept, dim=1, stable=True)
        left = kept.sum(dim=1).clamp(min=1)
        inside = torch.arange(x.shape[1], device=x.device) < left[:, None]
        for name, value in inputs.items():
            if value.shape == x.shape and name != POSITIONS:  # positions are those of the shorter text
                inputs[name] = torch.where(inside, value.gather(1, order), self.pad if name == batch.primary else 0)
        if MASK in inputs:
            inputs[MASK] = inside.to(inputs[MASK].dtype)
        if LENGTHS in inputs:
            inputs[LENGTHS] = left.reshape(inputs[LENGTHS].shape).to(inputs[LENGTHS].dtype)
        empty = ~kept.any(dim=1)
        inputs[batch.primary][empty, 0] = self.pad
        return inputs

    def _own(self, batch: Batch, inputs: dict[str, Tensor]) -> Tensor:
        """bool [jobs, tokens]: tokens of the text itself, special ones included; not padding."""
        x = inputs[batch.primary]
        if MASK in inputs:
            return inputs[MASK].bool()
        if LENGTHS in inputs:
            return torch.arange(x.shape[1], device=x.device) < inputs[LENGTHS].reshape(-1, 1)
        return x != self.pad

    def to(self, place: torch.device) -> DeleteFill:
        """Itself: it holds one number."""
        return self

    def sha256(self) -> str:
        """Digest of the padding token."""
        return hashlib.sha256(f"delete:{self.pad}".encode()).hexdigest()


def delete(material: Material) -> DeleteFill:
    """Padding with the tokenizer's token; with 0 where the data bring token numbers without a tokenizer."""
    return DeleteFill(material.pad_id or 0)


FILL = delete
