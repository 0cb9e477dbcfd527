"""Widths of a printed table's columns, worked out from its texts, so that laying out need not measure every cell twice.

Each column is wide enough for its longest word. By the rule of CSS what is left is shared by how far the columns' widest cells
are from fitting in one line; other ways of sharing it are taken where they make the table lower. A table that cannot be held to
its widths has none, and is measured while laid out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from auditor.report.gates import GateRow
from auditor.report.language.translate import say
from auditor.report.pdf_text_width import Needs, Setting
from auditor.report.shown import Shown
from auditor.report.templates import has_long_word
from auditor.report.view import Cell, Column, TableView

_MM = 72 / 25.4
_PAGE = {"A4": 174 * _MM, "Letter": 179.9 * _MM}
"""Points between the margins."""
_HALF = 6 * _MM
"""Between the two halves of a pair."""
_RIGHT, _LEFT = 2.4 * _MM, 3 * _MM
"""Space behind a cell, and before one that follows a number."""
_TEXT, _FRONT, _SMALL = 9.5, 9.0, 8.0
"""Sizes: of text, on page one, of small print."""
_SET = frozenset({"facts", "gaps", "clauses", "flows", "methods"})
"""Tables whose columns have widths in the style sheet."""
_NOWRAP = frozenset({"overall", "cases"})


@dataclass(frozen=True)
class Laid:
    """How a table is laid out."""

    shares: tuple[str, ...] = ()
    """Of its columns, in per cent; () for a table that is measured while laid out."""
    in_a_line: frozenset[tuple[int, str]] = frozenset()
    """Columns and texts of the cells that need no break."""


@dataclass(frozen=True)
class _Column:
    name: str
    cells: Sequence[Needs]
    number: bool = False
    room: float = 0.0
    """A least width of its own."""


@dataclass(frozen=True)
class Widths:
    """Widths of the columns of one document's tables."""

    paper: str
    chinese: bool
    """Columns keep room for a word of two signs."""

    def __call__(self, view: TableView, style: str) -> Laid:
        """Of a table; `style`: classes of it that the template gives."""
        classes = frozenset(f"{view.style} {style}".split())
        if classes & _SET or not view.rows:
            return Laid()
        columns = [
            _Column(
                column.name,
                [_cell(row[place], column, classes, place == 0) for row in view.rows],
                column.number,
                self._room(classes, place == 0, column.number),
            )
            for place, column in enumerate(view.columns)
        ]
        return self._laid(columns, "half" in classes, view.rows)

    def gates(self, rows: tuple[GateRow, ...], steps: bool) -> Laid:
        """Of the table of gates; `steps`: with the next step below each, which is not so on page one."""
        size = _TEXT if steps else _FRONT
        text, strong, small = Setting(size), Setting(size, bold=True), Setting(_SMALL)
        below = [small.text(row.next_step, loose=True) for row in rows if steps and row.next_step]
        return self._laid(
            [
                _Column(say("Status"), [strong.whole(f"{row.status.sign} {row.status.word}") for row in rows]),
                _Column(say("Gate"), [*(text.text(row.name, loose=True) for row in rows), *below]),
                _Column(say("Result (95 % interval)"), [text.text(row.result) for row in rows], number=True),
                _Column(say("Bound"), [text.text(row.bound) for row in rows], number=True),
            ]
        )

    def figures(self, rows: tuple[tuple[Shown, str], ...]) -> Laid:
        """Of the table of figures over all rows."""
        text, strong = Setting(_TEXT), Setting(_TEXT, bold=True)
        given = [one for one, _ in rows if not one.reason]
        reasons = [(0.0, text.width(one.reason) - 5 * _TEXT) for one, _ in rows if one.reason]  # they span two columns more
        return self._laid(
            [
                _Column(say("Figure"), [text.text(one.name) for one, _ in rows]),
                _Column(say("Value"), [strong.whole(one.value) for one in given], number=True),
                _Column(
                    say("95 % interval"), [text.whole(one.interval or say("none (see below)")) for one in given], number=True
                ),
                _Column(say("n"), [text.whole(one.n) for one in given], number=True),
                _Column(say("Reading"), [*(text.text(reading) for _, reading in rows), *reasons]),
            ]
        )

    def _room(self, classes: frozenset[str], first: bool, number: bool) -> float:
        if not self.chinese:
            return 0.0
        size = _SMALL if "dense" in classes else _TEXT
        if "compared" in classes and (first or number):
            return (9.5 if first else 4.8) * size
        return 3.4 * (size if first else _SMALL)

    def _laid(self, columns: Sequence[_Column], half: bool = False, rows: tuple[tuple[Cell, ...], ...] = ()) -> Laid:
        spaces = [
            (_LEFT if place and columns[place - 1].number else 0) + (_RIGHT if place + 1 < len(columns) else 0)
            for place in range(len(columns))
        ]
        page = _PAGE[self.paper]
        whole = (page - _HALF) / 2 if half else page
        widths = _chosen(columns, spaces, whole)
        lines = frozenset(
            (place, text)
            for place, (width, space) in enumerate(zip(widths, spaces, strict=False))
            for (_, full), row in zip(columns[place].cells, rows, strict=False)
            if full + space <= width and isinstance(text := row[place], str)
        )
        return Laid(tuple(f"{100 * width / whole:.3f}" for width in widths), lines)


def _cell(value: Cell, column: Column, classes: frozenset[str], head: bool) -> Needs:
    """What a cell needs, as the macro `cell` writes it; `head`: the first of its row."""
    size = _SMALL if "dense" in classes else _TEXT
    if not isinstance(value, str):
        return Setting(size, bold=True).whole(f"{value.sign} {value.word}")
    number = column.number and not head
    if number and (classes & _NOWRAP or ("few" in classes and "half" not in classes)):
        return Setting(size).whole(value)
    code = column.code and not head
    setting = Setting(0.95 * _TEXT if code and size == _TEXT else size, mono=code)
    return setting.text(value, loose=has_long_word(value))


def _chosen(columns: Sequence[_Column], spaces: Sequence[float], whole: float) -> list[float]:
    """Widths of columns that make the table lowest; [] where they do not fit into `whole`.

    Tried are the rule of CSS, the same where heads may break, and one column that gives up all that is missing.
    """
    with_heads, cells = ([_needs(*one, heads) for one in zip(columns, spaces, strict=True)] for heads in (True, False))
    first = _shared(with_heads, whole)
    if not first or sum(full for _, full in with_heads) <= whole:
        return first
    missing = sum(full for _, full in cells) - whole
    alone = [
        [full - missing if place == other else full for other, (_, full) in enumerate(cells)]
        for place, (least, full) in enumerate(cells)
        if 0 < missing <= full - least
    ]
    return min((first, _shared(cells, whole), *alone), key=lambda widths: _lines(columns, spaces, widths))


def _lines(columns: Sequence[_Column], spaces: Sequence[float], widths: Sequence[float]) -> int:
    """About how many lines the rows of a table take."""
    high = [
        [math.ceil(full / (width - space) - 1e-9) for _, full in column.cells]
        for column, space, width in zip(columns, spaces, widths, strict=True)
    ]
    return sum(max(row) for row in zip_longest(*high, fillvalue=1))


def _needs(column: _Column, space: float, head_whole: bool = True) -> Needs:
    """Least width of a column, and the one at which nothing in it breaks; `head_whole`: not even its head."""
    head = Setting(_SMALL, bold=True).text(column.name, loose=has_long_word(column.name))
    least = max(column.room, head[0], *(low for low, _ in column.cells)) + space
    return least, max([least, *(full + space for _, full in (*((head,) if head_whole else ()), *column.cells))])


def _shared(needs: Sequence[Needs], whole: float) -> list[float]:
    """Widths of columns by the rule of CSS's automatic tables; [] where they do not fit into `whole`."""
    least, full = (sum(both) for both in zip(*needs, strict=True))
    if least > whole:
        return []
    if full <= whole:
        return [high * whole / full for _, high in needs]
    return [low + (high - low) * (whole - least) / (full - least) for low, high in needs]
