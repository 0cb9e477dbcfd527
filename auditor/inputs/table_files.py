"""Tables on disk, CSV and Parquet, as columns of plain cells: texts, numbers, or None."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from auditor.errors import AuditError
from auditor.inputs.file_kinds import AGAIN, recognise
from auditor.plan.data_fields import TablePlan

Cell = str | float | int | bool | None
Columns = dict[str, list[Cell]]

CSV, PARQUET = (".csv", ".tsv", ".txt"), (".parquet", ".pq")
_SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def read_columns(path: Path, plan: TablePlan, part: str = "data.table", verbatim: str = "") -> Columns:
    """All columns of a file by name; names and texts without blanks around them.

    Args:
        path: CSV or Parquet.
        plan: delimiter, encoding and ignored columns.
        part: of the plan that states them, for messages.
        verbatim: a column whose texts keep the blanks around them.

    Raises:
        AuditError: not what its name says, damaged, another encoding or delimiter, rows of another length, names twice.
    """
    kind = recognise(path)
    if path.suffix.lower() in PARQUET:
        if kind.name != "parquet":
            raise _not_a_table(path, kind.words, "a Parquet table, as its name says", kind.fix or AGAIN)
        return _parquet(path, plan.ignored, verbatim)
    return _csv(path, plan, part, verbatim)


def as_text(cell: Cell, missing: Sequence[str]) -> str | None:
    """A cell as a text: 1.0 is "1", as tables with gaps store whole numbers as fractions; None where it is missing."""
    if cell is None or (isinstance(cell, str) and cell in missing):
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def decoded(content: bytes, encoding: str) -> str:
    """A file's text; UTF-8 with or without a byte-order mark. Raises LookupError, UnicodeDecodeError."""
    return content.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)


def likely_encoding(content: bytes) -> str:
    """UTF-8 where it is; else UTF-16 by the mark at the beginning, else what Western European spreadsheets write."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
    return "utf-8"


def _not_a_table(path: Path, found: str, expected: str, fix: str) -> AuditError:
    return AuditError(f"`{path.name}` is not a table that can be read.", found=found, expected=expected, fix=fix)


def _text(path: Path, encoding: str, part: str) -> str:
    kind, content = recognise(path), path.read_bytes()
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if kind.name not in ("text", "unknown"):
        raise _not_a_table(path, kind.words, "comma-separated text with a line of column names", kind.fix or AGAIN)
    try:
        text = decoded(content, encoding)
    except (LookupError, ValueError) as problem:
        place = f"byte {problem.start:,} is not {encoding}" if isinstance(problem, UnicodeDecodeError) else str(problem)
        raise AuditError(
            f"`{path.name}` cannot be read in the encoding {encoding!r}.",
            found=place + (", and the file begins as UTF-16 does" if wide else ""),
            expected=f"text in the encoding of `{part}.encoding`",
            fix=f"set `encoding:` under `{part}:`, for example {'utf-16' if wide else 'cp1252'}",
        ) from problem
    if "\0" in text:
        raise _not_a_table(path, "text with NUL characters", "text", f"set `encoding:` under `{part}:`, or {AGAIN}")
    return text


def _csv(path: Path, plan: TablePlan, part: str, verbatim: str) -> Columns:
    delimiter = "\t" if path.suffix.lower() == ".tsv" and plan.delimiter == "," else plan.delimiter
    text = _text(path, plan.encoding, part)
    try:
        header = next((row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row), [])
    except csv.Error as problem:
        raise _not_a_table(path, str(problem), "a line of column names", "check the delimiter and the quotes") from problem
    other = [mark for mark in _SEPARATORS if mark != delimiter and mark in "".join(header)]
    if len(header) == 1 and other:
        raise AuditError(
            f"The columns of `{path.name}` are not separated by {_SEPARATORS.get(delimiter, repr(delimiter))}.",
            found=f"one column, named {header[0][:80]!r}",
            expected="several columns",
            fix=f"set `delimiter: {other[0]!r}` under `{part}:`".replace("'", '"'),
        )
    names = _unique([name.strip() for name in header], path)
    cells = _parsed(path, text, delimiter, names, part)
    return {name: column if name == verbatim else [cell.strip() for cell in column] for name, column in cells.items()}


def _parsed(path: Path, text: str, delimiter: str, names: Sequence[str], part: str) -> dict[str, list[Any]]:
    """The cells below the line of names, column by column."""
    wrong: list[tuple[int, int]] = []

    def refuse(row: arrow_csv.InvalidRow) -> str:
        wrong.append((row.number or 0, row.actual_columns))
        return "skip"

    keys = [f"c{i}" for i in range(len(names))]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(text.encode("utf-8", "replace")),
            arrow_csv.ReadOptions(use_threads=False, column_names=keys, block_size=min(4 * len(text) + 1024, 2**31 - 1)),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(keys, pa.string()), strings_can_be_null=False),
        )
    except (pa.ArrowException, ValueError, OverflowError) as problem:
        reason = (str(problem).splitlines() or [""])[0][:200]
        raise _not_a_table(path, reason, "rows of equal length", "check the delimiter and the quotes") from problem
    if wrong:
        raise AuditError(
            f"Not every row of `{path.name}` has one cell per column.",
            found=f"{wrong[0][1]} cells in row {wrong[0][0] - 1:,} below the column names; {len(wrong):,} in all",
            expected=f"{len(names)} cells, as there are column names",
            fix=f"put cells that hold the delimiter in double quotes, or correct `{part}.delimiter`",
        )
    return {name: table[key].to_pylist()[1:] for name, key in zip(names, keys, strict=True)}


def _unique(names: list[str], path: Path) -> list[str]:
    named = [name or f"(column {place})" for place, name in enumerate(names, 1)]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if not named or twice:
        raise AuditError(
            f"`{path.name}` has columns of the same name." if twice else f"`{path.name}` holds no table.",
            found=", ".join(twice[:5]) or "no line of column names",
            expected="a line of different column names",
            fix="rename one of them" if twice else AGAIN,
        )
    return named


def _parquet(path: Path, ignored: tuple[str, ...], verbatim: str) -> Columns:
    try:
        table = pq.ParquetFile(path).read()  # the file alone: no columns guessed from the names of its folders
        names = _unique([str(name) for name in table.column_names], path)
        return {
            name: _cells(column, "" if name in ignored else name, path, name == verbatim)
            for name, column in zip(names, table.columns, strict=True)
        }
    except AuditError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError) as problem:
        reason = (str(problem).splitlines() or [""])[0][:200]
        raise _not_a_table(path, f"a damaged Parquet file: {reason}", "a complete Parquet table", AGAIN) from problem


def _cells(column: pa.ChunkedArray, name: str, path: Path, verbatim: bool) -> list[Cell]:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not name or pa.types.is_null(kind):
        return [None] * len(column)
    if pa.types.is_nested(kind):
        raise AuditError(
            f"The column `{name}` of `{path.name}` cannot be used.",
            found=f"a column of {kind}",
            expected="numbers or texts",
            fix="take it apart into plain columns, or write the file without it",
        )
    cells = [_cell(value) for value in column.to_pylist()]
    return cells if verbatim else [cell.strip() if isinstance(cell, str) else cell for cell in cells]


def _cell(value: object) -> Cell:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)  # dates and decimals too
