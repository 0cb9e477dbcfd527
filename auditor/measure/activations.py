"""What each layer of the model returns over the selected cases: units that never act, share of zeros, mean and spread."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.evidence.facts import ModelFacts
from auditor.evidence.results import Result, Samples, Table
from auditor.measure._results import gaps, tidy
from auditor.measure._study import Study

NAMES = ("layer_activations",)
READS = ("activations",)
COLUMNS = ("layer", "call", "units", "always_zero", "constant", "zeros", "mean", "sd")


@dataclass
class _Layer:
    """Sums of one layer over the groups read so far; `low` and `high` [units], empty where groups differ in their units."""

    rows: int = 0
    values: int = 0
    zeros: int = 0
    mean: float = 0.0
    squares: float = 0.0
    low: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    high: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))

    def add(self, row: dict[str, Any], low: np.ndarray, high: np.ndarray) -> None:
        """Join a group; sums of squares about the mean as Chan, Golub & LeVeque, 1979. One without a mean makes it NaN."""
        mean, squares = (math.nan if row[name] is None else row[name] for name in ("mean", "squares"))
        total, step = self.values + row["values"], mean - self.mean
        self.squares += squares + step * step * self.values * row["values"] / total
        self.mean += step * row["values"] / total
        if not self.values:
            self.low, self.high = low, high
        elif len(low) == len(self.low):
            self.low, self.high = np.minimum(self.low, low), np.maximum(self.high, high)
        else:
            self.low = self.high = np.empty(0, np.float32)
        self.values, self.zeros, self.rows = total, self.zeros + row["zeros"], self.rows + row["rows"]

    def cells(self) -> tuple[int | float | None, ...]:
        """Units to sd; None where it cannot be said."""
        known = len(self.low) > 0
        still = self.low == self.high
        zero = still & (self.low == 0)
        finite = math.isfinite(self.mean) and math.isfinite(self.squares)
        return (
            len(self.low) if known else None,
            int(zero.sum()) if known else None,
            int((still & ~zero).sum()) if known else None,
            tidy(self.zeros / self.values),
            tidy(self.mean) if finite else None,
            tidy(math.sqrt(self.squares / self.values)) if finite else None,
        )


def measure(study: Study) -> Iterator[Result]:
    """One table of all layers, in the order of their calls."""
    table = study.reader.table("activations")
    model = study.frame.prepared.model
    if not table.num_rows:
        why = model.reasons.get("hooks") or model.layer_note or "no layer returns a floating value for each case"
        yield from gaps(NAMES, {}, why)
        return
    found = _joined(table)
    place = {layer.name: number for number, layer in enumerate(model.layer_table)}
    keys = sorted(found, key=lambda key: (place.get(key[0], len(place)), key))
    selected = study.frame.selected
    cases = max(layer.rows for layer in found.values())
    yield Table(
        name=NAMES[0],
        unit="",
        samples=Samples(
            rows=cases, units=len(np.unique(study.frame.unit[selected])), population="selected cases, not weighted"
        ),
        columns=COLUMNS,
        rows=tuple((*key, *found[key].cells()) for key in keys),
        notes=_notes(found, model),
    )


def _joined(table: pa.Table) -> dict[tuple[str, int], _Layer]:
    found: dict[tuple[str, int], _Layer] = {}
    bounds = [table[name].combine_chunks() for name in ("low", "high")]
    for place, row in enumerate(table.drop_columns(["low", "high"]).to_pylist()):
        low, high = (np.asarray(bound[place].values, dtype=np.float32) for bound in bounds)
        found.setdefault((row["layer"], row["call"]), _Layer()).add(row, low, high)
    return found


def _notes(found: dict[tuple[str, int], _Layer], model: ModelFacts) -> tuple[str, ...]:
    notes = []
    broken = sorted({name for (name, _), layer in found.items() if not math.isfinite(layer.mean)})
    if broken:
        notes.append(f"values that are NaN or infinite, so without mean and spread: {_some(broken)}")
    seen = {name for name, _ in found}
    left = [layer.name for layer in model.layer_table if layer.calls and layer.name not in seen]
    if left:
        notes.append(f"not followed, since no floating value per case could be seen: {_some(left)}")
    return tuple(notes)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
