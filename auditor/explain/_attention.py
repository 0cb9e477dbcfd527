"""What the attention methods share: maps with the readout, call by call, and the way from tokens to the input's elements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Self

import torch
from torch import Tensor

from auditor.explain._context import Attribution, Context
from auditor.explain._layers import check_plane, on_plane, shares
from auditor.inputs.attention import Attention, any_logit, attention_maps, heads_apart, places, read_tokens
from auditor.inputs.model import AuditedModel, NotAvailable, TorchModel

NO_ATTRIBUTION = (
    "Not an attribution: attention says where a layer looks, and other weights can give the same prediction "
    "(Jain & Wallace 2019, arXiv:1902.10186); values and the layers between are left out."
)

Layers = list[tuple[Tensor, Tensor]]
"""Of each layer, the first one first: weights and gradients of the target logit, both [rows, heads, T, T], double precision."""


def attention_of(model: AuditedModel) -> Attention:
    """How the model's attention is read, as `probe` found it."""
    if not isinstance(model, TorchModel) or model.attention is None:
        raise NotAvailable("no attention map of the model can be read")
    return model.attention


@dataclass(frozen=True)
class ReadsAttention:
    """What both methods are: a value per token, from maps, without a sign and without completeness."""

    needs: ClassVar[frozenset[str]] = frozenset({"attention"})
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    pool: ClassVar[Literal["sum", "mean"]] = "mean"
    level: ClassVar[Literal["element", "feature"]] = "element"

    readout: str | None = field(default=None, init=False)  # found by gradients when the model is tried

    def fitted(self, model: AuditedModel) -> Self:
        """The same with the rule that the tokens are read by."""
        made = type(self)()
        object.__setattr__(made, "readout", attention_of(model).readout)
        return made

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and one backward pass per case; rollout needs the latter, through the last layer, for the readout."""
        return 1, 1


def token_attribution(context: Context, relevance: Callable[[Tensor, Layers], Tensor], *, by_target: bool) -> Attribution:
    """Attribution from relevances of tokens.

    Args:
        context: of a model with attention.
        relevance: from the readout [rows, T] (weights that sum to 1 over the tokens the logits are read from, 0 if
            there are none) and the layers to the relevance of each token [rows, T].
        by_target: whether it uses the gradients; without them they are zero, and only one layer is differentiated.

    Returns:
        values [batch, *element_shape]. Texts: the element of a token. Images: the area-weighted mean of the patches an element
        lies in; series: the same along time, alike for every channel.
    """
    attention, inputs, targets = attention_of(context.model), context.batch.inputs, context.batch.targets

    def compute(rows: Tensor) -> tuple[Tensor]:
        def logits() -> Tensor:
            return context.model.logits({name: value[rows] for name, value in inputs.items()})

        maps, found = attention_maps(logits, len(rows), 0 if by_target else attention.maps - 1)
        if len(maps) != attention.maps:
            raise NotAvailable(f"the model has {len(maps)} attention maps here, and had {attention.maps} when it was tried")
        asked = found.gather(1, targets[rows][:, None]).sum() if by_target else any_logit(found)
        followed = maps if by_target else maps[-1:]
        slopes = torch.autograd.grad(asked, followed, allow_unused=True)
        last = torch.zeros_like(maps[-1]) if slopes[-1] is None else slopes[-1]
        read = read_tokens(last, len(rows)).to(torch.float32 if last.device.type == "mps" else torch.float64)
        layers = [(_apart(w, read), _apart(g, read)) for w, g in zip(maps, _beside(maps, slopes), strict=True)]
        return (relevance(read / read.sum(1, keepdim=True).clamp(min=1), layers),)

    every = torch.arange(len(targets), device=targets.device)
    stream = ((every[part],) for part in context.calls.chunks(len(targets)))
    return _on_elements(context, attention, torch.cat([tokens for (tokens,) in context.calls.computed(stream, compute)]))


def _apart(weights: Tensor, like: Tensor) -> Tensor:
    return heads_apart(weights.detach(), len(like)).to(like)


def _beside(maps: list[Tensor], slopes: tuple[Tensor | None, ...]) -> list[Tensor]:
    """A gradient for each map; zeros where none was taken or the logit does not depend on it."""
    known = [*[None] * (len(maps) - len(slopes)), *slopes]
    return [torch.zeros_like(w) if slope is None else slope for w, slope in zip(maps, known, strict=True)]


def _on_elements(context: Context, attention: Attention, tokens: Tensor) -> Attribution:
    x, shape = context.batch.x, context.batch.features.element_shape
    place = places(tokens.shape[1], x.shape[1:], attention)
    if place is None:
        shown = list(x.shape[1:])
        raise NotAvailable(f"the model's {tokens.shape[1]} tokens do not match the parts of an input of shape {shown}")
    first, count = place.first, int(torch.tensor(place.shape).prod())
    own = tokens[:, first : first + count]
    if len(place.shape) == 2:
        check_plane(context)
        return on_plane(context, own.reshape(-1, *place.shape))
    if shape[-1] != x.shape[-1]:
        raise NotAvailable("the features do not lie along the tokens of the input")
    along = own.cpu().double() @ shares(count, shape[-1]).T
    return Attribution(along.reshape(len(own), *[1] * (len(shape) - 1), -1).expand(len(own), *shape), {})
