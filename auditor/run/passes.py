"""Passes over the selected cases: each shard a pure function of plan, prepared facts and ids, written whole or not at all."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch

from auditor.evidence.atomic import write_atomically
from auditor.evidence.store import Reader, shard_path, write_shard
from auditor.explain._context import Context, applies
from auditor.inputs.case_features import LENGTHS
from auditor.inputs.rows import EvaluationSet
from auditor.observe import activations, attributions, curves
from auditor.observe._setting import Observer, Setting
from auditor.removal.fill import Fill
from auditor.run.job import Case, Job

GROUP = 64
"""Selected cases that are computed together. Calls never mix groups, so each row has its place in its call whatever the
shards: some matrix products round by a row's position in the call too (seen with MKL on AVX2, rows of 54 floats)."""

PASSES: tuple[tuple[str, Observer], ...] = (
    ("activations", activations.OBSERVER),
    ("attributions", attributions.OBSERVER),
    ("curves", curves.OBSERVER),
)
LOOKED_AT = PASSES[1:]
"""Passes that a sequential rule needs at each look."""

MEMBERS: Observer = attributions.OBSERVER
"""What is observed of each member of an ensemble."""


class Check(NamedTuple):
    """A pass over a part of the selected cases, for the methods' verdicts; `fills` are further ones, on the model's device."""

    name: str
    observer: Observer
    cases: Sequence[Case]
    fills: Mapping[str, Fill]


@dataclass(frozen=True)
class Selected:
    """What passes over the selected cases share.

    Attributes:
        cases: in the order of the data.
        clean: by variant, float32 [rows, classes], stored logits of every row.
        setting: methods, fills and the rest of the plan.
        fills: on the model's device, the primary one first.
        checks: what is looked at after the passes.
    """

    cases: Sequence[Case]
    clean: Mapping[str, np.ndarray]
    setting: Setting
    fills: Mapping[str, Fill]
    checks: Sequence[Check] = ()


def observe(job: Job, selected: Selected, name: str, observer: Observer, shard: int, variant: str = "") -> None:
    """One pass, shard by shard; complete shards are kept, files of another cut deleted.

    Args:
        job, selected: what is audited, and which cases.
        name: of the pass, in the names of its files.
        observer: what it looks at.
        shard: cases per file.
        variant: of the model: "" or a member.
    """
    size = -(-shard // GROUP) * GROUP
    parts = [selected.cases[first : first + size] for first in range(0, len(selected.cases), size)]
    paths = [{t: shard_path(job.run, t, name, i * size, len(part)) for t in observer.tables} for i, part in enumerate(parts)]
    for table in observer.tables:
        for path in (job.run / "evidence" / table).glob(f"{name}-*.parquet"):
            if all(path != wanted[table] for wanted in paths):
                path.unlink()
    setting = selected.setting
    draws = {name: fill.draws for name, fill in selected.fills.items()}
    if variant:
        model, spots = job.model_of(variant), job.features.spots
        own = {key: method for key, method in setting.methods.items() if not applies(method, model, spots)}
        selected = replace(selected, setting=replace(setting, methods=own))
        setting = selected.setting
    cost = sum(observer.cost(setting.methods, job.features.spots, setting.steps, draws))
    job.progress.stage(f"{observer.tables[-1]} of {variant}" if variant else name, cost * len(selected.cases))
    stored = {table: Reader(job.run).table(table) for table in observer.after}
    for part, files in zip(parts, paths, strict=True):
        if files[observer.tables[-1]].exists():
            job.progress.advance(cost * len(part))
        else:
            groups = [part[first : first + GROUP] for first in range(0, len(part), GROUP)]
            job.retry(functools.partial(_write, job, selected, (observer, variant), files, stored, groups))


def _write(
    job: Job,
    selected: Selected,
    asked: tuple[Observer, str],
    files: Mapping[str, Path],
    stored: Mapping[str, pa.Table],
    groups: Sequence[Sequence[Case]],
) -> None:
    observer, variant = asked
    primary = next(iter(selected.fills))
    found = []
    for group in groups:
        batch = job.batch(group, selected.clean[variant], variant)
        place = (job.model_of(variant), job.calls_of(variant), batch)
        context = Context(*place, selected.fills, primary, job.plan.seed, job.reference, variant)
        ids = pa.array(batch.ids)
        rows = {table: whole.filter(pc.is_in(whole.column("sample_id"), ids)) for table, whole in stored.items()}
        found.append(observer.observe(context, selected.setting, rows))
    for table in observer.tables:
        whole = pa.concat_tables([tables[table] for tables in found])
        write_shard(files[table], whole.replace_schema_metadata({"rows": str(job.calls.rows)}))


def part_name(name: str, look: int) -> str:
    """Of the files of a pass over the cases that one look added; those of the first have the name of the pass."""
    return name if look == 1 else f"{name}_look{look}"


def shown(data: EvaluationSet, row: int, channels: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """Raw material of one row for an example: its picture, its text with the place of each word, or its series."""
    if data.modality == "text":
        own, text = data.features([row]), data.raw(row)
        if own is None or not own[0].spans or not isinstance(text, str):
            return {}
        return {"text": np.array(text), "spans": np.array(own[0].spans, np.int64).reshape(-1, 2)}
    if data.modality == "series":
        given = data.arguments([row])
        values = given[data.primary][0].float()
        if values.ndim != 2:
            return {}
        length = int(given[LENGTHS][0]) if LENGTHS in given else values.shape[1]
        padding = torch.arange(values.shape[1]) >= length
        named = {"names": np.array(channels)} if channels else {}
        return {"series": values.masked_fill(padding, torch.nan).numpy(), **named}
    image = data.show(row)
    return {} if image is None else {"image": image}


def write_exemplar(run: Path) -> Callable[[int | str, dict[str, np.ndarray]], None]:
    """Where exemplars' arrays go: `exemplars/<number>.npz`, the same bytes for the same arrays."""

    def write(number: int | str, arrays: dict[str, np.ndarray]) -> None:
        buffer = io.BytesIO()
        ordered: dict[str, Any] = {name: arrays[name] for name in sorted(arrays)}
        np.savez_compressed(buffer, **ordered)
        write_atomically(run / "exemplars" / f"{number}.npz", buffer.getvalue())

    return write
