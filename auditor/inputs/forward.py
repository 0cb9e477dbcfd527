"""What a model's `forward` takes by name, so that each model gets the arguments it knows."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor, nn


def argument_names(module: nn.Module) -> tuple[str, ...]:
    """Names of the arguments of `forward`, in their order; () where it takes any.

    A module that knows better says so in its attribute `argument_names`.
    """
    own = getattr(module, "argument_names", None)
    if own is not None:
        return tuple(own)
    if isinstance(module, torch.jit.ScriptModule):
        forward: Any = module.forward
        return tuple(argument.name for argument in forward.schema.arguments[1:])  # the first is the module itself
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return tuple(p.name for p in inspect.signature(module.forward).parameters.values() if p.kind in named)


def call(module: nn.Module, inputs: tuple[Tensor, ...], named: dict[str, Tensor]) -> object:
    """Call a module with those of the named tensors that its `forward` knows; one that goes by another name is the first."""
    known = argument_names(module)
    if len(named) == 1 and not set(named) & set(known):
        return module(*inputs, *named.values())
    return module(*inputs, **{name: value for name, value in named.items() if not known or name in known})
