"""A finished or begun audit on disk, as code holds it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from auditor.errors import AuditError
from auditor.evidence.facts import Prepared
from auditor.evidence.schema import RANDOM_ORDERS
from auditor.evidence.store import Reader


class Evidence:
    """One run directory.

    Attributes:
        path: the run directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader = Reader(path)

    def __repr__(self) -> str:
        return f"Evidence({str(self.path)!r})"

    @property
    def prepared(self) -> Prepared:
        """Whole-set facts: model, data, selection, methods, environment."""
        return self._reader.prepared

    @property
    def complete(self) -> bool:
        """Whether every selected case of every pass is there."""
        if not (self.path / "evidence" / "prepared.json").exists() or not (self.path / "plan.yaml").exists():
            return False
        prepared = self.prepared
        cases = prepared.cases or sum(stratum.selected for stratum in prepared.strata)
        applied = sum(method.applies for method in prepared.methods)
        methods = applied + sum(member.methods for member in prepared.model.members)
        curves = cases * len(prepared.fills) * (RANDOM_ORDERS + 2 * applied)
        return (self.table("attributions").num_rows, self.table("curves").num_rows) == (cases * methods, curves)

    def table(self, name: str) -> pa.Table:
        """A table of the evidence, sorted by key: samples, predictions, attributions, curves or checks."""
        return self._reader.table(name)

    def results(self) -> list[dict[str, Any]]:
        """The measured results as in report.json; `auditor.render(path)` makes them."""
        path = self.path / "report.json"
        if not path.exists():
            raise AuditError(
                "The results were not measured yet.", found=f"no report.json in {self.path}", fix="call auditor.render first"
            )
        results: list[dict[str, Any]] = json.loads(path.read_bytes())["results"]
        return results
