"""What a model is made of: its digest, and how much one row's activations take."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from auditor.evidence.facts import FileFact


def state_sha256(module: nn.Module) -> str:
    """Digest over names, types, shapes and bytes of all parameters and buffers, in name order."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        if isinstance(tensor, Tensor):
            digest.update(f"{name}:{tensor.dtype}:{list(tensor.shape)};".encode())
            digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def model_sha256(module: nn.Module, files: Sequence[FileFact]) -> str:
    """The state's digest; of a model without parameters or buffers (a frozen program, a function) that of its files."""
    if module.state_dict() or not files:
        return state_sha256(module)
    listed = sorted(f"{fact.role}:{fact.sha256}" for fact in files if fact.role.startswith("model"))
    return hashlib.sha256(";".join(listed).encode()).hexdigest()


def activation_bytes(module: nn.Module, inputs: Mapping[str, Tensor], call: Callable[[], object]) -> int:
    """Bytes of one row's inputs and module outputs: a repeatable measure of how many rows fit, unlike a timing.

    Args:
        module: in evaluation mode; hooks are set for one forward pass and removed.
        inputs: forward arguments [1, *shape].
        call: makes that forward pass.
    """
    total = sum(value.numel() * value.element_size() for value in inputs.values())

    def count(part: nn.Module, arguments: object, output: object) -> None:
        nonlocal total
        if isinstance(output, Tensor):
            total += output.numel() * output.element_size()

    parts = [m for m in module.modules() if not any(m.children()) and not isinstance(m, torch.jit.ScriptModule)]
    handles = [part.register_forward_hook(count) for part in parts]
    try:
        with torch.no_grad():
            call()
    finally:
        for handle in handles:
            handle.remove()
    return total
