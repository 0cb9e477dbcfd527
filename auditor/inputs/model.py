"""The audited model as the rest of the product sees it: named logits, and capabilities found by trying them once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.attention import Attention, find_attention
from auditor.inputs.embeddings import Replaced, reads_tokens
from auditor.inputs.forward import argument_names
from auditor.inputs.layers import last_grid_layer
from auditor.inputs.layout import lay_out
from auditor.inputs.outputs import as_logits

LogitsOf = Callable[[Tensor, Tensor], Tensor]
"""(points [jobs, …], rows int64 [jobs] into the batch) -> logits [jobs, classes]."""


class AuditedModel(Protocol):
    """What explainers and observers may ask of a model."""

    classes: tuple[str, ...]
    head: Literal["softmax", "sigmoid"]
    can: frozenset[str]
    reasons: dict[str, str]
    embedding: str

    def logits(self, inputs: dict[str, Tensor]) -> Tensor:
        """Logits [rows, classes], float32; the tensors passed belong to the callee."""
        ...

    def differentiable(self, inputs: dict[str, Tensor]) -> tuple[Tensor, LogitsOf]:
        """The float tensor gradients are taken at (the input, or word embeddings), and logits computed from it."""
        ...


class NotAvailable(Exception):
    """A capability the model lacks; the message is the sentence a NotEvaluated prints."""


class TorchModel:
    """An `nn.Module` with named forward arguments. Output kinds: logits, log-probabilities, probabilities.

    Log-probabilities are logits (softmax gives them back); of probabilities the logarithm is taken, clamped at the
    smallest normal float32. `can` and `reasons` are filled by `probe`.

    Attributes:
        multi_label: each class is a question of its own (head sigmoid); else one logit z of a sigmoid is columns (-z, z).
        takes: names of the forward arguments, once `choose_arguments` has looked; the first is the primary one.
        grid_layer: the last layer with values on a grid over the image, once `probe` has looked.
        embedding: of a model that reads tokens, the layer whose values gradients are taken at.
        attention: how a transformer's attention maps are read, once `probe` has looked.
    """

    def __init__(
        self,
        module: nn.Module,
        classes: tuple[str, ...],
        head: Literal["softmax", "sigmoid"] = "softmax",
        output: str = "logits",
        multi_label: bool = False,
    ) -> None:
        self.module = module
        self.classes = classes
        self.head = head
        self.output = output
        self.multi_label = multi_label
        self.can: frozenset[str] = frozenset()
        self.reasons: dict[str, str] = {}
        self.takes: tuple[str, ...] = ()
        self.grid_layer = ""
        self.embedding = ""
        self.attention: Attention | None = None
        self.channels_last = False
        self._by_name = False  # whether the primary argument is passed by its name
        self._recurrent = any(isinstance(m, nn.RNNBase) for m in module.modules())

    @property
    def device(self) -> torch.device:
        """Where the model's parameters are (the CPU for a model without any)."""
        tensors = itertools.chain(self.module.parameters(), self.module.buffers())
        return next((tensor.device for tensor in tensors), torch.device("cpu"))

    def choose_arguments(self, offered: Mapping[str, Tensor]) -> None:
        """Of the arguments the data offer (the primary one first), those that `forward` names; the primary one always."""
        primary, *rest = offered
        names = argument_names(self.module)
        self._by_name = bool(rest) and (primary in names or not names)
        self.takes = (primary, *(name for name in rest if name in names or not names))

    def receives(self, arguments: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Data rows as the model receives them: on its device, floating point in the type of its parameters."""
        own = next((p.dtype for p in self.module.parameters() if p.is_floating_point()), torch.float32)
        chosen = {name: arguments[name] for name in self.takes or arguments}
        return {
            name: value.to(self.device, own) if value.is_floating_point() else value.to(self.device)
            for name, value in chosen.items()
        }

    def call(self, inputs: Mapping[str, Tensor]) -> object:
        """The module's own output for forward arguments [rows, *shape]."""
        (primary, x), *rest = inputs.items()
        named = dict(rest)
        if self._by_name:
            return self.module(**{primary: self._laid_out(x)}, **named)
        return self.module(self._laid_out(x), **named)

    def logits(self, inputs: dict[str, Tensor]) -> Tensor:
        """Logits [rows, classes] of forward arguments; the primary one is the first."""
        try:
            output = self.call(inputs)
        except (torch.OutOfMemoryError, MemoryError, AuditError, NotAvailable):
            raise
        except Exception as error:  # the user's code raises what it likes
            if "can't allocate memory" in str(error):  # torch's words for it on the CPU
                raise MemoryError(str(error)) from error
            shapes = ", ".join(
                ("" if len(inputs) == 1 else f"{name} ") + f"{list(v.shape)} {str(v.dtype).removeprefix('torch.')}"
                for name, v in inputs.items()
            )
            whole = "dtype" in str(error) and not next(iter(inputs.values())).is_floating_point()
            message = f"The model raised {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            raise UserCodeError(
                message,
                found=f"an input of shape {shapes}",
                expected="logits",
                fix="give the data as float32" if whole else "check the model against one batch of its data",
            ) from error
        return as_logits(output, len(self.classes), self.head, self.output, self.multi_label)

    def _laid_out(self, value: Tensor) -> Tensor:
        # `to`: `contiguous` keeps the other strides of a tensor of one channel, and convolutions then choose the slow way
        return value.to(memory_format=torch.channels_last) if self.channels_last and value.ndim == 4 else value

    def choose_layout(self, inputs: dict[str, Tensor]) -> None:
        """Store images and convolution weights channels last where that changes nothing else: twice the speed on CPUs."""

        def logits(channels_last: bool) -> Tensor:
            self.channels_last = channels_last
            return self.logits({name: value.clone() for name, value in inputs.items()})

        self.channels_last = lay_out(self.module, logits)

    def differentiable(self, inputs: dict[str, Tensor]) -> tuple[Tensor, LogitsOf]:
        """The input itself, or, of tokens, their embeddings [batch, tokens, width]; the other arguments stay as they are."""
        (name, x), *rest = inputs.items()
        if not x.is_floating_point() and not self.embedding:
            raise NotAvailable(
                f"gradients need inputs of floating point, or an nn.Embedding that reads them; the model receives {x.dtype}"
            )
        layer = None if x.is_floating_point() else self.module.get_submodule(self.embedding)

        def logits_of(points: Tensor, rows: Tensor) -> Tensor:
            others = {key: value[rows.to(value.device)] for key, value in rest}
            # A clone, because a first layer that works in place would otherwise write into a leaf, which torch forbids.
            with self._gradient_kernels():
                if layer is None:
                    return self.logits({name: points.clone(), **others})
                with Replaced(layer, points):
                    return self.logits({name: x[rows.to(x.device)], **others})

        if layer is None:
            return x, logits_of
        with torch.no_grad():
            return layer(x), logits_of

    @contextmanager
    def _gradient_kernels(self) -> Iterator[None]:
        """Without cuDNN for recurrent networks, whose backward pass it refuses in evaluation mode."""
        with torch.backends.cudnn.flags(enabled=not self._recurrent and torch.backends.cudnn.enabled):
            yield

    def probe(self, inputs: dict[str, Tensor]) -> None:
        """Try each capability once on a few rows and remember the sentence for what is missing."""
        missing: dict[str, str] = {}
        primary = next(iter(inputs.values()))
        if isinstance(self.module, torch.jit.ScriptModule):
            missing["hooks"] = "the model is compiled by TorchScript, which refuses forward hooks"
        elif not primary.is_floating_point():
            self.embedding = reads_tokens(self.module, primary, lambda: self.call(inputs))
        try:
            self._probe_gradient(inputs)
        except NotAvailable as error:
            missing["gradient"] = str(error)
        if not missing and primary.is_floating_point():
            point, logits_of = self.differentiable(inputs)
            self.grid_layer = last_grid_layer(self.module, point, logits_of)
        if not self.grid_layer:
            none = "no layer of the model has values on a grid over an image: [batch, channels, h, w] or patch tokens"
            missing["grid"] = next(iter(missing.values()), none)
        if len(inputs) > 1 or not primary.is_floating_point():
            missing["background"] = "another case's input does not fit this case's other arguments, such as its length"
        attention = find_attention(self.module, lambda: self.logits({k: v.clone() for k, v in inputs.items()}), primary)
        self.attention = None if isinstance(attention, str) else attention
        if isinstance(attention, str):
            missing["attention"] = attention
        self.reasons = missing
        self.can = frozenset({"gradient", "hooks", "grid", "background", "attention"} - set(missing))

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
