"""Annex: the resolved plan, value by value, with the thresholds; whole in the attached plan.json."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditor.report.language.translate import say
from auditor.report.material import Material
from auditor.report.printable import opening, shorten
from auditor.report.view import Cell, TableView, columns, cut

KIND = "Configuration"
TITLE = "With which settings was it run?"
MOST_ROWS = 80
MOST_VALUES, MOST_SIGNS = 12, 250
_ELSEWHERE = ("declared", "gates", "waivers", "report")
"""Parts of the plan that other sections print."""


@dataclass(frozen=True)
class Configuration:
    """The plan."""

    said: str
    thresholds: str
    table: TableView


def context(material: Material) -> Configuration:
    """The annex from the record; values left empty are not listed."""
    plan = {key: value for key, value in material.report.plan.items() if key not in _ELSEWHERE}
    rows: list[tuple[Cell, ...]] = [(shorten(key, 60), opening(value, 300)) for key, value in _leaves(plan)]
    kept, note = cut(rows, MOST_ROWS, "the attached plan.json")
    return Configuration(
        said="The plan as it was resolved, defaults included; settings without a value are left out.",
        thresholds=f"Gates: section {material.sections['design']}; their SHA-256 is {material.report.thresholds_sha256}.",
        table=TableView("Settings", columns("$Setting", "Value"), kept, note),
    )


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(dotted key, value in words) of everything that has a value; a list of plain values is one."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        if any(isinstance(item, dict | list | tuple) for item in value):
            for place, item in enumerate(value, start=1):
                yield from _leaves(item, f"{path}.{place}")
        elif value:
            yield path, _in_full([str(item) for item in value])
    elif value is not None and value != "":
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _in_full(values: list[str]) -> str:
    """'0, 1, … 8 more' as code: values side by side, and how many are left out; the table is not translated as a whole."""
    shown = [one or say("(empty)") for one in values[:MOST_VALUES]]
    while len(shown) > 1 and len(", ".join(shown)) > MOST_SIGNS:
        shown.pop()
    left = len(values) - len(shown)
    return ", ".join([*shown, say(f"… {left:,} more")] if left else shown)
