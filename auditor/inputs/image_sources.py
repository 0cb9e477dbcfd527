"""Where images come from: a folder with one sub-folder per class, or a table that lists files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from auditor.errors import AuditError, did_you_mean
from auditor.inputs.class_names import class_indices, class_labels
from auditor.inputs.encoding import Encoding
from auditor.inputs.image_files import listing_fact, read_folder
from auditor.inputs.images import ImageRows
from auditor.inputs.table_files import Columns, as_text
from auditor.plan.data_fields import ImagePlan, TablePlan


def folder_rows(folder: Path, plan: ImagePlan, classes: Sequence[str], names: Mapping[str, str]) -> ImageRows:
    """Rows of a folder with one sub-folder per class."""
    found = read_folder(folder)
    every = sorted({*found.folders, *found.empty})
    place = dict(zip(every, class_indices(every, classes, names, f"The folder `{folder.name}`", "folder"), strict=True))
    notes = [f"the class folder {name} holds no images" for name in found.empty]
    absent = [name for index, name in enumerate(classes) if index not in place.values()]
    notes += [f"no folder for the class {name}" for name in absent[:10]]
    notes += [f"and for {len(absent) - 10} more classes"] if len(absent) > 10 else []
    if found.others:
        count = len(found.others)
        notes.append(f"{count:,} {'file' if count == 1 else 'files'} left out: no image by the ending")
    listing = listing_fact(folder.name, found.paths, found.ids)
    labels = [place[name] for name in found.folders]
    return ImageRows(found.paths, labels, {"id": found.ids}, plan, classes, Encoding(notes=tuple(notes), listing=listing))


def listed_rows(
    columns: Columns,
    csv: Path,
    plans: tuple[ImagePlan, TablePlan],
    classes: Sequence[str],
    names: Mapping[str, str],
    extra: Sequence[str],
) -> ImageRows:
    """Rows of a CSV or Parquet file that lists image files, relative to itself."""
    image, table = plans
    wanted = [image.column, *(name for name in (table.label, table.id) if name), *extra]
    absent = [name for name in wanted if name not in columns]
    if absent or not columns[image.column]:
        raise AuditError(
            f"`{csv.name}` lacks columns that the plan names." if absent else f"`{csv.name}` lists no images.",
            found="no " + ", ".join(f"`{name}`" for name in absent) if absent else "only column names",
            expected="`data.image.column` (the files), `data.table.label`, and what else the plan names",
            fix=f"`{absent[0]}`: {did_you_mean(absent[0], columns)}" if absent else "check the file",
        )
    texts = {name: [as_text(cell, table.missing) for cell in columns[name]] for name in wanted}
    files = texts[image.column]
    paths = tuple(csv.parent / (name or "") for name in files)
    known = [(path, name) for path, name in zip(paths, files, strict=True) if name and path.is_file()]
    listing = listing_fact(csv.name, tuple(path for path, _ in known), tuple(name for _, name in known)) if known else None
    said = columns[table.label] if table.label else [None] * len(files)
    labels = class_labels(said, table, classes, names, f"The column `{table.label}` of `{csv.name}`")
    about: dict[str, Any] = {name: texts[name] for name in extra}
    first = {name: row for row, name in reversed(list(enumerate(files)))}
    own = [name or f"row {row + 1}" for row, name in enumerate(files)]
    again = [bool(name) and first[name] != row for row, name in enumerate(files)]  # listed twice: a sample of its own, counted
    numbered = [f"{name} (row {row + 1})" if twice else name for row, (name, twice) in enumerate(zip(own, again, strict=True))]
    about["id"] = texts[table.id] if table.id else numbered
    return ImageRows(paths, labels, about, image, classes, Encoding(listing=listing))
