"""What replaces a removed feature. One file per fill under `removal/fills/`; this page holds what they share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np
from torch import Tensor, device, lerp, where
from torch.utils.weak import WeakTensorKeyDictionary

from auditor.inputs.batch import Batch


class Fill(Protocol):
    """A rule for absent features; its state is fixed for the whole audit."""

    kinds: ClassVar[frozenset[str]]  # modalities it makes sense for

    @property
    def name(self) -> str:
        """The fill's name in the plan."""
        ...

    @property
    def draws(self) -> int:
        """1, or D where v(S) is a mean over D backgrounds."""
        ...

    @property
    def description(self) -> str:
        """For the reader."""
        ...

    def apply(self, batch: Batch, rows: Tensor, keep: Tensor, draw: int) -> dict[str, Tensor]:
        """Forward arguments [jobs, …] with features outside the coalition replaced.

        Args:
            batch: the cases.
            rows: int64 [jobs], index into the batch.
            keep: bool [jobs, F], the coalition; a fill that `blends` also takes floats in [0, 1], the share that is kept.
            draw: which of the fill's draws.
        """
        ...

    def to(self, place: device) -> Fill:
        """The same fill on another device."""
        ...

    def sha256(self) -> str:
        """Digest of its state."""
        ...


@dataclass(frozen=True)
class ReferenceFill:
    """Removed elements take the value of one fixed reference input.

    Attributes:
        name: the fill's name in the plan.
        reference: [*shape] of one input, or a single number as [].
        description: for the reader.
    """

    name: str
    reference: Tensor
    description: str
    kinds: ClassVar[frozenset[str]] = frozenset({"image", "tabular", "series"})
    blends: ClassVar[bool] = True  # a feature may be kept in part

    @property
    def draws(self) -> int:
        """A fixed reference needs no draws."""
        return 1

    def apply(self, batch: Batch, rows: Tensor, keep: Tensor, draw: int) -> dict[str, Tensor]:
        """Kept elements from the input, the others from the reference (in part: between the two); other arguments unchanged."""
        inputs = {name: value[rows] for name, value in batch.inputs.items()}
        kept = batch.features.element_keep(keep, rows)
        x = inputs[batch.primary]
        inputs[batch.primary] = blend(broadcast(kept, x), x, self.reference.to(x))
        return inputs

    def to(self, place: device) -> ReferenceFill:
        """The same fill with its reference on another device."""
        return replace(self, reference=self.reference.to(place))

    def sha256(self) -> str:
        """Digest of the reference's type, shape and bytes."""
        values = self.reference.cpu().contiguous().numpy()
        head = f"{self.name}:{values.dtype}:{values.shape};".encode()
        return hashlib.sha256(head + np.ascontiguousarray(values).tobytes()).hexdigest()


def blend(kept: Tensor, x: Tensor, reference: Tensor) -> Tensor:
    """x where kept and the reference elsewhere; for a float share, exact at both ends, reference + share · (x − reference)."""
    if kept.is_floating_point():
        return lerp(reference, x, kept.to(x.dtype))
    return where(kept, x, reference)


def broadcast(kept: Tensor, x: Tensor) -> Tensor:
    """View of an element mask [jobs, *element_shape] that broadcasts against inputs [jobs, *shape]."""
    missing = x.ndim - kept.ndim
    return kept.reshape(len(kept), *([1] * missing), *kept.shape[1:])


class PerBatch:
    """What a fill makes of a batch's inputs, kept while these live: every model call of a batch asks for the same."""

    def __init__(self) -> None:
        self._made = WeakTensorKeyDictionary()

    def of(self, x: Tensor, what: Hashable, make: Callable[[], Tensor]) -> Tensor:
        """What was made of x last, if it was `what`; else made now and kept in its place."""
        if x not in self._made or self._made[x][0] != what:
            self._made[x] = (what, make())
        made: Tensor = self._made[x][1]
        return made
