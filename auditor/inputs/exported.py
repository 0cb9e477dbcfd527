"""A torch.export program as a module that can be called like any other."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Exported(nn.Module):
    """An exported program. It stays in the mode it was exported in: `train` and `eval` change nothing.

    Attributes:
        argument_names: of its inputs, as its code called them.
        fixed_rows: the only number of rows it takes; None where it was exported for any.
    """

    def __init__(self, program: torch.export.ExportedProgram) -> None:
        super().__init__()
        self.program = program.module()
        self.training = False
        keywords = program.call_spec.in_spec.children()[1].context if program.call_spec.in_spec else ()
        taken = set(program.graph_signature.user_inputs)
        shapes = {
            n.name: n.meta["val"].shape
            for n in program.graph.nodes
            if n.name in taken and isinstance(n.meta.get("val"), Tensor)
        }
        self._positional = len(shapes) - len(keywords)
        self.argument_names = (*list(shapes)[: self._positional], *map(str, keywords))
        # a dimension left open is a symbol, not an int
        rows = {shape[0] for shape in shapes.values() if len(shape) and isinstance(shape[0], int)}
        self.fixed_rows = rows.pop() if len(rows) == 1 else None

    def train(self, mode: bool = True) -> Exported:
        """Nothing changes: the mode was fixed by the export, and torch refuses to be asked."""
        return self

    def forward(self, *inputs: Tensor, **named: Tensor) -> Any:
        """Whatever the program returns; it wants each argument as it was given when it was exported, by place or by name."""
        given = dict(zip(self.argument_names, inputs, strict=False)) | named
        by_place = [given[name] for name in self.argument_names[: self._positional]]
        try:
            return self.program(*by_place, **{name: given[name] for name in self.argument_names[self._positional :]})
        except AssertionError as problem:  # its guards on shapes
            raise ValueError(str(problem)) from problem
