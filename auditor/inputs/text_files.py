"""Where texts come from: a column of a CSV, Parquet or JSON-lines file, or a folder with one sub-folder per class."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from auditor.errors import AuditError, did_you_mean
from auditor.evidence.facts import FileFact
from auditor.inputs.class_names import Labels, class_indices, class_labels
from auditor.inputs.file_kinds import AGAIN, recognise
from auditor.inputs.image_files import listing_fact
from auditor.inputs.table_files import CSV, PARQUET, Cell, Columns, as_text, decoded, read_columns
from auditor.plan.data_fields import TablePlan
from auditor.plan.text_fields import TextPlan

JSON_LINES = (".jsonl", ".ndjson")
TEXT_FILES = (*CSV, *PARQUET, *JSON_LINES)
_PART = "data.text"


class Texts(NamedTuple):
    """Texts of an evaluation set, before any tokenizer.

    Attributes:
        texts: None where there is none.
        problems: why a text could not be read, "" elsewhere.
        labels: index of the class, or indices of several; -1 unknown.
        ids: None where no column holds them: rows are then numbered.
        groups: the columns of the plan's unit and groups, by name.
        notes: for the report.
        listing: one digest for the files of a folder.
    """

    texts: tuple[str | None, ...]
    problems: tuple[str, ...]
    labels: Labels
    ids: tuple[str | None, ...] | None
    groups: Mapping[str, Sequence[str | None]]
    notes: tuple[str, ...] = ()
    listing: FileFact | None = None


def listed_texts(path: Path, plan: TextPlan, classes: Sequence[str], names: Mapping[str, str], extra: Sequence[str]) -> Texts:
    """Texts of a file of rows.

    Args:
        path: CSV, Parquet or JSON lines.
        plan: which columns are what.
        classes, names: `model.classes` and `data.label_names`.
        extra: the plan's unit and groups.

    Raises:
        AuditError: not what its name says, columns missing or of no stated use, labels that are no classes, no rows.
    """
    columns = text_columns(path, plan)
    _check_columns(columns, plan, extra, path.name)
    known = {name: [as_text(cell, plan.missing) for cell in columns[name]] for name in {plan.id, *extra} if name}
    texts = tuple(as_text(cell, ()) for cell in columns[plan.column])
    said = columns[plan.label] if plan.label else [None] * len(texts)
    where = f"The column `{plan.label}` of `{path.name}`"
    return Texts(
        texts=texts,
        problems=("",) * len(texts),
        labels=class_labels(said, plan, classes, names, where),
        ids=tuple(known[plan.id]) if plan.id else None,
        groups={name: known[name] for name in extra},
    )


def folder_texts(folder: Path, plan: TextPlan, classes: Sequence[str], names: Mapping[str, str]) -> Texts:
    """Texts of a folder with one sub-folder of .txt files per class; hidden files are passed over.

    Raises:
        AuditError: no texts, texts beside the class folders, folders that are no classes.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path, folder))
    texts = [path for path in files if path.suffix.lower() == ".txt"]
    loose = [path.name for path in texts if path.parent == folder]
    if loose or not texts:
        held = ", ".join(sorted(entry.name for entry in folder.iterdir())[:3]) or "nothing"
        raise AuditError(
            f"`{folder.name}` is no folder of texts sorted by class.",
            found=f"texts beside the folders: {', '.join(loose[:3])}" if loose else f"no .txt files; it holds {held}",
            expected="one sub-folder per class with .txt files in it",
            fix="move them into class folders, or name a CSV or JSON-lines file that holds the texts",
        )
    every = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    place = dict(zip(every, class_indices(every, classes, names, f"The folder `{folder.name}`", "folder"), strict=True))
    owners = [path.relative_to(folder).parts[0] for path in texts]
    notes = [f"the class folder {name} holds no texts" for name in every if name not in owners]
    notes += [f"{len(files) - len(texts):,} files that are not .txt were left out"] if len(files) > len(texts) else []
    read = [_read(path, plan.encoding) for path in texts]
    ids = tuple(path.relative_to(folder).as_posix() for path in texts)
    listing = listing_fact(folder.name, tuple(texts), ids)
    return Texts(
        texts=tuple(text for text, _ in read),
        problems=tuple(problem for _, problem in read),
        labels=[place[owner] for owner in owners],
        ids=ids,
        groups={},
        notes=tuple(notes),
        listing=listing.model_copy(update={"role": f"{len(texts):,} texts it lists, together"}),
    )


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _read(path: Path, encoding: str) -> tuple[str | None, str]:
    """The text of a file, or None and why it is excluded."""
    try:
        return decoded(path.read_bytes(), encoding), ""
    except OSError:
        return None, "the file cannot be read"
    except UnicodeDecodeError:
        return None, f"the file is no text in {encoding}"
    except LookupError as problem:
        fix = "set `encoding:` under `data.text:`, for example cp1252"
        raise AuditError("There is no such encoding.", found=encoding, expected="a name Python knows", fix=fix) from problem


def text_columns(path: Path, plan: TextPlan) -> Columns:
    """All columns of a table or of JSON lines by name."""
    if path.suffix.lower() in JSON_LINES:
        return _json_lines(path, plan)
    table = TablePlan(ignored=plan.ignored, delimiter=plan.delimiter, encoding=plan.encoding)
    return read_columns(path, table, _PART, plan.column)


def _json_lines(path: Path, plan: TextPlan) -> Columns:
    """Columns of a file with one JSON object per line; a key that a line lacks is None there."""
    kind = recognise(path)
    if kind.name not in ("text", "unknown"):
        raise _not_json(path, kind.words, kind.fix or AGAIN)
    rows: list[dict[str, object]] = []
    try:
        lines = decoded(path.read_bytes(), plan.encoding).split("\n")
    except (LookupError, UnicodeDecodeError) as problem:
        fix = "set `encoding:` under `data.text:`, for example cp1252 or utf-16"
        raise _not_json(path, f"bytes that are not {plan.encoding}: {problem}"[:200], fix) from problem
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as problem:
            fix = "write each object on one line of its own; a file cut short ends in the middle of one"
            raise _not_json(path, f"line {number:,}: {str(problem)[:120]}", fix) from problem
        if not isinstance(row, dict):
            found = f"line {number:,}: {line.strip()[:60]!r}"
            raise _not_json(path, found, 'write objects such as {"text": "…", "label": "…"}, without a list around them')
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [None if name in plan.ignored else _cell(row.get(name), name, plan, path) for row in rows] for name in names}


def _cell(value: object, name: str, plan: TextPlan, path: Path) -> Cell:
    if isinstance(value, str):
        return value if name == plan.column else value.strip()
    if value is None or value != value:  # NaN
        return None
    if isinstance(value, bool | int | float):
        return value
    raise AuditError(
        f"The key `{name}` of `{path.name}` cannot be used.",
        found=f"{str(value)[:60]} of type {'list' if isinstance(value, list) else 'object'}",
        expected="a text or a number",
        fix=f"list `{name}` under `ignored:`, or write several labels as one text, joined by `label_separator`",
    )


def _not_json(path: Path, found: str, fix: str) -> AuditError:
    return AuditError(
        f"`{path.name}` is no file of JSON lines.", found=found, expected="one JSON object per line, in UTF-8", fix=fix
    )


def _check_columns(columns: Columns, plan: TextPlan, extra: Sequence[str], where: str) -> None:
    if not columns or not len(next(iter(columns.values()))):
        raise AuditError(f"`{where}` holds no rows.", found="no texts", expected="one row per text", fix="check the file")
    stated = [plan.column, *(name for name in (plan.label, plan.id) if name), *plan.ignored]
    absent = [name for name in (*stated, *extra) if name not in columns]
    if absent:
        raise AuditError(
            f"`{where}` lacks columns that the plan names.",
            found="no " + ", ".join(f"`{name}`" for name in absent[:8]) + "; it has " + ", ".join(list(columns)[:8]),
            expected=f"the columns of {_PART if absent[0] in stated else 'the plan'}",
            fix=f"`{absent[0]}`: {did_you_mean(absent[0], columns)}",
        )
    left = [name for name in columns if name not in (*stated, *extra)]
    if left:
        listed = ", ".join(json.dumps(name, ensure_ascii=False) for name in left[:40])
        raise AuditError(
            f"The plan does not say what {'one column' if len(left) == 1 else f'{len(left)} columns'} of `{where}` are.",
            found=listed,
            expected=f"each column as column, label, id or ignored of `{_PART}`, or as the plan's unit or group",
            fix=f"`ignored: [{listed}]` under `data.text:`; the model reads one text a row",
        )
