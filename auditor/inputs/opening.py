"""From the plan's `model:` to one `nn.Module`, whatever it names: a factory, a file, a folder, or several of them."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

from torch import nn

from auditor.errors import AuditError
from auditor.evidence.provenance import file_fact
from auditor.inputs.callables import PythonFunction
from auditor.inputs.ensemble import Ensemble, Member
from auditor.inputs.factory import call_factory, expect_module
from auditor.inputs.hf_preprocessing import read_preprocessing
from auditor.inputs.location import locate
from auditor.inputs.model_files import open_model_path
from auditor.inputs.opened import OpenedModel as OpenedModel
from auditor.inputs.weights import load_into
from auditor.plan.fields import ModelPlan
from auditor.plan.model_fields import ModelSource


def open_model(plan: ModelPlan, folder: Path) -> OpenedModel:
    """Build or load the model of a plan.

    Args:
        plan: `model` of the plan.
        folder: of the plan; relative paths start there.

    Returns:
        The model in evaluation mode as its own code left it, on the CPU. Of an ensemble, `module` is an `Ensemble`, whose
        output is logits; otherwise the output is what `plan.output` declares.

    Raises:
        AuditError: a file that is not what the plan says, pickles, missing weights, no class names.
        UserCodeError: the user's code raised.
    """
    opened = _ensemble(plan, folder) if plan.members else _single(plan, folder)
    return replace(opened, classes=_classes(plan, opened), notes=(*opened.notes, *_renamed(plan, opened)))


def _single(source: ModelSource, folder: Path) -> OpenedModel:
    if source.path is not None:
        return open_model_path(locate(source.path, folder, folders=True), source.sha256)
    found, code = call_factory(source.factory or "", source.arguments, folder, "model")
    module = _module(found, source)
    files = [file_fact(code, "model code")] if code else []
    if source.weights is None:
        return OpenedModel(module, files=tuple(files))
    notes, path = load_into(module, source.weights, folder)
    files.append(file_fact(path, "weights"))
    beside = read_preprocessing(path.parent)
    if beside is None:
        return OpenedModel(module, files=tuple(files), notes=tuple(notes))
    files.append(file_fact(beside.path, "preprocessing"))
    return OpenedModel(module, files=tuple(files), notes=(*notes, *beside.notes), preprocessing=beside.image)


def _module(found: object, source: ModelSource) -> nn.Module:
    """What a factory returned: a module, or a function of predictions wrapped as one."""
    if not isinstance(found, nn.Module) and callable(found) and not inspect.isclass(found):
        if source.weights is None:
            return PythonFunction(found)
        raise AuditError(
            f"The factory `{source.factory}` returned a Python function; weights cannot be loaded into it.",
            found=f"`weights: {source.weights.path}` beside it",
            expected="weights beside a torch.nn.Module only",
            fix="load them inside the factory and delete `weights:`, or return the module",
        )
    return expect_module(found, source.factory or "")


def _ensemble(plan: ModelPlan, folder: Path) -> OpenedModel:
    opened = [_single(member, folder) for member in plan.members]
    named = list(zip(plan.members, opened, strict=True))
    _agree([(member.name, len(one.classes), one.classes) for member, one in named if one.classes], "classes")
    _agree([(member.name, one.fixed_rows, one.fixed_rows) for member, one in named if one.fixed_rows], "rows of every call")
    classes = plan.classes or next((one.classes for one in opened if one.classes), ())
    members = [Member(member.name, one.module, member.output) for member, one in named]
    return OpenedModel(
        Ensemble(members, len(classes), plan.head, plan.combine, multi_label=plan.multi_label),
        classes=classes,
        files=tuple(fact.model_copy(update={"role": f"{fact.role} of {m.name}"}) for m, one in named for fact in one.files),
        notes=tuple(f"{member.name}: {note}" for member, one in named for note in one.notes),
        fixed_rows=next((one.fixed_rows for one in opened if one.fixed_rows), None),
        preprocessing=next((one.preprocessing for one in opened if one.preprocessing), None),
    )


def _agree(said: list[tuple[str, object, object]], what: str) -> None:
    """Members that bring a fact of their own must bring the same: they are called on the same rows."""
    for name, shown, value in said[1:]:
        if value != said[0][2]:
            raise AuditError(
                f"The members of the ensemble differ in their {what}.",
                found=f"{said[0][0]}: {said[0][1]}; {name}: {shown}",
                expected="the same for every member",
                fix="correct the members, or audit them one by one",
            )


def _classes(plan: ModelPlan, opened: OpenedModel) -> tuple[str, ...]:
    own = opened.classes
    if plan.classes and sorted(plan.classes) == sorted(own) and plan.classes != own:
        raise AuditError(
            "The plan lists the model's classes in another order.",
            found=f"{plan.classes[0]}, … in `model.classes`; {own[0]}, … in config.json",
            expected="the order of the model's outputs",
            fix="delete `classes:`; the names are read from config.json",
        )
    if plan.classes or own:
        return plan.classes or own
    raise AuditError(
        "The model brings no class names, and the plan lists none.",
        expected="`model.classes`, in the order of the outputs",
        fix="add `classes:` under `model:`",
    )


def _renamed(plan: ModelPlan, opened: OpenedModel) -> tuple[str, ...]:
    own = opened.classes
    if plan.classes and own and plan.classes != own and not plan.members:
        return (f"The plan's class names stand in place of those in config.json, which begin with {own[0]}.",)
    return ()
