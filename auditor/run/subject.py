"""What is audited: the model and the evaluation set, opened from a plan or given in memory."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from auditor.errors import AuditError
from auditor.evidence.facts import FileFact
from auditor.evidence.identity import fingerprint, hashed_id, id_key
from auditor.evidence.provenance import file_fact
from auditor.inputs.datasets import EvaluationSet, Sample, open_data
from auditor.inputs.location import locate
from auditor.inputs.opening import open_model
from auditor.inputs.randomness import sample_keys
from auditor.plan.data_checks import ARRAYS
from auditor.plan.fields import AuditPlan


@dataclass(frozen=True)
class Roll:
    """One line per supplied row, in the order of the data.

    Attributes:
        ids: as stored: keyed hashes, or plain where the plan says so.
        key: int64 [rows], what each row's randomness is drawn from (of the plain id, so hashing changes no number).
        labels: int64 [rows], -1 unknown.
        problems: "" or why the row cannot be evaluated.
        digests: (keyed) SHA-256 of the decoded input and label.
        units, groups: declared unit and groups of each row.
        duplicates: usable rows whose digest equals an earlier one's.
        sha256: of all plain digests in order, so of the decoded tensors and labels.
        fingerprint: of the id key, "" when ids are plain.
    """

    ids: tuple[str, ...]
    key: Tensor
    labels: np.ndarray
    problems: tuple[str, ...]
    digests: tuple[str, ...]
    units: tuple[str, ...]
    groups: tuple[dict[str, str], ...]
    duplicates: int
    sha256: str
    fingerprint: str


def trainable(module: nn.Module) -> frozenset[str]:
    """Names of the parameters left to training; to be asked before the model is borrowed, which freezes all."""
    return frozenset(name for name, parameter in module.named_parameters() if parameter.requires_grad)


@dataclass(frozen=True)
class Subject:
    """Model and data of one audit, with the files they came from.

    Attributes:
        built: "from the plan" or "in memory".
        notes: what loading had to say.
        trainable: names of the trainable parameters.
        fixed_rows: rows of every call, where the model was compiled for one number; None: any.
    """

    plan: AuditPlan
    folder: Path
    module: nn.Module
    data: EvaluationSet
    files: tuple[FileFact, ...]
    built: str
    notes: tuple[str, ...]
    trainable: frozenset[str]
    fixed_rows: int | None = None


def open_subject(plan: AuditPlan, folder: Path) -> Subject:
    """Build the model, load its weights and open the data as the plan says; what their files bring is written into the plan."""
    opened = open_model(plan.model, folder)
    plan = plan.model_copy(update={"model": plan.model.model_copy(update={"classes": opened.classes})})
    images = plan.data.modality == "image" and plan.data.path is not None and not plan.data.path.endswith(ARRAYS)
    if images and plan.data.image is None and opened.preprocessing is not None:
        plan = plan.model_copy(update={"data": plan.data.model_copy(update={"image": opened.preprocessing})})
    columns = [*([plan.unit] if plan.unit else []), *plan.groups]
    beside = None if plan.model.path is None else locate(plan.model.path, folder, folders=True)
    model_folder = beside if beside is not None and beside.is_dir() else None
    data = open_data(plan.data, opened.classes, folder, columns, plan.model.multi_label, model_folder)
    files = [*opened.files, *(file_fact(path, role) for role, path in data.files)]
    files.extend([data.encoding.listing] if data.encoding.listing else [])
    notes = (*opened.notes, *data.encoding.notes)
    return Subject(
        plan, folder, opened.module, data, tuple(files), opened.built, notes, trainable(opened.module), opened.fixed_rows
    )


def weights_folder(subject: Subject) -> Path | None:
    """The folder the model's weight files lie in; None where they lie in none, or in several."""
    model = subject.plan.model
    named = {source.weights.path if source.weights else source.path for source in (model.members or (model,))} - {None}
    places = [locate(str(name), subject.folder, folders=True) for name in named]
    folders = {place if place.is_dir() else place.parent for place in places}
    return folders.pop() if len(folders) == 1 else None


def call_roll(subject: Subject) -> Roll:
    """Every row's id, label, digest, unit and groups, as they are stored, and what is wrong with it."""
    data, plan = subject.data, subject.plan
    if len(data) == 0:
        raise AuditError(
            "The evaluation set is empty.", found="0 rows", expected="at least one row", fix="check data.factory or data.path"
        )
    plain = plan.data.ids == "plain"
    secret = b"" if plain else id_key()
    ids = tuple(data.ids) if plain else tuple(hashed_id(secret, name) for name in data.ids)
    digests = tuple(data.digests) if plain else tuple(_keyed(secret, digest) for digest in data.digests)
    samples = [data.sample(i) for i in range(len(data))] if plan.unit or plan.groups else []
    units = units_of(plan, samples) if plan.unit else list(data.ids)
    refuse_unknown_groups(plan, samples)
    usable = [digest for digest, problem in zip(data.digests, data.problems, strict=True) if not problem]
    return Roll(
        ids=ids,
        key=sample_keys(data.ids),
        labels=data.labels.numpy(),
        problems=tuple(data.problems),
        digests=digests,
        units=tuple(units) if plain else tuple(hashed_id(secret, f"unit {unit}") for unit in units),
        groups=tuple({name: sample.groups[name] for name in plan.groups if name in sample.groups} for sample in samples)
        or ({},) * len(data),
        duplicates=sum(count - 1 for count in Counter(usable).values()),
        sha256=hashlib.sha256("".join(data.digests).encode()).hexdigest(),
        fingerprint="" if plain else fingerprint(secret),
    )


def usable_rows(data: EvaluationSet) -> list[int]:
    """Rows that can be evaluated, of which there must be one."""
    usable = [i for i, problem in enumerate(data.problems) if not problem]
    if not usable:
        reasons = Counter(data.problems)
        raise AuditError(
            "No row of the evaluation set can be evaluated.",
            found="; ".join(f"{count:,} rows: {reason}" for reason, count in reasons.most_common(3)),
            expected="at least one usable row",
            fix="check the data",
        )
    return usable


def _keyed(secret: bytes, digest: str) -> str:
    return hmac.new(secret, digest.encode(), hashlib.sha256).hexdigest()


def units_of(plan: AuditPlan, samples: Sequence[Sample]) -> list[str]:
    """The declared unit of each row; a row that is excluded may lack one and is then named by its id.

    Raises:
        AuditError: a row that can be evaluated without a unit.
    """
    column = plan.unit or ""
    units = [sample.groups.get(column, sample.unit) for sample in samples]
    absent = [i for i, (unit, sample) in enumerate(zip(units, samples, strict=True)) if unit is None and not sample.problem]
    if absent:
        raise AuditError(
            f"The plan's unit `{column}` is missing in the data.",
            found=f"{len(absent):,} of {len(units):,} rows without it, the first is row {absent[0]} ({samples[absent[0]].id})",
            expected="every row names its independent unit",
            fix=f"fill in the column `{column}` or leave these rows out (a Dataset gives each item a field `unit` or a group "
            f"`{column}`), or remove `unit` from the plan",
        )
    return [sample.id if unit is None else unit for unit, sample in zip(units, samples, strict=True)]


def refuse_unknown_groups(plan: AuditPlan, samples: Sequence[Sample]) -> None:
    """A declared group that no row of the data names, such as a slip of the pen.

    Raises:
        AuditError: there is one.
    """
    known = {name: None for sample in samples for name in sample.groups if name != plan.unit}
    absent = [name for name in plan.groups if name not in known and name != plan.unit]
    if absent:
        raise AuditError(
            f"The plan's group `{absent[0]}` is missing in the data.",
            found=f"groups in the data: {', '.join(known) or 'none'}",
            expected="a value of each declared group, at least in some rows",
            fix="a Dataset gives each item `groups: {name: value}`, a table has such a column; or correct `groups` in the plan",
        )


def choose_device(wanted: str) -> torch.device:
    """The plan's device; auto: CUDA where there is one, else the CPU."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if wanted == "mps":
        raise AuditError(
            "Audits do not run on MPS.",
            found="device: mps",
            expected="cpu or cuda: scores and curves are computed in float64, which MPS lacks",
            fix="set device: cpu",
        )
    if wanted == "cuda" and not torch.cuda.is_available():
        raise AuditError(
            f"The device `{wanted}` is not available here.",
            found="no such device",
            expected="a CUDA device",
            fix="set device: auto",
        )
    return torch.device(wanted)
