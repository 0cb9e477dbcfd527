"""Corruptions of rows of a table, {column: number, category or None}; what they need of the whole table is in `Columns`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.inputs.corruptions.draw import Draw

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Columns:
    """Facts of all usable rows.

    Attributes:
        typical: column -> what stands for no value: None where the preprocessing imputes, else the mean or commonest category.
        spread: numeric column -> standard deviation over the rows that have a value.
        others: how many other rows there are.
        other: (key of this row, i) -> the i-th other row in an order that does not depend on the file's.
    """

    typical: Mapping[str, Any]
    spread: Mapping[str, float]
    others: int
    other: Callable[[int, int], Row]


def missing(row: Row, amount: float, draw: Draw, columns: Columns) -> Row:
    """A share `amount` of the columns, at least one, loses its value."""
    names = list(row)
    return {**row, **{names[i]: columns.typical[names[i]] for i in draw.chosen(amount, len(names))}}


def noise(row: Row, amount: float, draw: Draw, columns: Columns) -> Row:
    """Every number v becomes v + N(0, (amount · s)²), s the column's standard deviation; missing values stay missing."""
    drawn = zip(columns.spread.items(), draw.normal(len(columns.spread)).tolist(), strict=True)
    return {**row, **{name: row[name] + amount * s * z for (name, s), z in drawn if row[name] is not None}}


def swap(row: Row, amount: float, draw: Draw, columns: Columns) -> Row:
    """A share `amount` of the columns, at least one, takes the value of another row, drawn anew for each column."""
    names, which = list(row), draw.uniform("row", len(row))
    key = int(draw.key)
    return {
        **row,
        **{names[i]: columns.other(key, int(which[i] * columns.others))[names[i]] for i in draw.chosen(amount, len(names))},
    }


CORRUPTIONS = {"missing": missing, "noise": noise, "swap": swap}
