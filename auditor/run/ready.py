"""The audited model, ready to be asked: its arguments chosen, tried once, laid out, probed, and its rows per call known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.ensemble import Ensemble, PlainLogits
from auditor.inputs.model import TorchModel
from auditor.inputs.model_state import activation_bytes
from auditor.inputs.outputs import declared_kind_problem, scores_of
from auditor.inputs.tokenizing import check_vocabulary
from auditor.plan.fields import AuditPlan
from auditor.removal.rows import rows_per_call
from auditor.run.subject import Subject

_TRIED, _LOOKED_AT = 8, 64
"""Rows a model is tried with, and of how many first ones, where it raises for some."""


def ready_model(subject: Subject, offered: Mapping[str, Tensor], rows: int | None = None) -> TorchModel:
    """The model of an audit.

    Args:
        subject: what is audited.
        offered: forward arguments of a few usable rows, [n, *shape].
        rows: of every call, where the model takes no other number.

    Raises:
        UserCodeError: the model fails on its data.
        AuditError: its output does not fit the class names, is not what the plan declares, or depends on more than the row.
    """
    declared = subject.plan.model
    output = "logits" if isinstance(subject.module, Ensemble) else declared.output
    model = TorchModel(subject.module, declared.classes, declared.head, output, declared.multi_label)
    model.choose_arguments(offered)
    first = model.receives(filled(offered, rows) if rows else offered)
    if not next(iter(first.values())).is_floating_point():
        sizes = [part.num_embeddings for part in subject.module.modules() if isinstance(part, torch.nn.Embedding)]
        check_vocabulary(int(max(subject.data.maximum, subject.data.encoding.mask_id or 0)), max(sizes, default=2**63))
    logits = _logits(model, first)  # a model that does not fit its data says so here
    _check_kind(model, subject, first)
    _check_same(model, first, logits)
    model.choose_layout(first)
    model.probe(first)
    return model


def first_asked(subject: Subject, usable: Sequence[int]) -> tuple[TorchModel, dict[str, Tensor]]:
    """The model of an audit, and the few rows it was tried with: the first usable ones that it does not raise for."""
    offered = subject.data.arguments(usable[:_TRIED])
    try:
        return ready_model(subject, offered, subject.fixed_rows), offered
    except UserCodeError:
        declared = subject.plan.model
        model = TorchModel(subject.module, declared.classes, declared.head, multi_label=declared.multi_label)
        model.choose_arguments(offered)
        able = [row for row in usable[:_LOOKED_AT] if _answers(model, subject, row)][:_TRIED]
        if not able:
            raise
        offered = subject.data.arguments(able)
        return ready_model(subject, offered, subject.fixed_rows), offered


def _answers(model: TorchModel, subject: Subject, row: int) -> bool:
    one = filled(subject.data.arguments([row]), subject.fixed_rows or 1)
    try:
        with torch.no_grad():
            model.call(model.receives(one))
    except Exception:  # the user's code raises what it likes; rows it raises for are named in the clean pass
        return False
    return True


def members(model: TorchModel, first: dict[str, Tensor]) -> dict[str, TorchModel]:
    """The members of an ensemble by variant, each probed; none of any other model."""
    found = {}
    if isinstance(model.module, Ensemble):
        for index in range(len(model.module.names)):
            one = TorchModel(model.module.member(index), model.classes, model.head, "logits", model.multi_label)
            one.channels_last = model.channels_last
            one.choose_arguments(first)
            one.probe(one.receives(first))
            found[f"member:{index}"] = one
    return found


def call_rows(plan: AuditPlan, subject: Subject, model: TorchModel, first: dict[str, Tensor]) -> int:
    """Rows of every call: what the model was compiled for, the plan's number, or what fits by the size of the activations."""
    if subject.fixed_rows:
        if plan.rows not in ("auto", subject.fixed_rows):
            raise AuditError(
                "The model takes another number of rows per call.",
                found=f"`rows: {plan.rows}`",
                expected=f"{subject.fixed_rows}, which the program was exported with",
                fix="delete `rows:`, or export the program with a dynamic batch",
            )
        return subject.fixed_rows
    if plan.rows != "auto":
        return plan.rows
    one = {name: value[:1].clone() for name, value in first.items()}
    return rows_per_call(activation_bytes(model.module, one, lambda: model.call(one)), model.device.type)


def threads_of(plan: AuditPlan) -> int:
    """The plan's threads; auto: what torch uses."""
    return torch.get_num_threads() if plan.threads == "auto" else plan.threads


def filled(arguments: Mapping[str, Tensor], rows: int) -> dict[str, Tensor]:
    """The same arguments with exactly `rows` rows; row 0 is repeated."""
    missing = {name: max(0, rows - len(value)) for name, value in arguments.items()}
    return {
        name: torch.cat([value, value[:1].expand(missing[name], *value.shape[1:])])[:rows] for name, value in arguments.items()
    }


def _logits(model: TorchModel, inputs: Mapping[str, Tensor]) -> Tensor:
    with torch.no_grad():
        return model.logits({name: value.clone() for name, value in inputs.items()})


def _check_same(model: TorchModel, first: Mapping[str, Tensor], logits: Tensor) -> None:
    """Refuse a model whose output for a row changes from call to call, or with the other rows of the call."""
    own = next((p.dtype for p in model.module.parameters() if p.is_floating_point()), torch.float32)
    size = max(1.0, float(logits.nan_to_num(0, 0, 0).abs().max()))
    strays = _strays(_logits(model, first), logits)
    if strays > torch.finfo(own).eps ** 0.5 * size:  # kernels that add in another order each time stray less
        raise AuditError(
            "The model gives other outputs for the same input.",
            found=f"logits that differ by {strays:.3g} between two calls with the same {len(logits)} rows",
            expected="the same logits each time: an audit compares the outputs of many calls",
            fix="take out what is random or is kept between calls: dropout that ignores eval(), random numbers, counters",
        )
    rows = len(logits)
    copies = {name: value[:1].expand(rows, *value.shape[1:]) for name, value in first.items()}
    strays = _strays(_logits(model, copies)[:1], logits[:1])
    if strays > 0.05 * size:  # int8 models that scale by the whole call stray less
        raise AuditError(
            "The model's output for a row depends on the other rows of the call.",
            found=f"the logits of one row differ by {strays:.3g} when the other {rows - 1} rows are copies of it",
            expected="each row by itself",
            fix="save or export the model after model.eval(); one that uses statistics of the call cannot be audited",
        )


def _strays(again: Tensor, logits: Tensor) -> float:
    """The largest difference; infinite where one is no number and the other is."""
    if not bool((again.isfinite() == logits.isfinite()).all()):
        return float("inf")
    return float((again - logits)[logits.isfinite()].abs().max()) if bool(logits.isfinite().any()) else 0.0


def _check_kind(model: TorchModel, subject: Subject, inputs: dict[str, Tensor]) -> None:
    """Refuse outputs that are not what the plan declares."""
    checked = [("", model.module, model.output)]
    if isinstance(model.module, Ensemble):
        own = zip(model.module.names, model.module.members, subject.plan.model.members, strict=True)
        checked = [(f"{name}: ", cast(PlainLogits, member).module, source.output) for name, member, source in own]
    for name, module, output in checked:
        one = TorchModel(module, model.classes, model.head, output, model.multi_label)
        one.choose_arguments(inputs)
        with torch.no_grad():
            returned = one.call({key: value.clone() for key, value in one.receives(inputs).items()})
        scores = scores_of(returned, len(model.classes), model.head, output, model.multi_label)
        problem = declared_kind_problem(scores, model.head, output)
        if problem is not None:
            raise AuditError(name + problem.message, found=problem.found, expected=problem.expected, fix=problem.fix)
