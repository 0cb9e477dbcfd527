"""Words of single texts in a table of attributions: in the order of the alphabet, rare ones as a number."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from auditor.evidence.schema import TABLES

LEAST = 5
"""Texts that must hold a word before its name is told, as where a plan's `examples` are not full."""


def without_order(table: pa.Table) -> pa.Table:
    """Table `attributions` with the words of each row sorted, and each value beside its word."""
    ids, stored = table["sample_id"].to_pylist(), table["names"].to_pylist()
    held: Counter[str] = Counter()
    seen: set[str] = set()
    for sample, names in zip(ids, stored, strict=True):
        if names is not None and sample not in seen:
            seen.add(sample)
            held.update(set(names))
    rare = {name: f"rare word {n}" for n, name in enumerate((name for name, count in held.items() if count < LEAST), 1)}
    values: list[np.ndarray] = []
    told: list[list[str] | None] = []
    for row, names in zip(table["values"].to_pylist(), stored, strict=True):
        if names is None:
            values.append(np.array(row, np.float32))
            told.append(None)
            continue
        named = [rare.get(name, name) for name in names]
        order = [place for _, place in sorted((name, place) for place, name in enumerate(named))]
        told.append([named[place] for place in order])
        values.append(np.array([row[place] for place in order] if row else [], np.float32))
    columns = {name: table[name] for name in table.column_names}
    columns |= {"values": pa.array(values, pa.list_(pa.float32())), "names": pa.array(told, pa.list_(pa.string()))}
    return pa.table(columns, schema=TABLES["attributions"])
