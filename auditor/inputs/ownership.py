"""The user's model is borrowed: whatever an audit changes on it, or in this process, is put back, also when it raises."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import nn

DETERMINISM = {
    "cudnn deterministic": "on",
    "cudnn benchmark": "off",
    "TF32": "off",
    "precision": "float32",
    "dropout and batch statistics": "evaluation mode",
}


@contextmanager
def borrowed(model: nn.Module, threads: int | None = None) -> Iterator[nn.Module]:
    """Evaluation mode, no parameter gradients, no in-place modules, deterministic kernels; all restored on leaving.

    torch's fused transformer layers are off, so that every pass computes attention the same way, whether gradients are on
    or not.

    Restores the train/eval mode of every module, `requires_grad`, `.grad` and storage of every parameter, `inplace` flags, the
    random states of torch, NumPy and Python, cudnn and TF32 flags and the thread count. Buffers are not copied:
    evaluation mode leaves them alone.
    """
    with ExitStack() as undo:
        _restore_modules(model, undo)
        _restore_process(undo)
        _evaluate(model)
        for module in model.modules():
            if getattr(module, "inplace", False) is True and not isinstance(module, torch.jit.ScriptModule):
                setattr(module, "inplace", False)  # noqa: B010  # typed as a submodule
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.mha.set_fastpath_enabled(False)
        if threads is not None:
            torch.set_num_threads(threads)
        yield model


def _evaluate(module: nn.Module) -> None:
    """`eval`, also where a part is a torch.export program, which stays in the mode of its export and refuses to be asked."""
    try:
        module.eval()
    except NotImplementedError:
        for child in module.children():
            _evaluate(child)


def _restore_modules(model: nn.Module, undo: ExitStack) -> None:
    for module in model.modules():
        if hasattr(module, "training"):  # a frozen TorchScript program has lost it
            undo.callback(setattr, module, "training", module.training)
        if isinstance(getattr(module, "inplace", None), bool) and not isinstance(module, torch.jit.ScriptModule):  # a constant
            undo.callback(setattr, module, "inplace", module.inplace)
    for parameter in model.parameters():
        undo.callback(setattr, parameter, "grad", parameter.grad)
        undo.callback(parameter.requires_grad_, parameter.requires_grad)
        undo.callback(setattr, parameter, "data", parameter.data)  # the layout may change; the storage comes back


def _restore_process(undo: ExitStack) -> None:
    undo.callback(random.setstate, random.getstate())
    undo.callback(np.random.set_state, np.random.get_state())
    undo.callback(torch.set_rng_state, torch.get_rng_state())
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        undo.callback(torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all())
    for holder, flag in (
        (torch.backends.cudnn, "deterministic"),
        (torch.backends.cudnn, "benchmark"),
        (torch.backends.cudnn, "allow_tf32"),
        (torch.backends.cuda.matmul, "allow_tf32"),
    ):
        undo.callback(setattr, holder, flag, getattr(holder, flag))
    undo.callback(torch.backends.mha.set_fastpath_enabled, torch.backends.mha.get_fastpath_enabled())
    undo.callback(torch.set_num_threads, torch.get_num_threads())
