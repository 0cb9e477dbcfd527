"""Models that are files: TorchScript, torch.export programs, folders of Hugging Face transformers. Nothing is unpickled.

TorchScript and exported programs are programs: their graphs run when the model is called, as a factory's code does.
"""

from __future__ import annotations

import json
import logging
import os
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from auditor.errors import AuditError
from auditor.evidence.provenance import file_fact
from auditor.inputs.exported import Exported
from auditor.inputs.file_kinds import AGAIN, FileKind, recognise
from auditor.inputs.hf_folder import open_folder
from auditor.inputs.location import check_digest
from auditor.inputs.opened import OpenedModel

_EXPECTED = "a TorchScript file, a torch.export program (.pt2), or a folder of Hugging Face transformers"
_WEIGHTS = "name the code too: `factory: model.py:build`, and this file under `weights:`"


def open_model_path(path: Path, sha256: str | None = None) -> OpenedModel:
    """Open what the plan names under `path`.

    Args:
        path: an existing file or folder.
        sha256: the digest the plan pins for a file.

    Raises:
        AuditError: anything but the three kinds of model, a pickle inside one, a damaged file.
    """
    if path.is_dir():
        if sha256 is not None:
            raise AuditError(
                "`model.sha256` pins a file, and `model.path` is a folder.",
                found=path.name,
                fix="delete `sha256:`; the digest of every file of the folder is recorded",
            )
        return open_folder(path)
    check_digest(path, sha256, "model.sha256")
    kind = recognise(path)
    if kind.name == "torchscript":
        return _torchscript(path, kind)
    if kind.name == "exported":
        return _exported(path, kind)
    raise AuditError(
        f"`{path.name}` is not a model that can be opened by itself.",
        found=kind.words + (", which is not read: it could run code hidden in it" if kind.name == "pickle" else ""),
        expected=_EXPECTED,
        fix=_repair(path, kind),
    )


def _repair(path: Path, kind: FileKind) -> str:
    if kind.name in ("checkpoint", "safetensors", "pickle"):
        beside = (path.parent / "config.json").is_file()
        return f"name the folder: `path: {path.parent.name}`" if beside and kind.name == "safetensors" else _WEIGHTS
    return kind.fix or "save the model with torch.export.save, or name its code under `factory:`"


def _torchscript(path: Path, kind: FileKind) -> OpenedModel:
    with _reading(path, kind):
        module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    notes = ["The model is a TorchScript program; its layers have no hooks."]
    if not any(True for _ in module.parameters()):
        notes.append("It is frozen: its weights are constants of the program and are not counted as parameters.")
    return OpenedModel(module, files=(file_fact(path, "model program"),), notes=tuple(notes))


def _exported(path: Path, kind: FileKind) -> OpenedModel:
    _refuse_pickles(path)
    with _reading(path, kind), path.open("rb") as archive:  # by its name, torch would remark on any ending but .pt2
        program = torch.export.load(archive)
        module = Exported(program)
    notes = ["The model is a program of torch.export, in the mode (training or evaluation) it was exported in."]
    if module.fixed_rows:
        notes.append(f"It was exported for calls of exactly {module.fixed_rows} rows.")
    return OpenedModel(module, files=(file_fact(path, "model program"),), notes=tuple(notes), fixed_rows=module.fixed_rows)


def _refuse_pickles(path: Path) -> None:
    """Refuse an archive that holds objects only a pickle can hold, or that cannot be looked through reliably."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            configs = [json.loads(archive.read(name)) for name in names if name.endswith("_config.json") and "/data/" in name]
            entries = [(name, entry) for config in configs for name, entry in config["config"].items()]
            pickled = [name for name, entry in entries if _pickled(entry)]
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, LookupError, AttributeError, TypeError) as problem:
        raise _damaged(path, "a torch.export archive", problem) from problem
    if len(set(names)) != len(names):
        raise _damaged(path, "a torch.export archive", ValueError("two files in it have one name"))
    if pickled:
        raise AuditError(
            f"`{path.name}` holds objects that only a pickle can hold; reading them could run hidden code, so it was not read.",
            found=", ".join(pickled[:5]),
            expected="a torch.export program of plain tensors",
            fix="export the model without custom objects and tensor subclasses, or name its code under `factory:`",
        )


def _pickled(entry: dict[str, Any]) -> bool:
    return bool(entry["use_pickle"]) or not str(entry["path_name"]).removeprefix("tensor_").removeprefix("weight_").isdigit()


@contextmanager
def _reading(path: Path, kind: FileKind) -> Iterator[None]:
    """torch's loaders without their remarks, forced to `weights_only`; what they raise means a file that cannot be used."""
    log, forced = logging.getLogger("torch.export"), os.environ.get("TORCH_FORCE_WEIGHTS_ONLY_LOAD")
    disabled, log.disabled = log.disabled, True
    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"  # torch.export.load asks for full pickles where restricted ones fail
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except AuditError:
        raise
    except Exception as problem:  # the readers of foreign bytes raise RuntimeError, KeyError, AssertionError, …
        raise _damaged(path, kind.words.partition(":")[0], problem) from problem
    finally:
        log.disabled = disabled
        del os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"]
        if forced is not None:
            os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = forced


def _damaged(path: Path, kind: str, problem: Exception) -> AuditError:
    reason = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
    return AuditError(
        f"`{path.name}` is damaged, or of a version that torch {torch.__version__} cannot read.",
        found=f"{kind} of {path.stat().st_size:,} bytes: {reason[:200]}",
        expected=_EXPECTED,
        fix=AGAIN + "; or save it again with this version of torch",
    )
