"""An evaluation set asked for corrupted rows: raw samples where the source has them, else images and series as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image
from torch import Tensor

from auditor.inputs.corruptions.draw import Array, Draw
from auditor.inputs.corruptions.kinds import kind_of
from auditor.inputs.rows import EvaluationSet
from auditor.plan.corruptions import CORRUPTIONS

EDGE = 336
"""Pixels of the longer edge of a picture that is kept for the reader, at most."""


class Corrupted:
    """Corrupted rows of an evaluation set.

    Args:
        data: the evaluation set.
        usable: its rows that can be evaluated, at least one.
        key: int64 [rows], what each row's randomness is drawn from.
        seed: the plan's seed.
    """

    def __init__(self, data: EvaluationSet, usable: Sequence[int], key: Tensor, seed: int) -> None:
        self._data, self._key, self._seed = data, key, seed
        self._kind, self._reason = kind_of(data, usable, key)

    def problem(self, name: str) -> str:
        """Why a corruption cannot be made of these data; '' where it can."""
        return self._reason if self._kind is None else self._kind.problem(name)

    def arguments(self, rows: Sequence[int], name: str, severity: int) -> dict[str, Tensor]:
        """All forward arguments [n, *shape] of some rows after a corruption that has no problem."""
        if self._kind is None:
            raise ValueError(self._reason)
        amount = self._amount(name, severity)
        made = self._data.encode([self._kind.corrupted(row, amount, self._draw(row, name)) for row in rows])
        return {**self._data.arguments(rows), **(made if isinstance(made, Mapping) else {self._data.primary: made})}

    def picture(self, row: int, name: str = "", severity: int = 0) -> Array | None:
        """An image, corrupted where a name is given, shrunk for print: uint8 [h, w] or [h, w, 3]; None for other data."""
        if self._kind is None:
            return None
        raw = self._kind.corrupted(row, self._amount(name, severity), self._draw(row, name)) if name else self._data.raw(row)
        found = self._kind.picture(raw)
        if found is None:
            return None
        image = Image.fromarray(np.ascontiguousarray(found))
        image.thumbnail((EDGE, EDGE))
        return np.asarray(image)

    def _amount(self, name: str, severity: int) -> float:
        return CORRUPTIONS[self._data.modality][name].amounts[severity - 1]

    def _draw(self, row: int, name: str) -> Draw:
        return Draw(self._key[row : row + 1], name, self._seed)
