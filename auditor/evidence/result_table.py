"""Measured results as one flat table, a row per result, for data frames and notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pyarrow as pa

_HEADLINES = ("accuracy", "balanced_accuracy", "macro_f1", "log_loss", "overconfidence")


def result_table(results: Sequence[Mapping[str, Any]]) -> pa.Table:
    """One row per result, in the record's order.

    Args:
        results: results as in report.json.

    Returns:
        Columns kind, name, one per key of any slice (such as class, method, fill), value, low, high, level, unit, rows, units,
        population, how and reason. What a kind of result does not have is null; the points of curves and the lines of
        rankings stay in the record. `reason` says why there is no interval, or no value.
    """
    keys = list(dict.fromkeys(key for result in results for key in result["slice"]))
    rows = [_row(result) for result in results]
    columns: dict[str, pa.Array] = {name: pa.array([row[name] for row in rows], pa.string()) for name in ("kind", "name")}
    for key in keys:  # a slice's key never hides a column: the plain columns are set after it
        columns[key] = pa.array([result["slice"].get(key) for result in results], pa.string())
    for name in ("value", "low", "high", "level"):
        columns[name] = pa.array([row[name] for row in rows], pa.float64())
    for name in ("rows", "units"):
        columns[name] = pa.array([row[name] for row in rows], pa.int64())
    for name in ("unit", "population", "how", "reason"):
        columns[name] = pa.array([row[name] for row in rows], pa.string())
    return pa.table(columns)


def _row(result: Mapping[str, Any]) -> dict[str, Any]:
    interval, samples = result.get("interval") or {}, result.get("samples") or {}
    return {
        **{name: result.get(name) for name in ("kind", "name", "value", "unit")},
        **{name: interval.get(name) for name in ("low", "high", "level")},
        **{name: samples.get(name) for name in ("rows", "units", "population")},
        "how": interval.get("how") or result.get("how") or None,
        "reason": result.get("reason") or result.get("no_interval") or None,
    }


def page(report: Mapping[str, Any]) -> str:
    """A few lines of HTML for a notebook: model and data, gates, the overall figures with their intervals."""
    prepared = report["prepared"]
    model, data = prepared["model"], prepared["data"]
    gates = [(one["status"], one["statement"]) for one in report["findings"] if one["kind"] == "gate"]
    wanted = [one for one in report["results"] if one["name"] in _HEADLINES and not one["slice"]]
    head = f"{model['name']} {model['version']}".strip()
    lines = [f"<p><strong>{escape(head)}</strong> on {escape(data['name'])}, {data['evaluated']:,} rows</p>"]
    lines.append(_table(("Gate", "Statement"), gates) if gates else "<p>No thresholds were set; nothing was passed.</p>")
    lines.append(_table(("Result", "Value", "Interval", "n"), [_figure(one) for one in wanted]))
    return "\n".join(lines)


def _figure(result: Mapping[str, Any]) -> tuple[str, str, str, str]:
    row = _row(result)
    if row["value"] is None:
        return str(row["name"]), "not evaluated", str(row["reason"]), "–"
    interval = f"{row['low']:.4g} to {row['high']:.4g}" if row["low"] is not None else f"none: {row['reason']}"
    return str(row["name"]), f"{row['value']:.4g} {row['unit']}", interval, f"{row['rows']:,}"


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
