"""A synthetic run whose evidence also holds corrupted rows, with chosen rows right and wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.evidence.atomic import write_atomically
from auditor.evidence.record import canonical_json
from auditor.evidence.robustness_facts import CorruptionFacts, RobustnessFacts
from auditor.evidence.schema import TABLES
from auditor.evidence.store import Reader, shard_path, write_shard


def facts(
    cells: Mapping[tuple[str, int], object], rows: int, of: int, reasons: Mapping[str, str] | None = None
) -> RobustnessFacts:
    """What prepared.json says of these corruptions; `reasons`: of those that could not be made."""
    severities = tuple(sorted({severity for _, severity in cells} or {1, 5}))
    names = [*dict.fromkeys(name for name, _ in cells), *(reasons or {})]
    amounts = {str(severity): f"{severity}" for severity in severities}
    made = tuple(
        CorruptionFacts(
            name=name, title=name.capitalize(), said="amount {}", amounts=amounts, reason=(reasons or {}).get(name, "")
        )
        for name in names
    )
    return RobustnessFacts(rows=rows, drawn_from=of, severities=severities, corruptions=made)


def add(run: Path, cells: Mapping[tuple[str, int], np.ndarray], rows: np.ndarray, asked: RobustnessFacts) -> None:
    """Store corrupted logits.

    Args:
        cells: (corruption, severity) -> logits [rows, classes]; a row of NaN is an error row.
        rows: places in the sorted table `samples`.
    """
    reader = Reader(run)
    prepared = reader.prepared.model_copy(update={"robustness": asked})
    write_atomically(run / "evidence" / "prepared.json", canonical_json(prepared))
    ids = np.array(reader.table("samples").column("sample_id").to_pylist())[rows]
    for (name, severity), logits in cells.items():
        finite = np.isfinite(logits).all(axis=1)
        table = pa.table(
            {
                "sample_id": ids.tolist(),
                "variant": [f"corruption:{name}:{severity}"] * len(ids),
                "logits": pa.array(
                    [own.astype(np.float32) if ok else np.empty(0, np.float32) for own, ok in zip(logits, finite, strict=True)],
                    pa.list_(pa.float32()),
                ),
                "error": ["" if ok else "not finite" for ok in finite],
            },
            schema=TABLES["predictions"],
        )
        write_shard(shard_path(run, "predictions", f"corruption-{name}-{severity}", 0, len(ids)), table)
