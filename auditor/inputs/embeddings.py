"""Models that read tokens: gradients are taken at the values of the layer that embeds them.

The layer's output is replaced, so any architecture with a `torch.nn.Embedding` serves, whatever its `forward` takes.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

import torch
from torch import Tensor, nn

from auditor.errors import UserCodeError


class Replaced:
    """Within it, the first call of `layer` gives `points` [rows, tokens, width]; gradients flow to them.

    Args:
        layer: embeds the tokens.
        points: cloned, because what follows may work in place.
    """

    def __init__(self, layer: nn.Module, points: Tensor) -> None:
        self._layer, self._points, self._used = layer, points, False

    def __enter__(self) -> None:
        def give(module: nn.Module, arguments: object, output: object) -> Tensor | None:
            if self._used:
                return None
            self._used = True
            return self._points.clone()

        self._handle = self._layer.register_forward_hook(give)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._handle.remove()


def reads_tokens(module: nn.Module, tokens: Tensor, call: Callable[[], object]) -> str:
    """Name of the first `nn.Embedding` whose argument is `tokens` themselves; "" where none is.

    Args:
        module: in evaluation mode; hooks are set for one forward pass and removed.
        tokens: int64 [rows, tokens].
        call: makes that pass over these tokens.
    """
    found: list[str] = []
    handles = []
    for name, part in module.named_modules():
        if isinstance(part, nn.Embedding) and name:

            def see(layer: nn.Module, arguments: tuple[object, ...], name: str = name) -> None:
                given = arguments[0] if arguments else None
                if isinstance(given, Tensor) and given.shape == tokens.shape and torch.equal(given, tokens):
                    found.append(name)

            handles.append(part.register_forward_pre_hook(see))
    try:
        with torch.no_grad():
            call()
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise UserCodeError(f"The model raised {type(error).__name__}: {error}") from error
    finally:
        for handle in handles:
            handle.remove()
    return found[0] if found else ""
