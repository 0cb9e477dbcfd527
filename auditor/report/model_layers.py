"""The layers of the model as printed tables: what they are, and what they return over the selected cases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from auditor.evidence.facts import LayerFacts, ModelFacts
from auditor.evidence.model_summary import COUNTED, output_of
from auditor.evidence.results import Table
from auditor.report.numbers import count, decimal, percent
from auditor.report.printable import shorten
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import sentence

MOST = 16
"""Lines of a table; a longer one is folded by blocks of the model, or cut."""
_NAME, _TYPE = 60, 30


def layer_view(model: ModelFacts) -> TableView | None:
    """Layers in the order of their calls with their totals, in blocks where there are many; None where none can be seen."""
    if not model.layer_table:
        rows: list[tuple[Cell, ...]] = [
            (shorten(layer_name(name), 60) or "(root)", shorten(kind, 40), count(parameters))
            for name, kind, parameters in model.layers
        ]
        shown, note = cut(rows, MOST)
        view = TableView("Modules that own parameters", columns("Name", "Type", "#Parameters"), shown, note)
        return view if rows else None
    blocks = folded(model.layer_table, MOST)
    lines = [_line(name, block) for name, block in blocks]
    shown, note = cut(lines, MOST, "the attached report.json and in model.json")
    layers = "1 layer" if len(model.layer_table) == 1 else f"{len(model.layer_table):,} layers"
    total = ("Total", layers, "", count(model.parameters), _times(model.multiply_adds))
    names = columns("Layer", "Type", "Output", "#Parameters", "#Multiply-adds")
    whole = len(blocks) == len(model.layer_table)
    notes = [
        "" if whole else "Layers are joined by blocks of the model; model.json and the attached report.json have each.",
        note,
        sentence(f"Not complete: {model.layer_note}") if model.layer_note else "",
        COUNTED,
        "“(+2)”: a layer returns two more tensors." if any(" (+2)" in str(line[2]) for line in lines) else "",
    ]
    return TableView("Layers, in the order of their calls", names, (*shown, total), " ".join(filter(None, notes)))


def layer_name(name: str) -> str:
    """A layer's name for print; in an ensemble 'members.0.module.conv' is 'member 1, layer conv'."""
    found = _MEMBER.fullmatch(name)
    if found is None:
        return name
    return f"member {int(found[1]) + 1}" + (f", layer {found[2]}" if found[2] else "")


_MEMBER = re.compile(r"members\.(\d+)(?:\.module)?(?:\.(.+))?")


def folded(layers: Sequence[LayerFacts], most: int) -> list[tuple[str, tuple[LayerFacts, ...]]]:
    """(name, layers) of each block, at the finest depth of names that gives at most `most` blocks, else at the coarsest."""
    deepest = max(layer.name.count(".") + 1 for layer in layers)
    blocks: dict[str, list[LayerFacts]] = {}
    for depth in range(deepest, 0, -1):
        blocks = {}
        for layer in layers:
            blocks.setdefault(".".join(layer.name.split(".")[:depth]), []).append(layer)
        if len(blocks) <= most:
            break
    return [(block[0].name if len(block) == 1 else name, tuple(block)) for name, block in blocks.items()]


def _line(name: str, block: tuple[LayerFacts, ...]) -> tuple[Cell, ...]:
    kinds: Counter[str] = Counter()  # weighed by work, then by size: dropout is nobody's main part
    for layer in block:
        kinds[layer.type] += (layer.multiply_adds or 0) * 10**6 + layer.parameters
    one = len(block) == 1
    times = f" ({block[0].calls} calls)" if one and (block[0].calls or 0) > 1 else ""
    called = [layer for layer in block if layer.calls] or list(block)
    last = next((layer for layer in called if layer.name == name), called[-1])  # a block that is a layer returns what that does
    parameters, shared = sum(layer.parameters for layer in block), sum(layer.shared for layer in block)
    unknown = any(layer.multiply_adds is None and layer.calls != 0 for layer in block) or not any(b.calls for b in block)
    return (
        shorten(layer_name(name), _NAME) + times,
        ("" if one else f"{len(block)} layers, mainly ") + shorten(max(kinds, key=kinds.__getitem__), _TYPE),
        output_of(last).replace(" × ", "\u00a0×\u00a0"),
        count(parameters) + (f" (+{shared:,} shared)" if shared else ""),
        _times(None if unknown else sum(layer.multiply_adds or 0 for layer in block)),
    )


def _times(multiply_adds: int | None) -> str:
    return "–" if multiply_adds is None else count(multiply_adds)


class Returned(NamedTuple):
    """One row of the result `layer_activations`; None where it could not be said."""

    layer: str
    call: int
    units: int | None
    always_zero: int | None
    constant: int | None
    zeros: float
    mean: float | None
    sd: float | None

    @property
    def still(self) -> int:
        """Units that return the same value on every case."""
        return (self.always_zero or 0) + (self.constant or 0)

    @property
    def share(self) -> float:
        """Of its units, those that are still."""
        return self.still / self.units if self.units else 0.0


def _returned(found: Table) -> list[Returned]:
    place = [found.columns.index(name) for name in Returned._fields]
    rows: list[Any] = [[row[at] for at in place] for row in found.rows]
    return [Returned(*row) for row in rows]


def activation_view(found: Table) -> TableView:
    """Activations by layer; of many layers those with the largest share of still units, in the order of the calls."""
    rows = _returned(found)
    order = sorted(range(len(rows)), key=lambda place: (-rows[place].share, place))[:MOST]
    shown: list[tuple[Cell, ...]] = [
        (
            shorten(layer_name(row.layer), _NAME) + (f" (call {row.call})" if row.call != 1 else ""),
            *("–" if value is None else count(value) for value in (row.units, row.always_zero, row.constant)),
            f"{percent(row.zeros)}\u00a0%",
            *("–" if value is None else decimal(value) for value in (row.mean, row.sd)),
        )
        for row in (rows[place] for place in sorted(order))
    ]
    left = len(rows) - len(shown)
    cut_note = f"{left:,} more rows in the attached report.json; these have the largest share of units that stay the same."
    notes = [cut_note if left else "", *(shorten(sentence(note), 300) for note in found.notes)]
    caption = f"What layers return on the {count(found.samples.rows)} selected cases"
    names = columns("Layer", "#Units", "#Always zero", "#Constant", "#Zeros", "#Mean", "#Spread")
    return TableView(caption, names, tuple(shown), " ".join(filter(None, notes)))


def most_still(found: Table) -> str:
    """The layer with the largest share of units that stay the same, in words."""
    worst = max(_returned(found), key=lambda row: row.share)
    cases = count(found.samples.rows)
    if not worst.still:
        return f"No unit returned the same value on all {cases} cases."
    name = shorten(layer_name(worst.layer), _NAME)
    where = name if _MEMBER.fullmatch(worst.layer) else f"layer {name}"
    some = f"{count(worst.still)} of {count(worst.units or 0)} units of {where}"
    return f"{some} returned the same value on all {cases} cases, the largest share of any layer."
