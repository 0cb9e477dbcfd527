"""What a copy of a run lacks of the run it was made from, so that it may be handed on."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from auditor.evidence.record import Record

if TYPE_CHECKING:
    import pyarrow as pa


class Redaction(Record):
    """How a redacted copy differs from the report it was made from."""

    report_id: str = Field(description="of the report the copy was made from")
    groups: bool = Field(description="whether results by group, and rows of evidence, are still in it")
    new_ids: bool = Field(description="whether samples have other ids than in that report")

    @property
    def said(self) -> str:
        """For the reader."""
        ids = "samples have new ids" if self.new_ids else "samples keep their ids"
        left = f"it shows no single row, and {ids}" if self.groups else "it holds no row of evidence and no result by group"
        return f"This is a redacted copy of report {self.report_id}: {left}. All other results are those of that report."


def is_redacted(run: Path) -> bool:
    """Whether a folder holds a redacted copy, which may lack evidence tables and is rendered all the same."""
    try:
        return bool(json.loads((run / "report.json").read_bytes()).get("redacted"))
    except (OSError, ValueError, AttributeError):
        return False


def outwards(value: float, sign: int) -> float:
    """One significant digit, rounded up (sign 1) or down (-1): an extreme of the data that names no row."""
    if value == 0:
        return 0.0
    exponent = math.floor(math.log10(abs(value)))
    lead = value / 10.0**exponent
    return float(f"{math.ceil(lead) if sign > 0 else math.floor(lead)}e{exponent}")


FEWEST = 5
"""Cases that a line of table `activations` must stand for where single rows are not shown."""


def without_extremes(table: pa.Table) -> pa.Table:
    """Table `activations` whose units say only whether they varied, (0, 1), or stayed at a value; lines of few cases left out.

    The first layer of some models hands its input on, so that a unit's largest value is one row's input.
    """
    import pyarrow as pa  # here: a document is made without them, and they take long to import
    import pyarrow.compute as pc

    from auditor.evidence.schema import TABLES

    kept = table.filter(pc.greater_equal(table["rows"], FEWEST))
    ends: dict[str, list[np.ndarray]] = {"low": [], "high": []}
    for low, high in zip(kept["low"].to_pylist(), kept["high"].to_pylist(), strict=True):
        first, last = (np.array(end or [], np.float32) for end in (low, high))
        ends["low"].append(np.where(first == last, first, np.float32(0)))
        ends["high"].append(np.where(first == last, last, np.float32(1)))
    columns = {name: kept[name] for name in kept.column_names}
    columns |= {name: pa.array(values, pa.list_(pa.float32())) for name, values in ends.items()}
    return pa.table(columns, schema=TABLES["activations"])
