"""Every layer of a model with its output shape, own parameters and multiply-adds, seen in one forward pass of one row.

Multiply-adds are half the floating point operations that `torch.utils.flop_counter` finds: matrix products, convolutions and
attention. Other operations (sums, activations, normalisation, pooling) count as none. Fused kernels of recurrent and
attention layers are switched off for the pass, because the counter does not know them and would say 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from auditor.errors import UserCodeError
from auditor.evidence.facts import LayerFacts
from auditor.inputs.callables import NO_GRADIENT, PythonFunction
from auditor.inputs.exported import Exported
from auditor.inputs.operations import Operations, ThroughCompiler

WHOLE = "(whole)"


@dataclass(frozen=True)
class LayerTable:
    """What a forward pass shows.

    Attributes:
        layers: in the order of the calls; those that were not called stand behind the module they lie in, or last. Own
            parameters and multiply-adds add up to the model's.
        multiply_adds: of one row, all layers together; None where they could not be counted.
        outputs: shape of each tensor the model returns, without the batch; () where it was not called.
        note: why something is missing; "" where nothing is.
    """

    layers: tuple[LayerFacts, ...]
    multiply_adds: int | None
    outputs: tuple[tuple[int, ...], ...]
    note: str


@dataclass
class _Seen:
    """One module during the pass: calls, output of the first one, multiply-adds without those of modules inside."""

    calls: int = 0
    output: tuple[tuple[int, ...], ...] = ()
    multiply_adds: int = 0


@dataclass
class _Pass:
    """Modules in the order their calls began; `open` holds [name, operations before, operations of modules inside]."""

    counter: Operations | ThroughCompiler
    rows: int
    seen: dict[str, _Seen] = field(default_factory=dict)
    open: list[tuple[str, int, list[int]]] = field(default_factory=list)

    def enter(self, name: str) -> None:
        self.seen.setdefault(name, _Seen())
        self.open.append((name, self.counter.spent, []))

    def leave(self, output: object) -> None:
        name, before, inside = self.open.pop()
        spent = self.counter.spent - before
        if self.open:
            self.open[-1][2].append(spent)
        own = self.seen[name]
        own.output = own.output if own.calls else shapes(output, self.rows)
        own.calls += 1
        own.multiply_adds += (spent - sum(inside)) // (2 * self.rows)


def layer_table(
    module: nn.Module, call: Callable[[], object], trainable: frozenset[str] | None = None, rows: int = 1
) -> LayerTable:
    """Layers of a model in the order of their calls.

    A layer is a module without modules inside, and any other that owns parameters or multiplies itself (attention). One that
    is used several times has one line; a parameter that several share is counted at the first, in order of registration.

    Args:
        module: in evaluation mode; hooks are set for the pass and removed, also when it raises.
        call: runs the model on `rows` rows, such as ``lambda: forward(module, inputs)``.
        trainable: names of the parameters left to training; None: those that require gradients now.
        rows: more than one only for a model that takes no fewer; figures are those of one row all the same.
    """
    closed = {name: reason for name, part in module.named_modules() if (reason := unhookable(part))}
    reason = closed.get("", "")
    seen: dict[str, _Seen] = {}
    if not reason:
        try:
            try:
                seen = _watched(module, call, closed, _Pass(Operations(), rows))
            except NotImplementedError:
                seen = _watched(module, call, closed, _Pass(ThroughCompiler(), rows))
        except (UserCodeError, RuntimeError, TypeError, ValueError, NotImplementedError) as error:
            reason = f"the forward pass with counting hooks failed: {str(error).splitlines()[0]}"
    layers = _layers(module, seen, trainable, closed)
    total = None if closed or reason else sum(entry.multiply_adds for entry in seen.values())
    inside = next((f"`{name}`: {why}" for name, why in closed.items()), "")
    return LayerTable(layers, total, seen[""].output if "" in seen else (), reason or inside)


def forward(module: nn.Module, inputs: dict[str, Tensor]) -> object:
    """Call a module: by position where the only argument is named x, else by name; tensors are cloned."""
    own = {name: value.clone() for name, value in inputs.items()}
    return module(own["x"]) if set(own) == {"x"} else module(**own)


def shapes(output: object, rows: int = 1) -> tuple[tuple[int, ...], ...]:
    """Shape of each tensor in an output of `rows` rows, without the first axis of that size, the batch."""
    found = []
    for tensor in tensors(output):
        size = list(tensor.shape)
        if rows in size:
            size.remove(rows)
        found.append(tuple(size))
    return tuple(found)


def tensors(output: object) -> Iterator[Tensor]:
    """The tensors in an output, whatever tuples, lists and mappings they lie in, in order."""
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, dict):
        for value in output.values():
            yield from tensors(value)
    elif isinstance(output, tuple | list):
        for value in output:
            yield from tensors(value)


def unhookable(module: nn.Module) -> str:
    """Why the layers inside a module cannot be watched; "" where they can."""
    if isinstance(module, torch.jit.ScriptModule):
        return "the model is compiled by TorchScript, which refuses forward hooks"
    if isinstance(module, PythonFunction):
        return NO_GRADIENT
    graph = module.program if isinstance(module, Exported) else module
    if isinstance(graph, torch.fx.GraphModule) and any(type(part) is nn.Module for part in graph.modules()):
        return "the model is an exported program: its layers are steps of a graph, which no hook can watch"
    return ""


def _within(name: str, outer: str) -> bool:
    return not outer or name == outer or name.startswith(f"{outer}.")


def _watched(module: nn.Module, call: Callable[[], object], closed: Mapping[str, str], watch: _Pass) -> dict[str, _Seen]:
    with ExitStack() as undo:
        undo.enter_context(_plain_kernels())
        undo.enter_context(torch.no_grad())
        undo.enter_context(watch.counter)
        for name, part in module.named_modules():
            if not any(_within(name, outer) for outer in closed):
                before = part.register_forward_pre_hook(lambda _, __, name=name: watch.enter(name))
                undo.callback(before.remove)
                undo.callback(part.register_forward_hook(lambda _, __, output: watch.leave(output)).remove)
        call()
    return watch.seen


@contextmanager
def _plain_kernels() -> Iterator[None]:
    """Recurrent layers and attention as matrix products."""
    fused, cudnn, onednn = (
        torch.backends.mha.get_fastpath_enabled(),
        torch.backends.cudnn.enabled,
        torch._C._get_mkldnn_enabled(),
    )
    try:
        torch.backends.mha.set_fastpath_enabled(False)
        torch.backends.cudnn.enabled = False
        torch._C._set_mkldnn_enabled(False)
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
        torch.backends.cudnn.enabled = cudnn
        torch._C._set_mkldnn_enabled(onednn)


def _layers(
    module: nn.Module, seen: dict[str, _Seen], trainable: frozenset[str] | None, closed: Mapping[str, str]
) -> tuple[LayerFacts, ...]:
    known: set[int] = set()
    made = {}
    for name, part in module.named_modules():
        own, shared, training = 0, 0, 0
        for short, parameter in part.named_parameters(recurse=False):
            size = 0 if isinstance(parameter, nn.parameter.UninitializedParameter) else parameter.numel()
            first = id(parameter) not in known
            known.add(id(parameter))
            own, shared = (own + size, shared) if first else (own, shared + size)
            full = f"{name}.{short}" if name else short
            training += size if first and (parameter.requires_grad if trainable is None else full in trainable) else 0
        met = seen.get(name, _Seen())
        counted = met.calls > 0 and not any(_within(inner, name) for inner in closed)
        called_leaf = met.calls > 0 and not any(True for _ in part.children())
        if called_leaf or own or shared or met.multiply_adds:
            made[name] = LayerFacts(
                name=name or WHOLE,
                type=str(getattr(part, "original_name", "") or type(part).__name__),
                output=met.output,
                parameters=own,
                shared=shared,
                trainable=training,
                multiply_adds=met.multiply_adds if counted else None,
                calls=met.calls if seen and not any(_within(name, outer) for outer in closed) else None,
            )
    order = [name for name in seen if name in made]
    for name in [name for name in made if name not in seen]:  # beside the module it lies in, which may read its parameters
        around = [place for place, other in enumerate(order) if other and _within(name, other)]
        order.insert(around[-1] + 1 if around else len(order), name)
    return tuple(made[name] for name in order)
