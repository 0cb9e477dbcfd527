"""A finished or begun audit on disk, as code holds it."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any, Literal, overload

import pyarrow as pa

from auditor.errors import AuditError
from auditor.evidence.facts import Prepared
from auditor.evidence.result_table import page, result_table
from auditor.evidence.schema import RANDOM_ORDERS
from auditor.evidence.store import Reader


class Evidence:
    """One run directory.

    Attributes:
        path: the run directory.
        folder: where the plan lies, which the run before is named relative to; None: not known.
    """

    def __init__(self, path: Path, folder: Path | None = None) -> None:
        self.path = path
        self.folder = folder
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
        if prepared.sequential and not prepared.sequential.ended:
            return False
        cases = prepared.cases or sum(stratum.selected for stratum in prepared.strata)
        applied = sum(method.applies for method in prepared.methods)
        methods = applied + sum(member.methods for member in prepared.model.members)
        wanted = {"attributions": cases * methods, "curves": cases * len(prepared.fills) * (RANDOM_ORDERS + 2 * applied)}
        wanted["protocols"] = 2 * len(prepared.protocols) * cases * applied
        for name, rows in prepared.trust.rows.items():
            wanted[name] = wanted.get(name, 0) + rows
        if prepared.robustness and self._corrupted_rows() != prepared.robustness.stored:
            return False
        return all(self._reader.rows(name) == rows for name, rows in wanted.items())

    def _corrupted_rows(self) -> int:
        import pyarrow.compute as pc

        variants = self.table("predictions").column("variant")
        return int(pc.sum(pc.starts_with(variants, "corruption:")).as_py() or 0)

    def table(self, name: str) -> pa.Table:
        """A table of the evidence, sorted by key: samples, predictions, attributions, curves or checks."""
        return self._reader.table(name)

    @overload
    def results(self, form: Literal["list"] = "list") -> list[dict[str, Any]]: ...
    @overload
    def results(self, form: Literal["arrow", "pandas"]) -> Any: ...
    def results(self, form: Literal["list", "arrow", "pandas"] = "list") -> Any:
        """The measured results of report.json; `auditor.render(path)` makes them.

        Args:
            form: list: as in report.json; arrow or pandas: a flat table, one row per result (`result_table`).
        """
        results: list[dict[str, Any]] = self._report()["results"]
        if form == "list":
            return results
        table = result_table(results)
        if form == "arrow":
            return table
        try:
            return table.to_pandas()
        except ModuleNotFoundError as error:
            raise AuditError(
                "Results as a data frame need pandas.",
                found="no module pandas",
                fix="python -m pip install pandas, or ask for results('arrow')",
            ) from error

    def _report(self) -> dict[str, Any]:
        path = self.path / "report.json"
        if not path.exists():
            raise AuditError(
                "The results were not measured yet.", found=f"no report.json in {self.path}", fix="call auditor.render first"
            )
        report: dict[str, Any] = json.loads(path.read_bytes())
        return report

    def _repr_html_(self) -> str:
        """What a notebook shows: gates and overall figures, once they were measured."""
        if not (self.path / "report.json").exists():
            return f"<p>{escape(repr(self))}: not measured yet; call <code>auditor.render</code>.</p>"
        return page(self._report())
