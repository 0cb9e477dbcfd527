"""The only caller of the model: a fixed number of rows per call, so that a row's value never depends on its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor

from auditor.errors import UserCodeError
from auditor.inputs.model import AuditedModel, LogitsOf


def _silent(rows: int) -> None:
    return None


class Calls:
    """Calls with exactly `rows` rows; the last one is padded by repeating its row 0.

    Between different numbers of rows a network's logits differ in the last bits; with the same number and other
    neighbours every row is bit-equal. That is what makes evidence independent of shards, order and resume points.

    Args:
        model: the audited model.
        rows: rows of every call.
        on_rows: told the number of useful rows after each call (progress).
    """

    def __init__(self, model: AuditedModel, rows: int, on_rows: Callable[[int], None] = _silent) -> None:
        self.model = model
        self.rows = rows
        self._on_rows = on_rows

    def of(self, model: AuditedModel) -> Calls:
        """Calls of another model, with as many rows."""
        return Calls(model, self.rows, self._on_rows)

    def logits(self, stream: Iterable[dict[str, Tensor]]) -> Iterator[Tensor]:
        """float32 logits [n, classes] for each mapping of tensors with n ≤ rows rows."""
        for inputs in stream:
            count = len(next(iter(inputs.values())))
            with torch.no_grad():
                out = self.model.logits({name: self._full(value) for name, value in inputs.items()})
            self._on_rows(count)
            yield out[:count].float()

    def gradients(
        self, stream: Iterable[tuple[Tensor, Tensor]], logits_of: LogitsOf, targets: Tensor
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Gradients of the target logit.

        Args:
            stream: (points [n, …], rows int64 [n] into the batch), n ≤ rows.
            logits_of: from `AuditedModel.differentiable`.
            targets: int64 [batch].

        Yields:
            (gradient [n, …], target logit [n]) for each element of the stream.
        """
        for points, rows in stream:
            count = len(points)
            leaf = self._full(points).detach().requires_grad_()
            row = self._full(rows)
            with torch.enable_grad():
                value = logits_of(leaf, row).gather(1, targets[row][:, None])
                try:
                    (gradient,) = torch.autograd.grad(value.sum(), leaf, allow_unused=True)
                except torch.OutOfMemoryError:
                    raise
                except RuntimeError as error:
                    raise UserCodeError(f"The model's backward pass raised: {str(error).splitlines()[0]}") from error
            self._on_rows(count)
            gradient = torch.zeros_like(leaf) if gradient is None else gradient
            yield gradient[:count], value.detach()[:count, 0].float()

    def logits_at(self, stream: Iterable[tuple[Tensor, Tensor]], logits_of: LogitsOf) -> Iterator[Tensor]:
        """float32 logits [n, classes] for each (points [n, …], rows int64 [n] into the batch), n ≤ rows; no gradients."""
        for points, rows in stream:
            with torch.no_grad():
                out = logits_of(self._full(points), self._full(rows))
            self._on_rows(len(points))
            yield out[: len(points)].float()

    def computed(
        self, stream: Iterable[tuple[Tensor, ...]], compute: Callable[..., tuple[Tensor, ...]], copies: int = 1
    ) -> Iterator[tuple[Tensor, ...]]:
        """What `compute` makes of each element of the stream, for methods that run passes of their own.

        Args:
            stream: tensors of the same n rows, n ≤ rows // copies (at least 1).
            compute: from those tensors, padded, to tensors with as many rows; gradients are on.
            copies: rows of the model that one row of the stream takes (2: an input and its baseline side by side).
        """
        for tensors in stream:
            count = len(tensors[0])
            padded = [self._full(tensor, max(1, self.rows // copies)) for tensor in tensors]
            with torch.enable_grad():
                try:
                    found = compute(*padded)
                except torch.OutOfMemoryError:
                    raise
                except RuntimeError as error:
                    raise UserCodeError(f"The model's backward pass raised: {str(error).splitlines()[0]}") from error
            self._on_rows(count * copies)
            yield tuple(tensor.detach()[:count] for tensor in found)

    def chunks(self, jobs: int, copies: int = 1) -> Iterator[slice]:
        """Slices of at most `rows` jobs; of rows // copies (at least 1) where a job takes several rows of the model."""
        step = max(1, self.rows // copies)
        for first in range(0, jobs, step):
            yield slice(first, min(first + step, jobs))

    def _full(self, value: Tensor, rows: int | None = None) -> Tensor:
        missing = (rows or self.rows) - len(value)
        if missing == 0:
            return value
        return torch.cat([value, value[:1].expand(missing, *value.shape[1:])])
