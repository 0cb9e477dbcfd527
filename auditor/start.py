"""A first plan from nothing but a model and data: guessed, written with comments, and tried on one batch."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.errors import AuditError
from auditor.evidence.atomic import write_atomically
from auditor.start_data import guess_data, is_factory
from auditor.start_model import guess_model
from auditor.start_trial import Trial, try_plan

METHODS = {
    "image": ("integrated_gradients", "gradcam", "occlusion", "saliency", "random"),
    "tabular": ("integrated_gradients", "kernel_shap", "occlusion", "random"),
    "text": ("integrated_gradients", "kernel_shap", "occlusion", "saliency", "random"),
    "series": ("integrated_gradients", "occlusion", "saliency", "random"),
}
_COMMENTS = {
    "version": "a version, a date or a commit: it is printed on page one",
    "classes": "in the order of the model's outputs",
    "numeric": "the model receives the numbers as they are; state {mean, std} of the training set where it was standardised",
    "categorical": "one-hot in this order; it must be the order of training",
    "image": "resize, crop, mean and std must be those of training",
    "methods": "auditor methods --for audit.yaml says what each costs; `random` is the control",
    "samples": "cases that are explained; more of them narrow the intervals",
    "gates": "fixed before the results are known; auditor freeze records them",
}


@dataclass(frozen=True)
class Started:
    """A plan that was written.

    Attributes:
        path: of audit.yaml.
        trial: what one batch showed.
        why: one sentence per guess.
    """

    path: Path
    trial: Trial
    why: tuple[str, ...]


def start(
    model: str,
    data: str,
    out: Path,
    *,
    factory: str | None = None,
    classes: tuple[str, ...] = (),
    label: str | None = None,
    modality: str | None = None,
    force: bool = False,
) -> Started:
    """Guess what model and data are, try one batch, write a commented plan.

    Args:
        model, data: a path from here, or `module:function`.
        out: the plan to write; paths in it are relative to its folder.
        factory: builds the network, where `model` is a file of weights.
        classes: names in the order of the outputs, where neither model nor data bring them in that order.
        label: column of the labels.
        modality: image, tabular, text or series.
        force: replace an existing plan.

    Raises:
        AuditError: an existing plan, or model and data that cannot be opened together.
    """
    if out.exists() and not force:
        raise AuditError(f"{out} exists.", found="a plan you may have edited", fix="choose another --out, or add --force")
    folder = out.resolve().parent
    name = _name(model, "model")
    lines, kind = guess_model(model, _written(model, folder), name, _written(factory, folder) if factory else None)
    guess = guess_data(data, _written(data, folder), label, modality)
    brings = "path" in lines and Path(model).is_dir()
    if brings and (Path(model) / "preprocessor_config.json").is_file() and "image" in guess.plan:
        guess.plan["image"] = {key: value for key, value in guess.plan["image"].items() if key == "column"}
        guess.plan = {key: value for key, value in guess.plan.items() if value}
    chosen = classes or (() if brings else guess.labels)
    if not chosen and not brings:
        raise AuditError(
            "The names of the classes are not known.",
            found="no labels in the data that name them",
            fix="add --classes no,yes, in the order of the model's outputs",
        )
    lines |= {"classes": list(chosen)} if chosen else {}
    about = {"name": _name(data, "data"), **guess.plan}
    methods = list(METHODS[guess.plan["modality"]])
    plan: dict[str, Any] = {"name": name, "model": lines, "data": about, "methods": methods, "samples": 500, "seed": 1}
    trial = _tried(plan, folder, out)
    write_atomically(out, commented(trial.plan).encode())
    order = "alphabetical" if chosen and not classes else ""
    why = (f"the model is {kind}", *guess.why, *([f"classes in {order} order of the labels"] if order else []))
    return Started(out, trial, why)


def _tried(plan: dict[str, Any], folder: Path, out: Path) -> Trial:
    """The trial of a plan; where it fails the plan is written as it was guessed, to be corrected."""
    try:
        return try_plan(plan, folder)
    except AuditError as problem:
        write_atomically(out, commented(plan).encode())
        problem.fix = "; ".join(part for part in (problem.fix, f"the plan as far as it was guessed is in {out}") if part)
        raise


def _name(text: str, otherwise: str) -> str:
    """A short name from a path or a function."""
    return re.sub(r"[^\w.-]+", "-", Path(text.split(":")[0]).stem).strip("-") or otherwise


def _written(text: str, folder: Path) -> str:
    """A path relative to the plan's folder; a function of an installed package as it is."""
    place, _, function = text.partition(":") if is_factory(text) else (text, "", "")
    if function and not place.endswith(".py"):
        return text
    found = os.path.relpath(Path(place).resolve(), folder)
    return f"{found}:{function}" if function else found


def commented(plan: dict[str, Any]) -> str:
    """The plan as YAML with a comment where a decision is the user's."""
    head = "# Written by `auditor init`. Every line is a guess until you have read it.\n# Run it: auditor run\n"
    gates = f"# {_COMMENTS['gates']}\n# gates:\n#   - {{result: accuracy, at_least: 0.9}}\n"
    return head + "\n".join(_lines(plan, 0)) + "\n" + gates


def _lines(value: dict[str, Any], depth: int) -> list[str]:
    lines = []
    for key, entry in value.items():
        if key in _COMMENTS:
            lines.append(f"{'  ' * depth}# {_COMMENTS[key]}")
        if isinstance(entry, dict) and entry:
            lines += [f"{'  ' * depth}{_word(key)}:", *_lines(entry, depth + 1)]
        else:
            shown = "[" + ", ".join(_word(one) for one in entry) + "]" if isinstance(entry, list | tuple) else _word(entry)
            lines.append(f"{'  ' * depth}{_word(key)}: {shown}")
    return lines


def _word(value: object) -> str:
    """A scalar as YAML; texts that YAML might take for something else in quotes."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z_./][\w./ -]*", value) and value.lower() not in _TAKEN:
        return value.strip()
    return json.dumps(value, ensure_ascii=False)


_TAKEN = {"yes", "no", "on", "off", "true", "false", "null", "y", "n", "~"}
