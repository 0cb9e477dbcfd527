"""A local folder of Hugging Face transformers: image or sequence classification, safetensors, offline, no code of its own."""

from __future__ import annotations

import importlib
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from auditor.errors import AuditError
from auditor.evidence.provenance import file_fact
from auditor.inputs.hf_preprocessing import read_json, read_preprocessing
from auditor.inputs.location import locate
from auditor.inputs.opened import OpenedModel
from auditor.inputs.weight_files import first_few

_AUTO = {
    "ForImageClassification": "AutoModelForImageClassification",
    "ForSequenceClassification": "AutoModelForSequenceClassification",
}
_INDEX = "model.safetensors.index.json"


def open_folder(folder: Path) -> OpenedModel:
    """Load the model of a folder that transformers' `save_pretrained` writes.

    Returns:
        float32, evaluation mode, eager attention, on the CPU; class names from `id2label`.

    Raises:
        AuditError: no such folder, weights as pickles only, code of its own, an architecture that classifies nothing,
            weights that are not all of the model, transformers not installed.
    """
    config = _config(folder)
    architecture = _architecture(config)
    weights = _weights(folder)
    module, notes = _load(folder, config, _AUTO["For" + architecture.rpartition("For")[2]])
    files = [file_fact(folder / "config.json", "model configuration"), *(file_fact(path, "weights") for path in weights)]
    classes, renamed = _classes(config)
    found = read_preprocessing(folder)
    if found is not None:
        files.append(file_fact(found.path, "preprocessing"))
        notes.extend(found.notes)
    if config.get("problem_type") == "multi_label_classification":
        notes.append("config.json says multi_label_classification: `head: sigmoid` and `multi_label: true` belong to it.")
    preprocessing = None if found is None else found.image
    return OpenedModel(module, classes, tuple(files), (*notes, *renamed), preprocessing=preprocessing)


def _config(folder: Path) -> dict[str, Any]:
    config = read_json(locate("config.json", folder))
    if config.get("auto_map"):
        raise AuditError(
            f"The folder `{folder.name}` brings Python code of its own, which is not run.",
            found="`auto_map` in config.json",
            expected="an architecture that transformers itself knows",
            fix="build the model in a function of yours and name it: `factory: model.py:build`",
        )
    if (folder / "adapter_config.json").is_file():
        raise AuditError(
            f"The folder `{folder.name}` holds an adapter, not a whole model.",
            found="adapter_config.json",
            expected="the model with the adapter merged into it",
            fix="merge it with merge_and_unload() and save_pretrained(), and name that folder",
        )
    return config


def _architecture(config: dict[str, Any]) -> str:
    given = config.get("architectures")
    names = [str(name) for name in given] if isinstance(given, list) else []
    for name in names:
        if name.endswith(tuple(_AUTO)) and name not in _AUTO:
            return name
    raise AuditError(
        "The folder's config.json names no classifier.",
        found=f"architectures: {', '.join(names)}" if names else "no `architectures`",
        expected="an architecture that ends in ForImageClassification or ForSequenceClassification",
        fix="name the folder of the fine-tuned classifier, or build the model in a factory",
    )


def _weights(folder: Path) -> list[Path]:
    """The files of weights transformers will read: model.safetensors, or its index and the parts it lists."""
    if (folder / "model.safetensors").is_file():
        return [folder / "model.safetensors"]
    if (folder / _INDEX).is_file():
        parts = read_json(folder / _INDEX).get("weight_map")
        names = sorted({str(name) for name in parts.values()}) if isinstance(parts, dict) else []
        return [folder / _INDEX, *(locate(name, folder) for name in names)]
    others = sorted(
        path.name for path in folder.iterdir() if re.fullmatch(r".*\.(bin|h5|msgpack|safetensors|pt|pth)", path.name)
    )
    pickles = [name for name in others if name.endswith((".bin", ".pt", ".pth"))]
    raise AuditError(
        f"The folder `{folder.name}` has no model.safetensors"
        + ("; a pickle could run code hidden in it, so it was not read." if pickles else "."),
        found=first_few(others) or "no file of weights",
        expected=f"model.safetensors, or {_INDEX} with its parts",
        fix="where you trust it, convert it once: load it with from_pretrained and write it with save_pretrained"
        if others
        else "name the folder that save_pretrained wrote",
    )


def _load(folder: Path, config: dict[str, Any], auto: str) -> tuple[nn.Module, list[str]]:
    try:
        transformers = importlib.import_module("transformers")
    except ImportError as problem:
        raise AuditError(
            "The model is a folder of Hugging Face transformers, which is not installed here.",
            found=str(problem),
            expected="the package transformers",
            fix="pip install auditor[transformers]",
        ) from problem
    try:
        with _quiet(transformers):
            module, info = getattr(transformers, auto).from_pretrained(
                str(folder.resolve()),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                attn_implementation="eager",
                dtype=torch.float32,
                output_loading_info=True,
            )
    except Exception as problem:  # a library of hundreds of architectures raises whatever each of them does
        text = next(iter(str(problem).strip().splitlines()), "")
        raise AuditError(
            f"transformers cannot load the folder `{folder.name}`.",
            found=f"{type(problem).__name__}: {text[:300]}",
            expected="a folder that its save_pretrained wrote",
            fix="check it with from_pretrained, or build the model in a factory",
        ) from problem
    _complete(folder, info)
    notes = ["Attention runs in its eager form, so that attention maps can be read."]
    if info["unexpected_keys"]:
        notes.append(f"Weights in the files that the model does not use: {first_few(sorted(info['unexpected_keys']))}.")
    stored = str(config.get("dtype") or config.get("torch_dtype") or "float32")
    if stored != "float32":
        notes.append(f"The weights are stored as {stored} and were converted to float32.")
    return module.eval(), notes


def _complete(folder: Path, info: dict[str, Any]) -> None:
    """Refuse a model of which a part was not in the files: transformers would draw it at random."""
    missing = sorted(info["missing_keys"]) + sorted(str(key) for key in info["mismatched_keys"])
    if missing:
        raise AuditError(
            f"The weights in `{folder.name}` are not all of the model.",
            found=f"{len(missing)} missing or of another shape: {first_few(missing)}",
            expected="every weight of the classifier, its head included",
            fix="name the folder of the fine-tuned model, not of the one it started from",
        )


def _classes(config: dict[str, Any]) -> tuple[tuple[str, ...], list[str]]:
    """Class names in the order of the outputs; () where config.json has none. Names given twice get their index."""
    given = config.get("id2label")
    if not isinstance(given, dict) or sorted(given, key=str) != sorted(map(str, range(len(given)))) or len(given) < 2:
        return (), []
    names = [" ".join(str(given[str(i)]).split()) for i in range(len(given))]
    twice = {name for name, count in Counter(names).items() if count > 1}
    renamed = [f"Class names given twice carry their index: {first_few(sorted(twice))}."] if twice else []
    return tuple(f"{name} ({i})" if name in twice else name for i, name in enumerate(names)), renamed


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Offline, and without progress bars and remarks; restored on leaving."""
    constants: Any = importlib.import_module("huggingface_hub.constants")
    logging = transformers.utils.logging
    offline, level, bars = constants.HF_HUB_OFFLINE, logging.get_verbosity(), logging.is_progress_bar_enabled()
    constants.HF_HUB_OFFLINE = True
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        constants.HF_HUB_OFFLINE = offline
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
