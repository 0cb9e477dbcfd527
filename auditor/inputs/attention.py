"""Attention maps of a forward pass: what each token takes from each other one, read where the weights are made.

Every softmax over tokens is seen while the model runs, whoever calls it: torch's and transformers' layers, timm's,
hand-written ones, exported programs. Fused attention (`scaled_dot_product_attention`) is replaced by its definition for the
pass, and torch's own layers leave their fused path. Nothing is set on the model, so nothing can stay on it. TorchScript is
not seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from auditor.errors import UserCodeError
from auditor.inputs.ensemble import Ensemble

_ATEN = torch.ops.aten
_SOFTMAX = {F.softmax, torch.softmax, torch.special.softmax, Tensor.softmax, _ATEN.softmax.int, _ATEN._softmax.default}
_FUSED = {F.scaled_dot_product_attention, _ATEN.scaled_dot_product_attention.default}
_FUSED_ARGUMENTS = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
_OTHERS = 5
"""Most tokens that are no part of the input: a class token and four registers."""


class Attention(NamedTuple):
    """The attention of a model, as one pass over a few rows showed it.

    Attributes:
        maps: number of maps of a pass.
        readout: the tokens that the logits are read from, for the reader: token 1, mean over all tokens.
        read: how many tokens they are read from.
        at_end: whether that is the last token alone.
    """

    maps: int
    readout: str
    read: int
    at_end: bool


class Places(NamedTuple):
    """Which tokens stand for which parts of the input.

    Attributes:
        first: the first token that does.
        shape: (n,): n equal pieces of the input's last axis; (h, w): a grid over its last two.
    """

    first: int
    shape: tuple[int, ...]


class _Watching(TorchFunctionMode):
    """Collects attention maps; from number `since` on they are tensors gradients can be taken at."""

    def __init__(self, rows: int, since: int) -> None:
        super().__init__()
        self._rows, self._since = rows, since
        self.maps: list[Tensor] = []

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in _FUSED:
            return self._attend({**dict(zip(_FUSED_ARGUMENTS, args, strict=False)), **kwargs})
        if func is F.multi_head_attention_forward:
            return self._multi_head(args, kwargs)
        found = func(*args, **kwargs)
        return self._see(found) if func in _SOFTMAX else found

    def _follows(self) -> bool:
        return len(self.maps) >= self._since and torch.is_grad_enabled()

    def _see(self, weights: Tensor) -> Tensor:
        if not _is_map(weights, self._rows):
            return weights
        if self._follows() and not weights.requires_grad:
            weights.requires_grad_()
        self.maps.append(weights)
        return weights.clone()  # what follows may work in place

    def _attend(self, given: dict[str, Any]) -> Tensor:
        """softmax(QKᵀ · scale + mask) V; a row whose keys are all masked is zero, as in torch."""
        query, key, value = (given[name] for name in ("query", "key", "value"))
        if given.get("enable_gqa"):
            groups = query.shape[-3] // key.shape[-3]
            key, value = key.repeat_interleave(groups, -3), value.repeat_interleave(groups, -3)
        scale = given.get("scale")
        scores = query @ key.transpose(-2, -1) * (query.shape[-1] ** -0.5 if scale is None else scale)
        mask = given.get("attn_mask")
        if given.get("is_causal"):
            mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
        if mask is not None:
            scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
        none = (scores == -math.inf).all(-1, keepdim=True)
        weights = scores.masked_fill(none, 0).softmax(-1).masked_fill(none, 0)
        return cast(Tensor, F.dropout(self._see(weights), given.get("dropout_p", 0.0)) @ value)

    def _multi_head(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Tensor, Tensor | None]:
        """`nn.MultiheadAttention`: the weights it hands back are a view of those it used, where gradients arrive."""
        query = args[0]
        if self._follows() and not query.requires_grad:
            leaf = query.detach().requires_grad_()
            args = tuple(leaf if argument is query else argument for argument in args)
        all_weights = {**kwargs, "need_weights": True, "average_attn_weights": False}
        found, weights = cast(tuple[Tensor, Tensor], F.multi_head_attention_forward(*args, **all_weights))
        used = weights if weights._base is None else weights._base
        if _is_map(used, self._rows):
            self.maps.append(used)
        if not kwargs.get("need_weights", True):
            return found, None
        return found, weights.mean(dim=-3) if kwargs.get("average_attn_weights", True) else weights


def _is_map(weights: Tensor, rows: int) -> bool:
    """[rows, heads, T, T] or [rows · heads, T, T], T > 1, whose rows sum to one (to zero where everything is masked)."""
    if weights.ndim not in (3, 4) or weights.shape[-1] != weights.shape[-2] or weights.shape[-1] < 2:
        return False
    if len(weights) % rows or (weights.ndim == 4 and len(weights) != rows):
        return False
    total = weights.detach().float().sum(-1)
    return bool((((total - 1).abs() < 0.02) | (total == 0)).all())


def attention_maps(logits: Callable[[], Tensor], rows: int, since: int = 0) -> tuple[list[Tensor], Tensor]:
    """Attention maps of a forward pass, in the order of the calls, and its logits.

    Args:
        logits: makes the pass, over `rows` rows.
        since: gradients can be taken from this map on; 0: at each.

    Returns:
        Maps [rows, heads, T, T] or [rows · heads, T, T] (`heads_apart` makes them alike) and logits [rows, classes].
    """
    with torch.enable_grad(), _Watching(rows, since) as watching:
        found = logits()
    return watching.maps, found


def heads_apart(weights: Tensor, rows: int) -> Tensor:
    """A map, or its gradient, as [rows, heads, T, T]."""
    return weights.reshape(rows, -1, *weights.shape[-2:])


def read_tokens(slope: Tensor, rows: int) -> Tensor:
    """The tokens the logits are read from, bool [rows, T]: those whose row of the last map has a gradient, `slope`."""
    return heads_apart(slope, rows).ne(0).any(dim=1).any(dim=-1)


def any_logit(logits: Tensor) -> Tensor:
    """A number that depends on every logit, for gradients that only ask whether there is one."""
    return (logits * torch.arange(1, logits.shape[1] + 1, device=logits.device)).sum()


def find_attention(module: torch.nn.Module, logits: Callable[[], Tensor], x: Tensor) -> Attention | str:
    """The model's attention, or the sentence why none can be read.

    Args:
        module: the model, in evaluation mode.
        logits: makes one pass over a few rows.
        x: those rows of the primary argument, [rows, *shape].
    """
    if isinstance(module, Ensemble):
        return "an ensemble has no attention of its own; whether its members have any was not read"
    try:
        maps, found = attention_maps(logits, len(x))
        sizes = {weights.shape[-1] for weights in maps}
        if not maps:
            return "no attention between tokens was seen: the model has none, or it runs in TorchScript or a fused kernel"
        if len(sizes) > 1:
            return f"the model's attention layers have different numbers of tokens: {', '.join(map(str, sorted(sizes)))}"
        (slope,) = torch.autograd.grad(any_logit(found), maps[-1], allow_unused=True)
    except (UserCodeError, RuntimeError) as error:
        return f"a forward pass that reads the attention maps failed: {str(error).splitlines()[0]}"
    if slope is None or not bool(read_tokens(slope, len(x)).any(1).all()):
        return "the logits do not depend on the last attention map in a way that gradients can follow"
    attention = _described(read_tokens(slope, len(x)), len(maps))
    tokens = sizes.pop()
    if places(tokens, x.shape[1:], attention) is None:
        return f"the model's {tokens} tokens do not match the parts of an input of shape {list(x.shape[1:])}"
    return attention


def _described(read: Tensor, maps: int) -> Attention:
    tokens = [row.nonzero().flatten().tolist() for row in read]
    count = len(tokens[0])
    if all(row == tokens[0] for row in tokens) and count < read.shape[1]:
        names = ", ".join(str(token + 1) for token in tokens[0]) if count <= _OTHERS else f"{count} of {read.shape[1]}"
        readout = f"token {names}" if count == 1 else f"mean over tokens {names}"
    else:
        readout = "mean over all tokens" if bool(read.all()) else "mean over the tokens that the logits of the case depend on"
    return Attention(maps, readout, count, tokens[0] == [read.shape[1] - 1])


def places(tokens: int, shape: Sequence[int], attention: Attention) -> Places | None:
    """Which of the tokens stand for parts of an input of this shape; None where they do not fit.

    The tokens that the logits are read from may be no part of the input, or those that they are not read from; of images, a
    few more. They come first, or last if the logits are read from the last token.
    """
    for others in dict.fromkeys([attention.read, tokens - attention.read, *range(_OTHERS + 1 if len(shape) == 3 else 2)]):
        count = tokens - others
        if not 0 <= others <= _OTHERS or count < 2:
            continue
        first = 0 if attention.at_end else others
        if len(shape) == 3:
            height = math.isqrt(count * shape[1] // shape[2])
            if height and count % height == 0 and height * shape[2] == count // height * shape[1]:
                return Places(first, (height, count // height))
        elif shape[-1] == count or (len(shape) == 2 and shape[-1] % count == 0):
            return Places(first, (count,))
    return None
