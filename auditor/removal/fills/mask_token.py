"""Mask token: every token of a removed word becomes the tokenizer's mask; the text keeps its length."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from auditor.inputs.batch import Batch
from auditor.removal.material import Material


@dataclass(frozen=True)
class MaskTokenFill:
    """Removed words become `token`, each of their tokens one."""

    token: int
    kinds: ClassVar[frozenset[str]] = frozenset({"text"})
    name: ClassVar[str] = "mask_token"
    draws: ClassVar[int] = 1

    @property
    def description(self) -> str:
        """For the reader."""
        return f"the mask token (number {self.token}) in place of each token of a removed word"

    def apply(self, batch: Batch, rows: Tensor, keep: Tensor, draw: int) -> dict[str, Tensor]:
        """Tokens of removed words masked; the other arguments unchanged."""
        inputs = {name: value[rows] for name, value in batch.inputs.items()}
        kept = batch.features.element_keep(keep, rows)
        inputs[batch.primary] = torch.where(kept, inputs[batch.primary], self.token)
        return inputs

    def to(self, place: torch.device) -> MaskTokenFill:
        """Itself: it holds one number."""
        return self

    def sha256(self) -> str:
        """Digest of the token."""
        return hashlib.sha256(f"mask_token:{self.token}".encode()).hexdigest()


def mask_token(material: Material) -> MaskTokenFill:
    """The tokenizer's mask token, or its padding; the plan's `constant` where the data bring numbers without a tokenizer."""
    known = (token for token in (material.mask_id, material.pad_id) if token is not None)
    return MaskTokenFill(next(known, int(material.constant)))


FILL = mask_token
