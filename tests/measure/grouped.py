"""A binary table with declared groups: shares, labels and inputs that differ between them, and the run directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.evidence.facts import FeatureFacts
from auditor.evidence.schema import TABLES
from auditor.evidence.store import Reader, shard_path, write_shard
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.report.build import stored_plan
from tests.measure.synthetic import replace_table
from tests.measure.synthetic_kinds import Kind, write_kind

CLASSES = ("refused", "granted")
NAMES = tuple(f"column {j}" for j in range(8))


@dataclass
class Grouped:
    """What was drawn, in the order of the stored ids, and where the run lies."""

    run: Path
    label: np.ndarray
    predicted: np.ndarray
    score: np.ndarray
    groups: dict[str, np.ndarray]

    def study(self) -> Study:
        plan, _ = stored_plan(self.run)
        reader = Reader(self.run)
        return Study(reader, plan, read_frame(reader, plan))


def write_grouped(
    run: Path,
    rows: int = 900,
    seed: int = 0,
    groups: dict[str, list[str]] | None = None,
    inputs: bool = True,
    unit_size: int = 1,
    selected: int = 40,
    **extra: object,
) -> Grouped:
    """Write a run; group A is decided for more often than B. `groups`: column → value per row, '' where none is stated."""
    generator = np.random.default_rng(seed)
    sex = np.where(generator.random(rows) < 0.4, "A", "B")
    band = generator.choice(["old", "young", "other"], rows, p=[0.45, 0.45, 0.1])
    label = (generator.random(rows) < np.where(sex == "A", 0.55, 0.3)).astype(np.int64)
    z = 1.6 * label - 0.8 + np.where(sex == "A", 0.4, -0.2) + generator.normal(0, 1.1, rows)
    own = generator.gamma(0.6, 1.0, (rows, 2, 8))
    features = FeatureFacts(kind="columns", names=NAMES, grid=None, description="columns")
    logits = np.stack([np.zeros(rows), z], axis=1).astype(np.float32)
    kind = Kind(CLASSES, logits, label, features, lambda row, c: own[row, c], selected=selected)
    columns = {"sex": sex.tolist(), "band": band.tolist()} if groups is None else groups
    write_kind(run, kind, seed, **({"groups": tuple(columns), "examples": "redacted"} | extra))
    stored = Reader(run).table("samples").to_pylist()
    order = _order(run, seed, rows)
    for entry, row in zip(stored, order, strict=True):
        entry["groups"] = [(name, values[row]) for name, values in columns.items() if values[row]]
        entry["unit"] = entry["sample_id"] if unit_size == 1 else f"unit {row // unit_size}"
    replace_table(run, "samples", stored)
    if inputs:
        values = generator.normal(0, 1, (rows, 8)) + np.where(sex == "A", 1.0, -1.0)[:, None] * np.linspace(1.2, 0, 8)
        table = {
            "sample_id": [entry["sample_id"] for entry in stored],
            "values": list(values[order].astype(np.float32)),
            "feature": [list(range(8))] * rows,
        }
        write_shard(shard_path(run, "inputs", "all", 0, rows), pa.table(table, schema=TABLES["inputs"]))
    kept = {name: np.array([values[row] or "not stated" for row in order]) for name, values in columns.items()}
    p = 1 / (1 + np.exp(-logits[order, 1].astype(np.float64)))
    return Grouped(run, label[order], logits[order].argmax(axis=1), p, kept)


def _order(run: Path, seed: int, rows: int) -> list[int]:
    from auditor.evidence.record import sha256

    ids = [sha256(f"{seed}:{row}".encode())[:16] for row in range(rows)]
    return sorted(range(rows), key=lambda row: ids[row])
