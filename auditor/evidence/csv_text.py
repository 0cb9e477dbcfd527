"""Tables as CSV that any spreadsheet opens, and none takes for a program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file, UTF-8, newline-separated; a gap is an empty cell.

    A text that a spreadsheet would take for a formula begins with an apostrophe; numbers stay as they are.
    """
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow([_plain(name) for name in columns])
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return sink.getvalue().encode("utf-8", "backslashreplace")


def _plain(cell: object) -> object:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")  # a bare carriage return would not be quoted, and end the row
    return f"'{text}" if cell.startswith(_FORMULA) else text
