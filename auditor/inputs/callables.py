"""A model that is a Python function: arrays in, predictions out, and nothing inside that gradients could follow."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from auditor.errors import AuditError
from auditor.inputs.factory import user_code
from auditor.inputs.model import NotAvailable

NO_GRADIENT = "the model is a Python function that returns predictions only"


class PythonFunction(nn.Module):
    """A function from NumPy arrays [batch, …] to an array of scores, called without gradient on the CPU.

    The arrays are copies of the rows, in the order or under the names the data give them. The function decides each row by
    itself and always alike: the audit relies on it and cannot see into it. It has no parameters, so its digest is that of its
    source file among the audit's files.

    Raises:
        NotAvailable: (forward) a gradient is asked for.
    """

    argument_names = ()  # any; the function is called with the names of the data

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor, **named: Tensor) -> Tensor:
        """Scores as the function returns them, float32, where the inputs are."""
        if torch.is_grad_enabled() and any(value.requires_grad for value in itertools.chain(inputs, named.values())):
            raise NotAvailable(NO_GRADIENT)
        arrays = [_array(value) for value in inputs]
        by_name = {name: _array(value) for name, value in named.items()}
        with torch.no_grad(), user_code("The model's Python function"):
            found = self.function(*arrays, **by_name)
            found = np.asarray(found) if isinstance(found, list | tuple) else found
        first = next(itertools.chain(inputs, named.values()))
        return _scores(found, len(first)).to(first.device)


def _array(value: Tensor) -> np.ndarray:
    return np.array(value.detach().cpu().numpy())  # a copy: the function may write into it


def _scores(found: object, rows: int) -> Tensor:
    if isinstance(found, Tensor):
        found = found.detach().cpu().numpy()
    scores = found if isinstance(found, np.ndarray) else None
    if scores is None or scores.dtype.kind not in "fiub" or scores.shape[:1] != (rows,):
        what = f"an object of type {type(found).__name__}" if scores is None else f"{scores.dtype} {list(scores.shape)}"
        raise AuditError(
            "The model's Python function returns no array of scores.",
            found=what,
            expected=f"numbers [{rows}, classes], a row for each row it is given",
            fix="return a NumPy array of logits or probabilities",
        )
    return torch.from_numpy(np.array(scores, dtype=np.float32 if scores.dtype.kind == "f" else scores.dtype))
