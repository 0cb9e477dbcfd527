"""Reading a file of weights without ever running what is in it: safetensors, or torch.save read with weights_only=True."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from auditor.errors import AuditError, did_you_mean
from auditor.inputs.file_kinds import AGAIN, FileKind, recognise

State = dict[str, Tensor]

_ENTRIES = ("state_dict", "model_state_dict", "model", "module")  # where trainers keep the state dict
_TORCH = (".pt", ".pth", ".ckpt", ".bin")
_SAFE = ".safetensors"


def read_weights(path: Path) -> object:
    """Return what the file holds, on the CPU, types as stored.

    Raises:
        AuditError: another kind of file, a damaged one, or a pickle that needs more than tensors and plain containers.
    """
    kind, suffix = recognise(path), path.suffix.lower()
    if suffix not in (_SAFE, *_TORCH) or kind.name == "exported":
        raise _refused(path, kind, f"a file ending in {_SAFE}, {', '.join(_TORCH)}")
    if suffix == _SAFE:
        if kind.name != "safetensors":
            raise _refused(path, kind, "a safetensors file, as its name says")
        return _read_safetensors(path)
    if kind.name not in ("checkpoint", "pickle", "unknown"):
        raise _refused(path, kind, "a state dict written by torch.save, as its name says")
    return _read_torch(path, kind)


def _refused(path: Path, kind: FileKind, expected: str) -> AuditError:
    fix = kind.fix
    if kind.name == "safetensors":
        fix = "rename it so that it ends in .safetensors"
    elif kind.name == "checkpoint":
        fix = "rename it so that it ends in .pt"
    return AuditError(
        f"`{path.name}` is not a file of weights that can be read.",
        found=kind.words,
        expected=expected,
        fix=fix or "save model.state_dict() with safetensors.torch.save_file and name that file",
    )


def _read_safetensors(path: Path) -> object:
    try:
        return safetensors.torch.load_file(path)
    except Exception as problem:  # the reader of foreign bytes raises types of its own and of Python
        raise _damaged(path, "a safetensors file", problem) from problem


def _read_torch(path: Path, kind: FileKind) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on pickle protocols: what matters of them ends in an exception
            return torch.load(path, weights_only=True, map_location="cpu")
    except Exception as problem:  # its unpickler raises IndexError, EOFError, RuntimeError, … on foreign bytes
        needed = re.search(r"(?:nsupported (?:global: )?GLOBAL|unrecognized function) (<[^>]*>|[\w.]+)", str(problem))
        if needed is None and kind.name == "checkpoint":
            raise _damaged(path, kind.words, problem) from problem
        if needed is None:
            raise _refused(path, kind, "a state dict written by torch.save, as its name says") from problem
        raise AuditError(
            f"`{path.name}` holds more than weights; reading it could run code hidden in it, so it was not read.",
            found=f"a pickle that needs `{needed[1]}`",
            expected="a file that torch.load(weights_only=True) accepts, or safetensors",
            fix=_conversion(path),
        ) from problem


def _conversion(path: Path) -> str:
    indent = "\n              "  # below the text that follows "fix:"
    return indent.join(
        [
            "where you trust it and its classes can be imported, convert it once (in a dict, the state dict is an entry):",
            f'loaded = torch.load("{path.name}", weights_only=False, map_location="cpu")',
            f'safetensors.torch.save_file(loaded.state_dict(), "{path.stem}.safetensors")',
        ]
    )


def _damaged(path: Path, kind: str, problem: Exception) -> AuditError:
    reason = (str(problem).strip().splitlines() or [type(problem).__name__])[0].split(". ")[0]
    if "Weights only load failed" in reason:
        reason = "its pickle breaks off or is garbled"
    return AuditError(
        f"`{path.name}` is damaged or cut short.",
        found=f"{kind} of {path.stat().st_size:,} bytes: {reason[:200]}",
        expected="a complete file of weights",
        fix=AGAIN,
    )


def select_state(content: object, key: str | None, path: Path, notes: list[str]) -> State:
    """The state dict inside what the file holds: the entry `key`, the whole, or the one entry trainers use."""
    entries = {str(name): value for name, value in content.items()} if isinstance(content, Mapping) else {}
    holders = [name for name, value in entries.items() if _is_state(value)]
    if key is not None:
        if key not in entries:
            raise AuditError(
                f"`{path.name}` has no entry `{key}`.",
                found=f"{_describe(content)}",
                expected="the entry named by `model.weights.key`",
                fix=did_you_mean(key, holders) if holders else "leave `key` out: the file is a plain state dict or holds none",
            )
        content = entries[key]
    elif not _is_state(content) and (usual := _usual_entry(holders, path)):
        others = [name for name in holders if name != usual]
        beside = f"; not used: {', '.join(others)}" if others else ""
        notes.append(f"The weights are the entry `{usual}` of {path.name}{beside}.")
        content = entries[usual]
    if _is_state(content) and isinstance(content, Mapping):
        return dict(content)
    raise AuditError(
        f"`{path.name}` holds no state dict{f' in its entry `{key}`' if key else ''}.",
        found=_describe(content),
        expected="a mapping from parameter names to tensors, at the top or under " + ", ".join(_ENTRIES),
        fix=f"set `model.weights.key: {holders[0]}`" if holders else "save model.state_dict() and name that file",
    )


def _usual_entry(holders: list[str], path: Path) -> str:
    """The one entry, of those that hold a state dict, where trainers put the model's; "" when there is none."""
    usual = [name for name in _ENTRIES if name in holders]
    if len(usual) > 1:
        raise AuditError(
            f"`{path.name}` holds several state dicts.",
            found=", ".join(holders),
            expected="one, named by `model.weights.key`",
            fix=f"set `model.weights.key: {usual[0]}`, or another of them",
        )
    return "".join(usual)


def _is_state(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and len(value) > 0
        and all(isinstance(name, str) and (isinstance(v, Tensor) or name.endswith("_extra_state")) for name, v in value.items())
    )


def _describe(content: object) -> str:
    if isinstance(content, Mapping):
        return f"a mapping with {first_few(str(name) for name in content)}" if content else "an empty mapping"
    return f"an object of type {type(content).__name__}"


def without_prefix(state: State, prefix: str, path: Path) -> State:
    """Remove a prefix from every name that has it; at least one has, and no two names become one."""
    short = {name.removeprefix(prefix): value for name, value in state.items()}
    if not any(name.startswith(prefix) for name in state) or len(short) < len(state) or "" in short:
        raise AuditError(
            f"The prefix `{prefix}` cannot be removed from the names in `{path.name}`.",
            found=first_few(state),
            expected=f"names that begin with `{prefix}` and stay different without it",
            fix="correct `model.weights.strip_prefix`, or leave it out",
        )
    return short


def first_few(names: Iterable[str], shown: int = 5) -> str:
    """The first names, and how many more there are."""
    listed = list(names)
    return ", ".join(listed[:shown]) + (f" and {len(listed) - shown} more" if len(listed) > shown else "")
