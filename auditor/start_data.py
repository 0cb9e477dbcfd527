"""What a path, or `module:function`, to data most likely is: the lines under `data:` of a first plan, and why."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from auditor.errors import AuditError
from auditor.inputs.arrays import read_arrays
from auditor.inputs.table_files import CSV, PARQUET, Columns, as_text, likely_encoding
from auditor.inputs.text_files import TEXT_FILES, text_columns
from auditor.plan.text_fields import MISSING, TextPlan

IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
LABELS = ("label", "labels", "target", "class", "y", "outcome", "category")
IDS = ("id", "uuid", "sample_id", "row_id", "filename", "file_id")
MOST_CATEGORIES, MOST_CLASSES = 50, 1000
_FACTORY = re.compile(r"[^\s:]+:[A-Za-z_]\w*")


@dataclass
class DataGuess:
    """Lines under `data:` without its name.

    Attributes:
        plan: key -> value.
        labels: the labels' texts in the data, sorted; () where not seen before the data are opened.
        why: one sentence per guess.
    """

    plan: dict[str, Any]
    labels: tuple[str, ...] = ()
    why: list[str] = field(default_factory=list)


def is_factory(text: str) -> bool:
    """Whether a text names a function, as `package.module:function` or `file.py:function`."""
    return bool(_FACTORY.fullmatch(text)) and not Path(text).exists()


def existing(text: str, missing: str, expected: str) -> Path:
    """The path a text names; `missing` is said where nothing is there."""
    if Path(text).exists():
        return Path(text)
    fix = "check the path; a function is written package.module:function or file.py:function"
    raise AuditError(missing, found=text, expected=expected, fix=fix)


def guess_data(text: str, written: str, label: str | None = None, modality: str | None = None) -> DataGuess:
    """The most likely reading of the data.

    Args:
        text: a path from here, or `module:function`.
        written: the same as it stands in the plan, relative to the plan's folder.
        label: column of the labels, where the user says it.
        modality: image, tabular, text or series, where the user says it.

    Raises:
        AuditError: nothing there, or nothing that can be read.
    """
    if is_factory(text):
        return DataGuess({"factory": written, "modality": modality or "tabular"}, why=["the data come from a function"])
    path = existing(text, "There are no data at this place.", "a file, a folder, or module:function")
    if path.is_dir():
        guess = _folder(path)
    elif path.suffix.lower() in (".npz", ".npy"):
        guess = _arrays(path)
    elif path.suffix.lower() in (*CSV, *PARQUET, *TEXT_FILES):
        guess = _table(path, label, modality)
    else:
        raise AuditError(
            f"`{path.name}` is no kind of data that can be read.",
            found=path.suffix or "no ending",
            expected=".csv, .tsv, .parquet, .jsonl, .npz, .npy, or a folder with one sub-folder per class",
            fix="convert it, or return a torch.utils.data.Dataset from a function: file.py:function",
        )
    guess.plan = {"path": written, **guess.plan, **({"modality": modality} if modality else {})}
    return guess


def _folder(path: Path) -> DataGuess:
    folders = sorted(entry.name for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    listing = next((file for file in sorted(path.iterdir()) if file.suffix.lower() in (*CSV, *PARQUET, *TEXT_FILES)), None)
    endings = Counter(file.suffix.lower() for name in folders for file in (path / name).iterdir() if file.is_file())
    images, texts = sum(endings[suffix] for suffix in IMAGES), endings[".txt"]
    if not images and not texts:
        raise AuditError(
            f"The folder `{path.name}` holds no data that can be told.",
            found=f"{len(folders)} sub-folders, no image and no .txt in them",
            expected="one sub-folder per class, with its images or texts",
            fix="name the folder above the class folders, or the table that lists the files"
            + (f": {path / listing.name}" if listing else ""),
        )
    kind = "image" if images >= texts else "text"
    guess = DataGuess({"modality": kind}, tuple(folders), [f"{len(folders)} class folders with {max(images, texts):,} {kind}s"])
    if kind == "image":
        _sizes([file for name in folders for file in sorted((path / name).iterdir())], guess)
    return guess


def _sizes(files: Sequence[Path], guess: DataGuess) -> None:
    """Pictures of different sizes are brought to the size most networks were trained with."""
    sizes = set()
    for file in [file for file in files if file.suffix.lower() in IMAGES][:50]:
        with contextlib.suppress(OSError, Image.DecompressionBombError), Image.open(file) as picture:
            sizes.add(picture.size)
    if len(sizes) > 1:
        guess.plan["image"] = {"resize": 256, "crop": 224}
        guess.why.append("pictures of different sizes: the shorter edge resized to 256, 224 × 224 cropped from the centre")


def _arrays(path: Path) -> DataGuess:
    arrays = read_arrays(path, None)
    shape = arrays["x"].shape
    kind = {2: "tabular", 3: "series", 4: "image"}.get(len(shape), "tabular")
    if len(shape) == 3 and shape[1] == shape[2]:
        kind = "image"
    said = arrays.get("y")
    labels = tuple(str(value) for value in np.unique(np.asarray(said))) if said is not None and np.ndim(said) == 1 else ()
    return DataGuess({"modality": kind}, labels, [f"arrays of shape {list(shape)}: taken for {kind} data"])


def _table(path: Path, label: str | None, modality: str | None) -> DataGuess:
    columns, delimiter, encoding = _columns(path)
    texts = {name: [as_text(cell, MISSING) for cell in cells] for name, cells in columns.items()}
    said = label or _label_column(texts)
    if label is not None and label not in columns:
        raise AuditError(f"`{path.name}` has no column `{label}`.", found=", ".join(columns), fix="name the label's column")
    labels = _sorted_labels({text for text in texts.get(said or "", ()) if text is not None})
    why = [f"the column `{said}` is taken for the label ({len(labels)} values)"] if said else ["no column looks like a label"]
    own = next((name for name in columns if name.casefold() in IDS and len(set(texts[name])) == len(texts[name])), None)
    rest = [name for name in columns if name not in (said, own)]
    roles = {key: value for key, value in (("label", said), ("id", own)) if value}
    roles |= {"delimiter": delimiter} if delimiter != "," else {}
    if encoding != "utf-8":
        roles["encoding"] = encoding
        why.append(f"the file is not UTF-8: read as {encoding}")
    pictures = next((name for name in rest if _share(texts[name], lambda t: t.lower().endswith(IMAGES)) > 0.9), None)
    if pictures and modality in (None, "image"):
        why.append(f"the column `{pictures}` lists image files")
        guess = DataGuess({"modality": "image", "table": roles}, labels, why)
        _sizes([path.parent / name for name in texts[pictures] if name], guess)
        guess.plan["image"] = {"column": pictures, **guess.plan.get("image", {})}
        return guess
    written = next((name for name in rest if _share(texts[name], lambda t: len(t) > 25 and " " in t) > 0.5), None)
    if (written and modality is None) or modality == "text" or path.suffix.lower() == ".jsonl":
        column = written or (rest[0] if rest else "text")
        why.append(f"the column `{column}` holds texts")
        others = [name for name in rest if name != column]
        plan = {"column": column, **roles, **({"ignored": others} if others else {})}
        return DataGuess({"modality": "text", "text": plan}, labels, why)
    table = {**_inputs(texts, rest, why), **roles}
    return DataGuess({"modality": "tabular", "table": table}, labels, why)


def _columns(path: Path) -> tuple[Columns, str, str]:
    delimiter, encoding = "\t" if path.suffix.lower() == ".tsv" else ",", "utf-8"
    if path.suffix.lower() not in PARQUET:
        encoding = likely_encoding(path.read_bytes())
    if path.suffix.lower() in CSV:
        with path.open(encoding=encoding, errors="replace") as file:
            first = file.readline()
        delimiter = max(",;\t|", key=first.count)
    columns = text_columns(path, TextPlan(delimiter=delimiter, encoding=encoding))
    if not columns or not len(next(iter(columns.values()))):
        raise AuditError(f"`{path.name}` holds no rows.", found="nothing below the names", fix="check the file")
    return columns, delimiter, encoding


def _label_column(texts: dict[str, list[str | None]]) -> str | None:
    named = next((name for name in texts if name.casefold() in LABELS), None)
    last = list(texts)[-1]
    few = 2 <= len(set(texts[last]) - {None}) <= min(20, max(2, len(texts[last]) // 4))
    return named or (last if few else None)


def _share(cells: Sequence[str | None], test: Any) -> float:
    known = [cell for cell in cells if cell is not None]
    return sum(bool(test(cell)) for cell in known) / max(1, len(known))


def _sorted_labels(found: set[str]) -> tuple[str, ...]:
    numbers = all(re.fullmatch(r"-?\d{1,9}", text) for text in found)
    return tuple(sorted(found, key=int) if numbers else sorted(found)) if len(found) <= MOST_CLASSES else ()


def _inputs(texts: dict[str, list[str | None]], rest: Sequence[str], why: list[str]) -> dict[str, Any]:
    numeric, categorical, ignored = [], {}, []
    for name in rest:
        values = {text for text in texts[name] if text is not None}
        if values and all(_is_number(text) for text in values):
            numeric.append(name)
        elif 0 < len(values) <= MOST_CATEGORIES:
            categorical[name] = sorted(values)
        else:
            ignored.append(name)
    why.append(f"{len(numeric)} numeric, {len(categorical)} categorical columns, categories in alphabetical order")
    if ignored:
        why.append(f"ignored, having more than {MOST_CATEGORIES} different texts: {', '.join(ignored[:8])}")
    found = {"numeric": numeric, "categorical": categorical, "ignored": ignored}
    return {key: value for key, value in found.items() if value}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
