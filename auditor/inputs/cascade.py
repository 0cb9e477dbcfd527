"""Copies of a model whose layers have other weights from the output down to some layer: cascading randomisation.

Source: Adebayo et al., 2018, "Sanity checks for saliency maps", section 3 (https://arxiv.org/abs/1810.03292).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from auditor.errors import UserCodeError
from auditor.inputs.ensemble import Ensemble
from auditor.inputs.model import NotAvailable, TorchModel
from auditor.inputs.randomised import randomised

MOST_LEVELS = 10
NUMBER = 0  # of the copy the weights are from; those of the full randomisation count from 1


def cascade_levels(model: TorchModel, inputs: Mapping[str, Tensor]) -> tuple[tuple[str, ...], ...]:
    """Names of the layers that each level adds, from the output towards the input; at most ten levels of nearly equal size.

    Layers are modules with parameters of their own, in the order in which a forward pass first calls them; one that is not
    called by itself has the place of the module around it. Of an ensemble each level holds the same part of every member.

    Raises:
        NotAvailable: the model has no such order.
    """
    module = model.module
    parts = [f"members.{place}.module" for place in range(len(module.members))] if isinstance(module, Ensemble) else [""]
    whole = [member.module for member in module.members] if isinstance(module, Ensemble) else [module]
    if any(isinstance(one, torch.jit.ScriptModule) for one in whole):
        reason = "the model, or a member of it, is compiled by TorchScript, which does not show the order of its layers"
        raise NotAvailable(reason)
    called = _called(model, inputs)
    orders = [_ordered(module, part, called) for part in parts]
    levels = min(MOST_LEVELS, max(map(len, orders)))
    return tuple(
        tuple(name for order in orders for name in order[_edge(order, level, levels) : _edge(order, level + 1, levels)])
        for level in range(levels)
    )


def _edge(order: Sequence[str], level: int, levels: int) -> int:
    return round(level * len(order) / levels)


def _ordered(module: nn.Module, part: str, called: Mapping[str, int]) -> list[str]:
    """Layers of one part of the model, the one called last first."""
    names = [name for name, layer in module.named_modules() if f"{name}.".startswith(f"{part}." if part else "")]
    owners = [name for name in names if _floats(module.get_submodule(name))]

    def place(name: str) -> int:
        while name and name not in called:
            name = name.rpartition(".")[0]
        return called.get(name, -1)

    return sorted(owners, key=place, reverse=True)  # stable: those of one place keep their order


def _floats(part: nn.Module) -> bool:
    return any(p.is_floating_point() and p.numel() for p in part.parameters(recurse=False))


def _called(model: TorchModel, inputs: Mapping[str, Tensor]) -> dict[str, int]:
    """Module → place of its first call in a forward pass."""
    found: dict[str, int] = {}
    handles = []
    for name, part in model.module.named_modules():

        def see(module: nn.Module, arguments: object, name: str = name) -> None:
            found.setdefault(name, len(found))

        handles.append(part.register_forward_pre_hook(see))
    try:
        with torch.no_grad():
            model.logits({name: value.clone() for name, value in inputs.items()})
    except UserCodeError as error:
        raise NotAvailable(f"a forward pass with hooks failed: {error.message}") from error
    finally:
        for handle in handles:
            handle.remove()
    return found


def cascaded(model: TorchModel, layers: Sequence[str], seed: int) -> TorchModel:
    """A copy in which these layers have the weights of a randomised copy, and all others their own.

    A tensor that two layers share counts as randomised as soon as one of them is.
    """
    found = randomised(model, NUMBER, seed)[0]
    chosen = set(layers)
    source, fresh = model.module, dict(found.module.named_parameters(remove_duplicate=False))
    other: set[int] = set()
    for name, tensor in source.named_parameters(remove_duplicate=False):
        if name.rpartition(".")[0] in chosen:
            other.add(tensor.untyped_storage().data_ptr())
    buffers = dict(found.module.named_buffers())
    with torch.no_grad():
        for name, tensor in source.named_parameters(remove_duplicate=False):
            if tensor.untyped_storage().data_ptr() not in other:
                fresh[name].copy_(tensor)
        for name, buffer in source.named_buffers():
            if name.rpartition(".")[0] not in chosen:
                buffers[name].copy_(buffer)
    return found


class Cascades:
    """Copies by their number of levels, the last one asked for in memory and no other."""

    def __init__(self, levels: Sequence[Sequence[str]], seed: int) -> None:
        self._levels, self._seed = levels, seed
        self._kept: list[tuple[int, TorchModel]] = []

    def of(self, model: TorchModel, level: int) -> TorchModel:
        """The copy whose first `level` levels, from the output, are randomised."""
        if not self._kept or self._kept[0][0] != level:
            self._kept.clear()
            layers = [name for group in self._levels[:level] for name in group]
            self._kept.append((level, cascaded(model, layers, self._seed)))
        return self._kept[0][1]
