"""Copies of a model with other weights: what a method still shows of them, it does not have from the training.

Source: the model parameter randomisation test of Adebayo et al., 2018 (https://arxiv.org/abs/1810.03292). Every tensor of
parameters is drawn anew from a normal distribution with the tensor's own mean and standard deviation, so that activations
keep their scale; scale and shift of normalisation layers, and running statistics, change places between channels.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from auditor.inputs.model import NotAvailable, TorchModel
from auditor.inputs.randomness import normal, sample_keys, uniform

FLAT = 0.02
"""Standard deviation drawn with where a tensor's own is 0."""
_NORMALISATION = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, nn.RMSNorm)
_RUNNING = ("running_mean", "running_var")
_AT_ONCE = 1 << 22  # numbers drawn together: their generator needs several times their size


@dataclass(frozen=True)
class Drawn:
    """What a randomised copy is made of.

    Attributes:
        tensors: how many tensors of parameters are drawn anew; shared storage counts once.
        permuted: names of tensors whose values change places: normalisation layers and running statistics.
        untouched: names of buffers that stay as they are.
    """

    tensors: int
    permuted: tuple[str, ...]
    untouched: tuple[str, ...]


def randomised(model: TorchModel, number: int, seed: int) -> tuple[TorchModel, Drawn]:
    """A copy of the model with other weights; the model itself is not touched.

    Args:
        model: in evaluation mode; the copy answers through the same arguments and has the same capabilities.
        number: of the copy, from 1; each has its own weights.
        seed: the plan's.

    Raises:
        NotAvailable: the model has no floating parameters, or cannot be copied.
    """
    source = model.module
    if not any(p.is_floating_point() and p.numel() for p in source.parameters()):
        raise NotAvailable("the model has no parameters of floating point that could be drawn anew")
    try:
        module = copy.deepcopy(source)
    except Exception as error:  # the model's own code decides how it is copied, and how that fails
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NotAvailable(f"the model cannot be copied: {words}") from error
    purpose = f"randomised weights {number}"
    scales = {id(p) for part in source.modules() if isinstance(part, _NORMALISATION) for p in part.parameters(recurse=False)}
    fresh, permuted, untouched = dict(module.named_parameters(remove_duplicate=False)), [], []
    names: dict[tuple[object, ...], str] = {}
    drawn: set[str] = set()
    with torch.no_grad():
        for name, tensor in source.named_parameters(remove_duplicate=False):
            if not tensor.is_floating_point() or not tensor.numel():
                untouched.append(name)
                continue
            place = (tensor.untyped_storage().data_ptr(), tensor.storage_offset(), tuple(tensor.shape), tensor.stride())
            first = names.setdefault(place, name)
            moved = _moved(tensor, first, purpose, seed) if id(tensor) in scales else None
            if moved is not None and first == name:
                permuted.append(name)
            elif moved is None:
                drawn.add(first)
            fresh[name].copy_(_redrawn(tensor, first, purpose, seed) if moved is None else moved)
        buffers = dict(module.named_buffers())
        for name, buffer in source.named_buffers():
            moved = _moved(buffer, name, purpose, seed) if name.rpartition(".")[2] in _RUNNING else None
            (untouched if moved is None else permuted).append(name)
            if moved is not None:
                buffers[name].copy_(moved)
    _check(source, fresh)
    found = copy.copy(model)
    found.module = module
    return found, Drawn(len(drawn), tuple(permuted), tuple(untouched))


def _check(source: nn.Module, fresh: Mapping[str, Tensor]) -> None:
    for name, tensor in source.named_parameters():
        if tensor.is_floating_point() and tensor.numel() and torch.equal(tensor, fresh[name]):
            raise NotAvailable(f"the parameter `{name}` of a copy could not be changed")


def _redrawn(tensor: Tensor, name: str, purpose: str, seed: int) -> Tensor:
    """Normal numbers with the tensor's mean and standard deviation, in its shape; keyed by name, drawn on the CPU."""
    exact = tensor.detach().double()
    mean, deviation = float(exact.mean()), float(exact.std(correction=0))
    count = tensor.numel()
    parts = [
        normal(sample_keys([f"{name}:{first}"]), purpose, seed, (min(_AT_ONCE, count - first),))[0].float()
        for first in range(0, count, _AT_ONCE)
    ]
    return (mean + (deviation or FLAT) * torch.cat(parts)).reshape(tensor.shape)


def _moved(tensor: Tensor, name: str, purpose: str, seed: int) -> Tensor | None:
    """The tensor with its values along the first dimension in another order; None where none of them differ."""
    if tensor.ndim == 0 or not tensor.is_floating_point() or bool((tensor == tensor[:1]).all()):
        return None
    for attempt in range(8):  # a draw of a few channels may leave all in their place
        order = uniform(sample_keys([name]), f"{purpose}, order {attempt}", seed, (len(tensor),))[0].argsort()
        found = tensor.detach()[order.to(tensor.device)]
        if not torch.equal(found, tensor):
            return found
    return tensor.detach().roll(1, 0)


class Copies:
    """Randomised copies by number, the last one asked for in memory and no other.

    Args:
        seed: the plan's.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._kept: list[tuple[int, TorchModel]] = []

    def of(self, model: TorchModel, number: int) -> TorchModel:
        """The copy of that number."""
        if not self._kept or self._kept[0][0] != number:
            self._kept.clear()
            self._kept.append((number, randomised(model, number, self._seed)[0]))
        return self._kept[0][1]


def copy_problem(model: TorchModel, seed: int) -> tuple[str, Drawn | None]:
    """Why no randomised copy can be made, or '' and what one is made of; the first is made and thrown away."""
    try:
        return "", randomised(model, 1, seed)[1]
    except NotAvailable as error:
        return str(error), None
