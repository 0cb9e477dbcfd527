"""Facts of the whole set, fixed before any case is explained: selection, targets, fills, examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from auditor import registry
from auditor.errors import AuditError
from auditor.evidence.facts import DataFacts, FillFacts, MethodFacts
from auditor.evidence.redaction import outwards
from auditor.evidence.schema import TABLES
from auditor.explain._context import Explainer, applies, cost_under, fitted
from auditor.inputs.case_features import CaseFeatures
from auditor.inputs.datasets import EvaluationSet
from auditor.inputs.encoding import Encoding
from auditor.inputs.model import TorchModel
from auditor.inputs.randomness import uniform
from auditor.plan.bounds import DEFAULT_FILL, DRAWN
from auditor.plan.fields import AuditPlan, MethodPlan
from auditor.removal.fill import Fill
from auditor.removal.material import Material, make_fill
from auditor.run.selection import Selection
from auditor.run.subject import Roll, Subject


def primary_fill(plan: AuditPlan) -> str:
    """The fill of the primary analysis."""
    return plan.primary.fill or DEFAULT_FILL[plan.data.modality]


def reference_rows(plan: AuditPlan, data: EvaluationSet, roll: Roll) -> Tensor | None:
    """The first `reference.rows` usable rows of a seeded order [n, *shape], as floating point; None when there are none."""
    if not data.dtype.is_floating_point and plan.data.modality == "text":
        return None  # words of one text are no background of another
    draw = uniform(roll.key, "reference rows", plan.seed, (1,))[:, 0].numpy()
    order = [int(i) for i in np.argsort(draw, kind="stable") if not roll.problems[i]][: plan.reference.rows]
    if not order:
        return None
    rows = data.batch(sorted(order))[0]
    return rows if rows.is_floating_point() else rows.float()


def reference_words(plan: AuditPlan, data: EvaluationSet, roll: Roll, features: CaseFeatures) -> Tensor | None:
    """Of texts: the tokens of the words of the first `reference.rows` usable rows of a seeded order, int64 [n, tokens].

    Special tokens and padding are left out; what is behind a text's last word is -1. None where there are no words.
    """
    if data.dtype.is_floating_point or plan.data.modality != "text":
        return None
    draw = uniform(roll.key, "reference rows", plan.seed, (1,))[:, 0].numpy()
    order = sorted([int(i) for i in np.argsort(draw, kind="stable") if not roll.problems[i]][: plan.reference.rows])
    arguments = data.arguments(order)
    tokens = next(iter(arguments.values()))
    own = (features.of(order, arguments).element >= 0).expand_as(tokens)
    packed = tokens.where(own, -1).gather(1, torch.argsort(~own, dim=1, stable=True))
    return packed[own.any(dim=1)] if bool(own.any()) else None


def fill_draws(plan: AuditPlan) -> dict[str, int]:
    """Each fill of the plan, the primary one first, with its model rows per coalition."""
    names = dict.fromkeys([primary_fill(plan), *plan.fills])
    return {name: plan.reference.draws if name in DRAWN else 1 for name in names}


def build_fills(
    plan: AuditPlan,
    reference: Tensor | None,
    encoding: Encoding,
    names: Iterable[str] | None = None,
    words: Tensor | None = None,
) -> dict[str, Fill]:
    """The fills of these names; None: the plan's, the primary one first."""
    material = Material(reference, plan.constant, encoding.scale, encoding.offset, plan.reference.draws, plan.seed)
    material = replace(material, mask_id=encoding.mask_id, pad_id=encoding.pad_id, words=words)
    material = replace(material, options=plan.fill_options.model_dump())
    return {name: make_fill(name, material, plan.data.modality) for name in (fill_draws(plan) if names is None else names)}


def build_methods(plan: AuditPlan) -> dict[str, Explainer]:
    """The plan's methods with their options; options that do not exist or do not fit are mistakes of the plan."""
    return {entry.name: _method(entry) for entry in plan.methods}


def _method(entry: MethodPlan) -> Explainer:
    kind = registry.load("explain", entry.name, "METHOD")
    try:
        method: Explainer = kind(**entry.options)
    except TypeError as error:
        names = ", ".join(field.name for field in fields(kind)) or "none"
        raise AuditError(
            f"The options of method `{entry.name}` do not fit.",
            found=", ".join(entry.options),
            expected=f"among: {names}",
            fix=str(error),
        ) from error
    return method


def method_facts(
    methods: Mapping[str, Explainer], model: TorchModel, features: int, draws: Mapping[str, int] | None = None
) -> tuple[MethodFacts, ...]:
    """What the report says of each method, and whether it applies to this model."""
    facts = []
    for name, method in methods.items():
        reason = applies(method, model, features)
        forwards, backwards = cost_under(method, features, draws or {})
        as_run = method if reason else fitted(method, model)
        options = asdict(as_run)  # type: ignore[call-overload]  # every explainer is a dataclass
        facts.append(
            MethodFacts(
                name=name,
                title=method.title,
                options=options,
                applies=not reason,
                reason=reason,
                signed=method.signed,
                complete=method.complete,
                unit=method.unit,
                pool=method.pool,
                forwards=forwards,
                backwards=backwards,
                citation=method.citation,
                failings=method.failings,
            )
        )
    return tuple(facts)


def fill_facts(fills: Mapping[str, Fill]) -> tuple[FillFacts, ...]:
    """Each fill in words, with its digest."""
    return tuple(FillFacts(name=name, description=fill.description, sha256=fill.sha256()) for name, fill in fills.items())


def data_facts(subject: Subject, roll: Roll, predicted: np.ndarray, errors: list[str]) -> DataFacts:
    """The evaluation set as it was read and predicted."""
    plan, classes, several = subject.plan, subject.plan.model.classes, subject.data.several
    excluded = Counter(error for error in errors if error)
    low, high = subject.data.minimum, subject.data.maximum
    if plan.examples != "full" and plan.data.modality != "image":  # the largest value of a table is one person's
        low, high = outwards(low, -1), outwards(high, 1)
    return DataFacts(
        name=plan.data.name,
        modality=plan.data.modality,
        supplied=len(roll.ids),
        evaluated=len(roll.ids) - sum(excluded.values()),
        excluded=dict(sorted(excluded.items())),
        labelled=int((roll.labels >= 0).sum()) if several is None else sum(labels is not None for labels in several),
        label_counts=tuple(
            int((roll.labels == c).sum()) if several is None else sum(c in (labels or ()) for labels in several)
            for c in range(len(classes))
        ),
        predicted_counts=tuple(int((predicted == c).sum()) for c in range(len(classes))),
        duplicates=roll.duplicates,
        decoded_sha256=roll.sha256,
        unit=plan.unit or "",
        units=len(set(roll.units)),
        sampling=plan.sampling,
        seen_in_training=plan.seen_in_training,
        minimum=low,
        maximum=high,
        ids=plan.data.ids,
        id_key=roll.fingerprint,
        preprocessing=subject.data.encoding.text,
        notes=subject.data.encoding.notes,
    )


def samples_table(
    roll: Roll,
    predicted: np.ndarray,
    errors: list[str],
    selection: Selection,
    several: tuple[tuple[int, ...] | None, ...] | None,
) -> pa.Table:
    """Table `samples`: one row per supplied row."""
    return pa.table(
        {
            "sample_id": list(roll.ids),
            "digest": list(roll.digests),
            "label": roll.labels,
            "predicted": predicted,
            "stratum": selection.stratum,
            "position": selection.position,
            "weight": selection.weight,
            "unit": list(roll.units),
            "groups": [list(groups.items()) for groups in roll.groups],
            "error": errors,
            "labels": pa.array(several or [None] * len(errors), pa.list_(pa.int64())),
        },
        schema=TABLES["samples"],
    )


def selection_draw(key: Tensor, seed: int) -> np.ndarray:
    """float64 [rows]: the number each row's place in its stratum is drawn by."""
    return np.asarray(uniform(key, "selection", seed, (1,))[:, 0].numpy())
