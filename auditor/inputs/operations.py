"""Count the floating point operations of a pass without torch's compiler."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode, flop_registry


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Floating point operations so far, by the formulas of `torch.utils.flop_counter`.

    The counter of that module imports torch's compiler, which takes as long as torch itself; see `ThroughCompiler`.

    Attributes:
        spent: two for a multiplication with its addition.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.spent = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Take an operation apart as far as that goes, and count each part that has a formula."""
        given = kwargs or {}
        if isinstance(func, torch._ops.HigherOrderOperator):
            return NotImplemented
        if func is not torch.ops.prim.device.default:
            with self:
                parts = func.decompose(*args, **given)
            if parts is not NotImplemented:
                return parts
        result = func(*args, **given)
        if func.overloadpacket in flop_registry:
            self.spent += int(flop_registry[func.overloadpacket](*args, **given, out_val=result))
        return result


class ThroughCompiler(FlopCounterMode):
    """The same by torch's own counter, for `torch.cond`, which needs the compiler anyway: it runs both branches."""

    def __init__(self) -> None:
        super().__init__(display=False)

    @property
    def spent(self) -> int:
        """Two for a multiplication with its addition."""
        return int(self.get_total_flops())
