"""Small pieces that several sections show: tables and declared statements."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.words import Status

Cell = str | Status


@dataclass(frozen=True)
class Column:
    """A column of a printed table."""

    name: str
    number: bool = False
    """Right aligned, with figures of equal width."""
    code: bool = False
    """In the fixed-width font."""

    @property
    def style(self) -> str:
        """Style class of its cells."""
        return "n" if self.number else "code" if self.code else ""


@dataclass(frozen=True)
class TableView:
    """A table ready for print; the first cell of each row is its header."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    """Under the table: what was cut, how intervals were made."""

    @property
    def style(self) -> str:
        """'short' for a table that is kept on one page, 'few' for one with room for whole figures in a line."""
        fits = len(self.rows) <= 6 and sum(len(cell) for row in self.rows for cell in row if isinstance(cell, str)) < 2500
        return ("short" if fits else "long") + (" few" if len(self.columns) <= 4 else "")


@dataclass(frozen=True)
class Statement:
    """Something a person declared. The tool prints it; it does not check it."""

    topic: str
    """'Intended purpose'."""
    text: str
    by: str
    """'product owner (A. Example), 2026-11-01'."""


def columns(*names: str) -> tuple[Column, ...]:
    """Columns from short marks: 'Class', '#Rows' (number), '$SHA-256' (code)."""
    return tuple(Column(name.lstrip("#$"), number=name.startswith("#"), code=name.startswith("$")) for name in names)


def cut(
    rows: list[tuple[Cell, ...]], most: int, where: str = "the attached report.json"
) -> tuple[tuple[tuple[Cell, ...], ...], str]:
    """The first `most` rows, and the note that says how many more there are and where."""
    left = len(rows) - most
    if left == 1:
        return tuple(rows[:most]), f"One more row in {where}."
    return tuple(rows[:most]), f"{left:,} more rows in {where}." if left > 0 else ""
