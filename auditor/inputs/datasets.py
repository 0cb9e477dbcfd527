"""The evaluation set of a plan or of a notebook, opened: from a factory, from files of arrays, or from what is in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler, default_collate

from auditor.errors import AuditError
from auditor.evidence.facts import FileFact
from auditor.inputs.arrays import array_rows, read_arrays
from auditor.inputs.factory import call_factory
from auditor.inputs.image_sources import folder_rows, listed_rows
from auditor.inputs.images import ImageRows
from auditor.inputs.location import check_digest, locate
from auditor.inputs.pipelines import stated
from auditor.inputs.rows import EvaluationSet, Files, Rows, Sample, is_stream
from auditor.inputs.table_files import CSV, PARQUET, read_columns
from auditor.inputs.tables import TableRows
from auditor.inputs.text_files import TEXT_FILES, folder_texts, listed_texts
from auditor.inputs.texts import TextRows
from auditor.inputs.token_files import Reading, open_reading
from auditor.plan.data_fields import DataPlan, ImagePlan, TablePlan
from auditor.plan.text_fields import TextPlan

__all__ = ["EvaluationSet", "Sample", "as_source", "open_data", "wrap_data"]


def open_data(
    plan: DataPlan,
    classes: Sequence[str],
    folder: Path,
    columns: Sequence[str] = (),
    multi_label: bool = False,
    model_folder: Path | None = None,
) -> Rows:
    """Open the evaluation set of a plan; `files` lists (role, path) of what it was read from, digests checked.

    Args:
        plan: `data` of the plan.
        classes: `model.classes`.
        folder: folder of the plan.
        columns: the plan's unit and groups, which a table holds beside the inputs.
        multi_label: whether a row may have several labels.
        model_folder: of a model that is a folder: its tokenizer is the default for texts.
    """
    if (plan.factory is None) == (plan.path is None):
        raise AuditError(
            "The plan does not say where the data come from.",
            found="both `data.factory` and `data.path`" if plan.path else "neither `data.factory` nor `data.path`",
            expected="exactly one of them",
            fix="give a path to arrays, a table or a folder of images, or a factory that returns a torch.utils.data.Dataset",
        )
    files: Files = []
    for text, pinned in plan.files.items():
        files.append(("data", locate(text, folder)))
        check_digest(files[-1][1], pinned, f"data.files.{text}")
    if plan.path is not None:
        path = locate(plan.path, folder, folders=plan.modality in ("image", "text"))
        if plan.modality == "text" and (path.is_dir() or path.suffix.lower() in TEXT_FILES):
            reading = open_reading(plan.text or TextPlan(), folder, model_folder)
            return _open_files(plan, path, classes, columns, files, multi_label=multi_label, reading=reading)
        if plan.table is not None and plan.table.pipeline is not None:
            files.append(("preprocessing", locate(plan.table.pipeline, folder)))
            plan = plan.model_copy(update={"table": stated(files[-1][1], plan.table)})
        if path.is_dir() or path.suffix.lower() in (*CSV, *PARQUET):
            return _open_files(plan, path, classes, columns, files, multi_label=multi_label)
        check_digest(path, plan.sha256, "data.sha256")
        labels = locate(plan.labels, folder) if plan.labels else None
        files += [("data", path), *([("labels", labels)] if labels else [])]
        source: Any = array_rows(read_arrays(path, labels), f"`{path.name}`", len(classes))
    else:
        made, code = call_factory(plan.factory or "", plan.arguments, folder, "data")
        files += [("code", code)] if code else []
        source = as_source(made, len(classes))
    return Rows(
        source, classes, plan.name, plan.modality, scale=plan.scale, offset=plan.offset, files=files, multi_label=multi_label
    )


def _open_files(
    plan: DataPlan,
    path: Path,
    classes: Sequence[str],
    columns: Sequence[str],
    files: Files,
    *,
    multi_label: bool,
    reading: Reading | None = None,
) -> Rows:
    """A table, a table that lists images, a folder of images, or texts with the way they are read."""
    image, table, text = plan.image or ImagePlan(), plan.table or TablePlan(), plan.text or TextPlan()
    source: TableRows | ImageRows | TextRows
    files += [("tokenizer", file) for file in reading.files] if reading else []
    if path.is_dir():
        if reading:
            source = TextRows(folder_texts(path, text, classes, plan.label_names), reading, classes)
        else:
            source = folder_rows(path, image, classes, plan.label_names)
        _check_listing(source.encoding.listing, plan.sha256, path)
    else:
        check_digest(path, plan.sha256, "data.sha256")
        files.append(("data", path))
        if reading:
            source = TextRows(listed_texts(path, text, classes, plan.label_names, columns), reading, classes)
        elif plan.modality == "image":
            source = listed_rows(read_columns(path, table), path, (image, table), classes, plan.label_names, columns)
        else:
            source = TableRows(read_columns(path, table), table, classes, plan.label_names, columns, path.name)
    return Rows(source, classes, plan.name, plan.modality, files=files, encoding=source.encoding, multi_label=multi_label)


def _check_listing(listing: FileFact | None, pinned: str | None, path: Path) -> None:
    if listing is None or pinned in (None, listing.sha256):
        return
    raise AuditError(
        f"The folder `{path.name}` does not hold the files that the plan pins.",
        found=f"SHA-256 {listing.sha256} over the list of files and digests",
        expected=f"SHA-256 {pinned}, from `data.sha256`",
        fix="restore the files, or, where the change is intended, set `data.sha256` to the digest found",
    )


def wrap_data(data: object, classes: Sequence[str], name: str, modality: str, multi_label: bool = False) -> Rows:
    """The evaluation set around data in memory: a Dataset, arrays or tensors (x, y), or a DataLoader (its dataset)."""
    return Rows(as_source(data, len(classes)), classes, name, modality, multi_label=multi_label)


def as_source(data: Any, classes: int) -> Any:
    """The items of what a factory or a notebook gave: something with `source[i]` and `len(source)`, or a stream."""
    if isinstance(data, DataLoader):
        _check_loader(data)
        return as_source(data.dataset, classes)
    if isinstance(data, Tensor | np.ndarray):
        return array_rows({"x": data}, "the data set", classes)
    pair = isinstance(data, tuple) and len(data) == 2 and isinstance(data[0], Tensor | np.ndarray)
    if pair and (data[1] is None or isinstance(data[1], Tensor | np.ndarray | list | tuple)):
        return array_rows({"x": data[0], "y": data[1]}, "the data set", classes)
    indexed = hasattr(data, "__getitem__") and hasattr(data, "__len__")
    refused = isinstance(data, str | bytes | Path | Mapping | nn.Module | type) or type(data).__module__.startswith("pandas.")
    if not refused and (indexed or is_stream(data)):
        return data
    raise AuditError(
        "The data are not an evaluation set.",
        found="None" if data is None else f"an object of type {type(data).__module__}.{type(data).__qualname__}",
        expected="a torch.utils.data.Dataset with __len__ and __getitem__, an iterable dataset, or arrays (x, y)",
        fix=_source_fix(data),
    )


def _source_fix(data: object) -> str:
    if data is None:
        return "the factory returns nothing: end it with `return dataset`"
    if isinstance(data, type):
        return f"return an instance, `{data.__name__}(...)`, not the class"
    if type(data).__module__.startswith("pandas."):
        return "convert the table: (table[columns].to_numpy('float32'), table[label].to_numpy())"
    if hasattr(data, "__getitem__") and not isinstance(data, Mapping | str | bytes):
        return "define __len__ on the dataset"
    return "return a torch.utils.data.Dataset, or a tuple (x, y) of arrays"


def _check_loader(loader: DataLoader[Any]) -> None:
    """A loader stands for its dataset only when it neither picks nor rebuilds the items."""
    sampler = loader.sampler
    picks = not isinstance(sampler, SequentialSampler | RandomSampler) or bool(getattr(sampler, "replacement", False))
    picks = picks or type(loader.batch_sampler) not in (BatchSampler, type(None))
    rebuilds = loader.batch_size is not None and loader.collate_fn is not default_collate
    if is_stream(loader.dataset):
        picks = False
    if picks or rebuilds:
        raise AuditError(
            "The DataLoader gives other items than its dataset.",
            found="a sampler of its own" if picks else "a collate function of its own",
            expected="a loader over a whole dataset, whose items are used as they are",
            fix="give the dataset: torch.utils.data.Subset for a part of it, with the conversion done in __getitem__",
        )
