"""One flat mapping of a report's numbers, the same for every tracker.

A key is the result's name and its slice, sorted: `recall.class.3`, `deletion_auc.fill.mean.method.saliency`; the limits of
the interval stand beside it as `…_ci_low` and `…_ci_high`. A gap has no number: it is in `gaps`, with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from auditor.evidence.record import sha256
from auditor.evidence.results import Curve, Estimate, NotEvaluated
from auditor.report.record import Report

_REFUSED = re.compile(r"[^\w.\-]", re.ASCII)
LONGEST = 200
"""Characters of a key; MLflow allows 250, of which the limits and a prefix take some."""


def key(name: str, by: Mapping[str, str]) -> str:
    """The key of a result, of letters, digits and `_-.` only, which every tracker accepts.

    Where a character had to be replaced, or the key cut, a digest of the slice keeps different results apart.
    """
    plain = ".".join([name, *(part for pair in sorted(by.items()) for part in pair)])
    clean = _REFUSED.sub("_", plain)
    if clean == plain and len(clean) <= LONGEST and not any("." in part for part in by.values()):
        return clean
    return f"{clean[:LONGEST]}-{sha256(repr((name, sorted(by.items()))).encode())[:8]}"


def metrics(report: Report) -> dict[str, float]:
    """Every estimate with its interval, and how many gates and results came to what; finite numbers only."""
    found: dict[str, float] = {}
    for result in report.results:
        if isinstance(result, Estimate):
            name = key(result.name, result.slice)
            found[name] = result.value
            if result.interval is not None:
                found |= {f"{name}_ci_low": result.interval.low, f"{name}_ci_high": result.interval.high}
    gates = [finding.status for finding in report.findings if finding.kind == "gate"]
    for status in ("met", "not met", "inconclusive", "not evaluated"):
        found[f"gates.{status.replace(' ', '_')}"] = float(gates.count(status))
    found["results.not_evaluated"] = float(len(gaps(report)))
    return found


def curves(report: Report) -> dict[str, Curve]:
    """Every curve by its key."""
    return {key(result.name, result.slice): result for result in report.results if isinstance(result, Curve)}


def gaps(report: Report) -> dict[str, str]:
    """Every result that was not evaluated, with the reason."""
    return {key(result.name, result.slice): result.reason for result in report.results if isinstance(result, NotEvaluated)}
