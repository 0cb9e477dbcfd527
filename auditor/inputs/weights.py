"""From a file of weights to a loaded model, strictly: every name fits and every shape fits, or the audit does not start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.factory import user_code
from auditor.inputs.location import check_digest, locate
from auditor.inputs.weight_files import State, first_few, read_weights, select_state, without_prefix
from auditor.plan.fields import Weights

_WRAPPERS = ("module.", "model.", "_orig_mod.")  # DataParallel, Lightning, torch.compile


class _Read(NamedTuple):
    state: State
    path: Path
    notes: list[str]


def load_state_dict(weights: Weights, folder: Path) -> tuple[State, Path]:
    """Return the state dict (CPU, types as stored, prefix stripped where the plan says so) and the file it came from."""
    read = _read(weights, folder)
    return read.state, read.path


def load_into(model: nn.Module, weights: Weights, folder: Path) -> tuple[list[str], Path]:
    """Load the weights into the model, strictly.

    The model's own types stay (values are converted where the file's differ, with a note). A prefix that DataParallel,
    Lightning or torch.compile put before every name is removed where the model's names lack it. Names that a file leaves
    out because the model ties them to others are filled in.

    Returns:
        Notes for the reader, one sentence each, and the file.

    Raises:
        AuditError: unreadable file, other digest than pinned, or a state dict that is not this model's.
    """
    state, path, notes = _read(weights, folder)
    own: Mapping[str, Tensor] = model.state_dict()
    if weights.strip_prefix is None:
        state = _without_wrappers(state, own, notes)
    state = _with_tied(state, own, path, notes)
    _note_values(state, own, notes)
    complex_lost = [name for name in state if name in own and state[name].is_complex() and not own[name].is_complex()]
    try:
        if complex_lost:
            raise RuntimeError("complex values do not fit real parameters: " + ", ".join(complex_lost))
        with user_code("The model's load_state_dict"):
            model.load_state_dict(state, strict=True, assign=any(tensor.is_meta for tensor in own.values()))
    except (RuntimeError, UserCodeError) as problem:
        cause = problem.__cause__ or problem
        if not isinstance(cause, RuntimeError):
            raise
        raise _mismatch(state, own, path, str(cause)) from cause
    return notes, path


def _read(weights: Weights, folder: Path) -> _Read:
    path = locate(weights.path, folder)
    check_digest(path, weights.sha256, "model.weights.sha256")
    notes: list[str] = []
    state = select_state(read_weights(path), weights.key, path, notes)
    if weights.strip_prefix:
        state = without_prefix(state, weights.strip_prefix, path)
    return _Read(state, path, notes)


def _without_wrappers(state: State, own: Mapping[str, Tensor], notes: list[str]) -> State:
    """Remove wrapper prefixes carried by all names, if then more names are the model's own than before."""
    best, best_prefix, current, prefix = state, "", state, ""
    while wrapper := next((w for w in _WRAPPERS if all(len(n) > len(w) and n.startswith(w) for n in current)), None):
        current, prefix = {name.removeprefix(wrapper): value for name, value in current.items()}, prefix + wrapper
        if len(own.keys() & current.keys()) > len(own.keys() & best.keys()):
            best, best_prefix = current, prefix
    if best_prefix:
        notes.append(f"The prefix `{best_prefix}` was removed from all {len(best)} names of the weights.")
    return best


def _with_tied(state: State, own: Mapping[str, Tensor], path: Path, notes: list[str]) -> State:
    """Fill in names whose tensor the model shares with a name the file has; refuse a file that unties them."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for name, tensor in own.items():
        if isinstance(tensor, Tensor) and not is_lazy(tensor) and not tensor.is_meta and tensor.numel():
            groups.setdefault((tensor.data_ptr(), tensor.shape, tensor.stride()), []).append(name)
    filled = dict(state)
    for names in groups.values():
        given = [name for name in names if name in state]
        for name in given[1:]:
            first, other = state[given[0]], state[name]
            if first.shape == other.shape and not torch.equal(first.nan_to_num(), other.nan_to_num()):
                raise AuditError(
                    f"`{path.name}` gives two values to one parameter.",
                    found=f"different tensors for `{given[0]}` and `{name}`",
                    expected="equal ones: the model ties these two names",
                    fix="let the factory build the model without tying them, or save the weights again",
                )
        missing = [name for name in names if name not in state]
        if given and missing:
            filled.update(dict.fromkeys(missing, state[given[0]]))
            notes.append(f"{first_few(missing)}: tied to `{given[0]}` and therefore not in the file.")
    return filled


def _note_values(state: State, own: Mapping[str, Tensor], notes: list[str]) -> None:
    tensors = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    odd = [name for name, t in tensors.items() if t.is_floating_point() and not bool(torch.isfinite(t.float()).all())]
    if odd:
        notes.append(f"{len(odd)} of {len(tensors)} weight tensors hold NaN or infinite values: {first_few(odd)}.")
    pairs = Counter((t.dtype, own[n].dtype) for n, t in tensors.items() if n in own and own[n].dtype != t.dtype)
    for (stored, kept), count in pairs.items():
        notes.append(f"{count} weight tensors are stored as {stored} and were converted to the model's {kept}.")


def _mismatch(state: State, own: Mapping[str, Tensor], path: Path, text: str) -> AuditError:
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own]
    shapes = [
        f"{name} {list(state[name].shape)} in the file, {list(own[name].shape)} in the model"
        for name in state
        if name in own and isinstance(state[name], Tensor) and not is_lazy(own[name]) and state[name].shape != own[name].shape
    ]
    parts = (("missing in the file", missing), ("unexpected in the file", unexpected), ("of another shape", shapes))
    found = "; ".join(f"{len(names)} {words}: {first_few(names)}" for words, names in parts if names)
    return AuditError(
        f"The weights in `{path.name}` are not those of the model that the factory built.",
        found=found or text.strip()[:500],
        expected=f"exactly the model's {len(own)} names and shapes",
        fix=_repair(missing, unexpected, shapes),
    )


def _repair(missing: list[str], unexpected: list[str], shapes: list[str]) -> str:
    """The likeliest repair: a prefix too many in the file or in the model, else another architecture."""
    before = Counter(long.removesuffix(name) for name in missing for long in unexpected if long.endswith(f".{name}"))
    if before:
        return f"set `model.weights.strip_prefix: {before.most_common(1)[0][0]}`"
    before = Counter(name.removesuffix(short) for name in missing for short in unexpected if name.endswith(f".{short}"))
    if before:
        return f"return the inner module from the factory: only the model's names begin with `{before.most_common(1)[0][0]}`"
    if shapes and not missing and not unexpected:
        return "correct the factory's arguments (number of classes, width): the names fit, the sizes do not"
    return (
        "correct the factory's arguments (architecture, depth, number of classes), or name another entry in `model.weights.key`"
    )
