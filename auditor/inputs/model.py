"""The audited model as the rest of the product sees it: named logits, and capabilities found by trying them once."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.layers import last_grid_layer

LogitsOf = Callable[[Tensor, Tensor], Tensor]
"""(points [jobs, …], rows int64 [jobs] into the batch) -> logits [jobs, classes]."""


class AuditedModel(Protocol):
    """What explainers and observers may ask of a model."""

    classes: tuple[str, ...]
    head: Literal["softmax", "sigmoid"]
    can: frozenset[str]
    reasons: dict[str, str]

    def logits(self, inputs: dict[str, Tensor]) -> Tensor:
        """Logits [rows, classes], float32; the tensors passed belong to the callee."""
        ...

    def differentiable(self, inputs: dict[str, Tensor]) -> tuple[Tensor, LogitsOf]:
        """The float tensor gradients are taken at, and logits computed from it."""
        ...


class NotAvailable(Exception):
    """A capability the model lacks; the message is the sentence a NotEvaluated prints."""


class TorchModel:
    """An `nn.Module` of one tensor. Output kinds: logits, log-probabilities, probabilities.

    Log-probabilities are logits (softmax gives them back); of probabilities the logarithm is taken, clamped at the
    smallest normal float32. `can` and `reasons` are filled by `probe`.
    """

    def __init__(
        self,
        module: nn.Module,
        classes: tuple[str, ...],
        head: Literal["softmax", "sigmoid"] = "softmax",
        output: str = "logits",
    ) -> None:
        self.module = module
        self.classes = classes
        self.head = head
        self.output = output
        self.can: frozenset[str] = frozenset()
        self.reasons: dict[str, str] = {}
        self.grid_layer = ""  # the last one with values on a grid over the image, once `probe` has looked
        self.channels_last = False
        self._recurrent = any(isinstance(m, nn.RNNBase) for m in module.modules())

    @property
    def device(self) -> torch.device:
        """Where the model's parameters are (the CPU for a model without any)."""
        tensors = itertools.chain(self.module.parameters(), self.module.buffers())
        return next((tensor.device for tensor in tensors), torch.device("cpu"))

    def receives(self, x: Tensor) -> Tensor:
        """Data rows as the model receives them: on its device, floating point in the type of its parameters."""
        own = next((p.dtype for p in self.module.parameters() if p.is_floating_point()), torch.float32)
        return x.to(self.device, own) if x.is_floating_point() else x.to(self.device)

    def logits(self, inputs: dict[str, Tensor]) -> Tensor:
        """Logits [rows, classes] of the one tensor in `inputs`."""
        try:
            output = self.module(*(self._laid_out(value) for value in inputs.values()))
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, ValueError, TypeError, IndexError, KeyError, AttributeError, NotImplementedError) as error:
            if "can't allocate memory" in str(error):  # torch's words for it on the CPU
                raise MemoryError(str(error)) from error
            shapes = ", ".join(f"{list(v.shape)} {str(v.dtype).removeprefix('torch.')}" for v in inputs.values())
            message = f"The model raised {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            raise UserCodeError(
                message,
                found=f"an input of shape {shapes}",
                expected="logits",
                fix="check the model against one batch of its data",
            ) from error
        return self._as_logits(output)

    def _laid_out(self, value: Tensor) -> Tensor:
        # `to`: `contiguous` keeps the other strides of a tensor of one channel, and convolutions then choose the slow way
        return value.to(memory_format=torch.channels_last) if self.channels_last and value.ndim == 4 else value

    def choose_layout(self, inputs: dict[str, Tensor]) -> None:
        """Store images and convolution weights channels last where that changes nothing else: twice the speed on CPUs.

        Models that call `view` on feature maps raise there, and stay as they are. `borrowed` puts the weights back.
        """
        if not any(parameter.ndim == 4 for parameter in self.module.parameters()):
            return
        originals = [(parameter, parameter.data) for parameter in self.module.parameters() if parameter.ndim == 4]
        with torch.no_grad():
            expected = self.logits({name: value.clone() for name, value in inputs.items()})
            for parameter, data in originals:
                parameter.data = data.to(memory_format=torch.channels_last)
            self.channels_last = True
            try:
                found = self.logits({name: value.clone() for name, value in inputs.items()})
                same = torch.allclose(expected, found, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))
            except UserCodeError:
                same = False
        if not same:
            self.channels_last = False
            for parameter, data in originals:
                parameter.data = data

    def _as_logits(self, output: object) -> Tensor:
        if not isinstance(output, Tensor) or output.ndim != 2 or output.shape[1] != len(self.classes):
            found = (
                f"logits {list(output.shape)}" if isinstance(output, Tensor) else f"an output of type {type(output).__name__}"
            )
            width = f"all {output.shape[1]} class names" if isinstance(output, Tensor) and output.ndim == 2 else "class names"
            raise AuditError(
                "The model's output does not match the class names.",
                found=found,
                expected=f"[batch, {len(self.classes)}], one column per name in model.classes",
                fix=f"list {width} under model.classes, or let the factory return a model with that output",
            )
        if self.output != "probabilities":
            return output
        tiny = torch.finfo(torch.float32).tiny
        if self.head == "softmax":
            return output.clamp(min=tiny).log()
        return output.clamp(min=tiny).log() - (1 - output).clamp(min=tiny).log()

    def differentiable(self, inputs: dict[str, Tensor]) -> tuple[Tensor, LogitsOf]:
        """The input itself: gradients are taken at the tensor the model receives."""
        (name, x) = next(iter(inputs.items()))
        if not x.is_floating_point():
            raise NotAvailable(f"gradients need inputs of floating point; this model receives {x.dtype}")

        def logits_of(points: Tensor, rows: Tensor) -> Tensor:
            # A clone, because a first layer that works in place would otherwise write into a leaf, which torch forbids.
            with torch.backends.cudnn.flags(enabled=not self._recurrent and torch.backends.cudnn.enabled):
                return self.logits({name: points.clone()})

        return x, logits_of

    def probe(self, inputs: dict[str, Tensor]) -> None:
        """Try each capability once on a few rows and remember the sentence for what is missing."""
        missing: dict[str, str] = {}
        try:
            self._probe_gradient(inputs)
        except NotAvailable as error:
            missing["gradient"] = str(error)
        if isinstance(self.module, torch.jit.ScriptModule):
            missing["hooks"] = "the model is compiled by TorchScript, which refuses forward hooks"
        if not missing:
            point, logits_of = self.differentiable(inputs)
            self.grid_layer = last_grid_layer(self.module, point, logits_of)
        if not self.grid_layer:
            none = "no layer of the model has values on a grid over an image: [batch, channels, h, w] or patch tokens"
            missing["grid"] = next(iter(missing.values()), none)
        self.reasons = missing
        self.can = frozenset({"gradient", "hooks", "grid"} - set(missing))

    def _probe_gradient(self, inputs: dict[str, Tensor]) -> None:
        point, logits_of = self.differentiable(inputs)
        leaf = point.detach().requires_grad_()
        with torch.enable_grad():
            try:
                value = logits_of(leaf, torch.arange(len(leaf))).sum()
            except UserCodeError as error:
                raise NotAvailable(f"a forward pass with gradients failed: {error.message}") from error
            if not value.requires_grad:
                raise NotAvailable("the model's output does not depend on its input in a way gradients can follow")
            try:
                torch.autograd.grad(value, leaf, allow_unused=True)
            except RuntimeError as error:
                raise NotAvailable(f"the backward pass failed: {str(error).splitlines()[0]}") from error


def state_sha256(module: nn.Module) -> str:
    """Digest over names, types, shapes and bytes of all parameters and buffers, in name order."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        if isinstance(tensor, Tensor):
            digest.update(f"{name}:{tensor.dtype}:{list(tensor.shape)};".encode())
            digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def activation_bytes(module: nn.Module, x: Tensor) -> int:
    """Bytes of one row's input and module outputs: a repeatable measure of how many rows fit, unlike a timing.

    Args:
        module: in evaluation mode; hooks are set for one forward pass and removed.
        x: [1, *shape]; cloned.
    """
    total = x.numel() * x.element_size()

    def count(part: nn.Module, arguments: object, output: object) -> None:
        nonlocal total
        if isinstance(output, Tensor):
            total += output.numel() * output.element_size()

    hookable = not isinstance(module, torch.jit.ScriptModule)
    handles = [m.register_forward_hook(count) for m in module.modules() if hookable and not any(m.children())]
    try:
        with torch.no_grad():
            module(x.clone())
    finally:
        for handle in handles:
            handle.remove()
    return total
