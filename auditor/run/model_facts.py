"""The audited model as the report describes it: measured, not declared."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.evidence.facts import MemberFacts, ModelFacts
from auditor.explain._context import Explainer, applies
from auditor.inputs.ensemble import PlainLogits
from auditor.inputs.layer_table import layer_table
from auditor.inputs.model import TorchModel
from auditor.inputs.model_state import model_sha256
from auditor.run.ready import filled
from auditor.run.subject import Subject


def member_facts(
    subject: Subject, members: Mapping[str, TorchModel], methods: Mapping[str, Explainer], spots: int
) -> tuple[MemberFacts, ...]:
    """The members of an ensemble, each with the number of methods that apply to it at F = `spots` features."""
    modules = [one.module.module if isinstance(one.module, PlainLogits) else one.module for one in members.values()]
    return tuple(
        MemberFacts(
            name=source.name,
            type=type(module).__name__,
            parameters=sum(p.numel() for p in module.parameters()),
            state_sha256=model_sha256(module, [fact for fact in subject.files if fact.role.endswith(f" of {source.name}")]),
            methods=sum(not applies(method, one, spots) for method in methods.values()),
        )
        for source, one, module in zip(subject.plan.model.members, members.values(), modules, strict=True)
    )


def model_facts(subject: Subject, model: TorchModel, members: tuple[MemberFacts, ...], row: int) -> ModelFacts:
    """The model as it was measured, its layers with one row of the data."""
    module, data, declared = model.module, subject.data, subject.plan.model
    arguments = data.arguments([row])
    layers = tuple(
        (name or "(whole)", type(part).__name__, sum(p.numel() for p in part.parameters(recurse=False)))
        for name, part in module.named_modules()
        if any(True for _ in part.parameters(recurse=False))
    )
    rows = subject.fixed_rows or 1
    first = filled(model.receives(data.arguments([row])), rows)
    table = layer_table(module, lambda: model.call({k: v.clone() for k, v in first.items()}), subject.trainable, rows)
    dtype = next((str(p.dtype).removeprefix("torch.") for p in module.parameters()), "none")
    return ModelFacts(
        name=subject.plan.model.name,
        version=subject.plan.model.version,
        type=type(module).__name__,
        classes=model.classes,
        head=model.head,
        output=model.output,
        parameters=sum(p.numel() for p in module.parameters()),
        trainable=sum(layer.trainable for layer in table.layers),
        state_sha256=model_sha256(module, subject.files),
        dtype=dtype,
        input_shape=tuple(data.shape),
        can=tuple(sorted(model.can)),
        reasons=model.reasons,
        layers=layers,
        layer_table=table.layers,
        layer_note=table.note,
        multiply_adds=table.multiply_adds,
        outputs=table.outputs,
        built=subject.built,
        arguments={
            name: (*arguments[name].shape[1:], str(arguments[name].dtype).removeprefix("torch.")) for name in model.takes
        },
        multi_label=declared.multi_label,
        threshold=declared.threshold,
        members=members,
        combine=declared.combine if declared.members else "",
    )
