"""Layers whose values lie on a grid over the image: where they are, and their values and gradients without corruption.

A convolutional network has [batch, channels, h, w]; a vision transformer has tokens [batch, g·g, d], or [batch, 1 + g·g, d]
where the first token is no patch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


def as_grid(value: object) -> Tensor | None:
    """A layer's value as [batch, channels, h, w], h and w > 1; None where it is no such grid."""
    if not isinstance(value, Tensor) or not value.is_floating_point():
        return None
    if value.ndim == 4:
        return value if min(value.shape[2:]) > 1 else None
    if value.ndim != 3:
        return None
    for first in (1, 0):
        side = math.isqrt(max(value.shape[1] - first, 0))
        if side > 1 and side * side == value.shape[1] - first:
            return value[:, first:].transpose(1, 2).reshape(len(value), -1, side, side)
    return None


def _is_norm(part: nn.Module) -> bool:
    name = type(part).__name__
    return name.endswith("Norm") and not name.startswith(("Batch", "Group", "SyncBatch"))  # LayerNorm, RMSNorm, …


def _watch(part: nn.Module, see: Callable[[Tensor], None]) -> torch.utils.hooks.RemovableHandle:
    """Show `see` each grid that leaves the module (that enters it, where it normalises tokens).

    What goes on is a copy: a following layer that works in place would else overwrite what was seen.
    """

    def enters(module: nn.Module, arguments: tuple[object, ...]) -> tuple[object, ...] | None:
        value = arguments[0] if arguments else None
        if not isinstance(value, Tensor) or value.ndim != 3 or as_grid(value) is None:
            return None
        see(value)
        return (value.clone(), *arguments[1:])

    def leaves(module: nn.Module, arguments: object, output: object) -> Tensor | None:
        if not isinstance(output, Tensor) or as_grid(output) is None:
            return None
        see(output)
        return output.clone()

    return part.register_forward_pre_hook(enters) if _is_norm(part) else part.register_forward_hook(leaves)


@contextmanager
def watched(module: nn.Module, layer: str) -> Iterator[list[Tensor]]:
    """A list that holds, after a forward pass, the grid of the layer's last call that gave one; empty where none did."""
    seen: list[Tensor] = []
    handle = _watch(module.get_submodule(layer), lambda value: seen.__setitem__(slice(None), [value]))
    try:
        yield seen
    finally:
        handle.remove()


def last_grid_layer(module: nn.Module, x: Tensor, logits_of: Callable[[Tensor, Tensor], Tensor]) -> str:
    """Name of the last layer whose grid moves the predicted logit (the last of [batch, channels, h, w] if none does); or "".

    Last in the order of the calls. Token grids are looked for where they enter a normalisation, since behind the last
    attention only the class token counts: that is the first norm of the last block. Their gradient tells, so no
    architecture needs to be known, and the convolution that cuts a transformer's patches is not taken for the last layer.

    Args:
        module: in evaluation mode; hooks are set for one pass and removed.
        x: [rows, …, H, W], a few rows.
        logits_of: from `AuditedModel.differentiable`.
    """
    if x.ndim not in (3, 4):
        return ""
    seen: list[tuple[str, Tensor]] = []
    handles = []
    for name, part in module.named_modules():
        if name and not isinstance(part, torch.jit.ScriptModule):
            handles.append(_watch(part, lambda value, name=name: seen.append((name, value))))  # type: ignore[misc]
    try:
        with torch.enable_grad():
            logits = logits_of(x.detach().requires_grad_(), torch.arange(len(x), device=x.device))
    finally:
        for handle in handles:
            handle.remove()
    tokens = {value.shape[1] for _, value in seen if value.ndim == 3}
    normed = any(value.ndim == 3 and _is_norm(module.get_submodule(name)) for name, value in seen)
    still = ""
    for name, value in reversed(seen):
        if value.ndim == 3 and (x.ndim != 4 or (normed and not _is_norm(module.get_submodule(name)))):
            continue
        if value.ndim == 4 and not _is_picture(value, x, tokens):
            continue
        if not value.requires_grad:
            continue
        still = still or (name if value.ndim == 4 else "")
        (gradient,) = torch.autograd.grad(logits.amax(1).sum(), value, retain_graph=True, allow_unused=True)
        moved = None if gradient is None else as_grid(gradient)
        if moved is not None and bool((moved != 0).any()):
            return name
    return still


def _is_picture(value: Tensor, x: Tensor, tokens: set[int]) -> bool:
    """Whether [batch, channels, h, w] has the proportions of the image and is no attention between tokens."""
    height, width = value.shape[2:]
    if height == width and height in tokens:
        return False
    return 0.5 <= (height / x.shape[-2]) / (width / x.shape[-1]) <= 2
