"""Mistakes under `model:` that no single value shows: two sources, weights without a factory, labels without a head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.errors import AuditError
from auditor.plan.mistakes import Mistake, shown
from auditor.plan.model_fields import FACTORY, PATH, ModelPlan
from auditor.plan.written import Values, number, word
from auditor.plan.yaml_text import Path

PROGRAMS = (".pt2", ".pt", ".pth", ".ts", ".torchscript", ".jit", ".ptl")
"""Endings of single files of a model; anything else under `path` may be a folder that brings its class names."""


def model_mistakes(values: Values) -> Iterator[Mistake]:
    """All of them, each with its place in the plan."""
    model = values.get("model")
    if not isinstance(model, Mapping):
        return
    yield from _source(("model",), model, ("factory", "path", "members"))
    yield from _members(model)
    yield from _classes(model)
    yield from _labels(model)
    if values.get("prevalence") and model.get("multi_label") in (True, "true"):
        mistake = AuditError(
            "A prevalence makes no sense where a sample has several labels.",
            found="`prevalence:` and `multi_label: true`",
            expected="shares of classes of which each sample has one",
            fix="delete `prevalence:`",
        )
        yield ("prevalence",), mistake


def _given(model: Mapping[str, Any], key: str) -> bool:
    return model.get(key) not in (None, [], (), {}, "")


def _source(path: Path, model: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[Mistake]:
    given = [key for key in keys if _given(model, key)]
    where = ".".join(path)
    if len(given) != 1:
        means = {"factory": FACTORY, "path": PATH, "members": "the members of an ensemble"}
        mistake = AuditError(
            f"`{where}` has {'two sources' if given else 'no source'}.",
            found=" and ".join(f"`{key}: {shown(model[key])}`" for key in given) or f"no {', no '.join(keys)}",
            expected="exactly one of " + "; ".join(f"`{key}` ({means[key]})" for key in keys),
            fix=f"keep one of {' and '.join(given)}" if given else f"add `factory:` or `path:` under `{where}:`",
        )
        yield path, mistake
    for key in ("arguments", "weights") if given in (["path"], ["members"]) else ():
        if _given(model, key):
            own = "each member has its own" if given == ["members"] else "the files under `path` bring their own"
            mistake = AuditError(
                f"`{where}.{key}` goes with `factory`.", found=f"`{given[0]}:` beside it", expected=own, fix=f"delete `{key}:`"
            )
            yield (*path, key), mistake
    if _given(model, "sha256") and given and given != ["path"]:
        fix = "move it under `weights:`, or delete it" if given == ["factory"] else "move it to the member it belongs to"
        yield (*path, "sha256"), AuditError(f"`{where}.sha256` pins a file under `path`.", found=f"`{given[0]}:`", fix=fix)


def _members(model: Mapping[str, Any]) -> Iterator[Mistake]:
    members = model.get("members")
    if not _given(model, "members") or not isinstance(members, list | tuple):
        if word(model, "combine") == "mean_logit":
            mistake = AuditError(
                "`model.combine` joins the members of an ensemble.", found="no `members`", fix="add them, or delete `combine:`"
            )
            yield ("model", "combine"), mistake
        return
    if len(members) == 1:
        mistake = AuditError(
            "An ensemble has at least two members.",
            found="one member",
            expected="two or more entries under `model.members`",
            fix="move the member's `factory:` or `path:` up under `model:`",
        )
        yield ("model", "members"), mistake
    if word(model, "output", default="logits") != "logits":
        mistake = AuditError(
            "`model.output` of an ensemble is said member by member.",
            found=f"output: {shown(model['output'])}, beside `members`",
            expected="`output:` in each member that returns something other than logits",
            fix="move it into the members it is true of",
        )
        yield ("model", "output"), mistake
    names: list[str] = []
    for i, member in enumerate(members):
        if isinstance(member, Mapping):
            here = ("model", "members", str(i))
            yield from _source(here, member, ("factory", "path"))
            if (name := word(member, "name")) and name in names:
                fix = "give each member a name of its own"
                yield (*here, "name"), AuditError(f"Two members are called `{shown(name)}`.", found=shown(name), fix=fix)
            names.append(name)


def _classes(model: Mapping[str, Any]) -> Iterator[Mistake]:
    classes = model.get("classes")
    if _given(model, "classes"):
        if isinstance(classes, list | tuple) and len(classes) == 1:
            fix = "add the other class, also where the model has one output for both"
            mistake = AuditError("A classifier has at least two classes.", found="one name", expected="two or more", fix=fix)
            yield ("model", "classes"), mistake
        return
    members = model.get("members")
    if any(_may_be_folder(one) for one in (model, *(members if isinstance(members, list | tuple) else ()))):
        return
    yield (
        ("model", "classes"),
        AuditError(
            "`model.classes` is missing.",
            expected=str(ModelPlan.model_fields["classes"].description),
            fix="add `classes:` under `model:`",
        ),
    )


def _may_be_folder(source: object) -> bool:
    path = source.get("path") if isinstance(source, Mapping) else None
    return isinstance(path, str) and not path.lower().endswith(PROGRAMS)


def _labels(model: Mapping[str, Any]) -> Iterator[Mistake]:
    several = model.get("multi_label") in (True, "true")
    if several and word(model, "head", default="softmax") == "softmax":
        mistake = AuditError(
            "Several labels per sample need a sigmoid head.",
            found="multi_label: true, head: softmax",
            expected="`head: sigmoid`: each class is a question of its own",
            fix="add `head: sigmoid`, or delete `multi_label:`",
        )
        yield ("model", "multi_label"), mistake
    threshold = number(model.get("threshold"))
    if not several and threshold not in (None, ModelPlan.model_fields["threshold"].default):
        mistake = AuditError(
            "`model.threshold` decides labels of a multi-label model only; elsewhere the largest output is the prediction.",
            found=f"threshold: {threshold:g} without `multi_label: true`",
            fix="delete `threshold:`, or add `multi_label: true` and `head: sigmoid`",
        )
        yield ("model", "threshold"), mistake
