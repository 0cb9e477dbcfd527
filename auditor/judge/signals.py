"""Signals: what a rule finds worth a person's look. A rule makes no finding; people do, in the register, or a failed gate.

Kinds are families of their own: proxies, labels, group-wise differences of rankings. Within each kind the p-values are adjusted
by Benjamini & Hochberg, 1995, with q = 0.10.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist  # scipy.stats asks for torch, which judging does without

from auditor.evidence.findings import Finding
from auditor.evidence.results import Estimate, Ranking, Result, Table
from auditor.judge.signal_sentences import label_sentence, proxy_sentence, ranking_sentence
from auditor.plan import AuditPlan

Q = 0.10
STRONG = 0.70
"""Area from which an input counts as a proxy: 'acceptable' discrimination of Hosmer & Lemeshow."""
NO_INPUTS = ("all features together", "the model's own score")
MOST = 50
"""Signals of one kind that are listed, the clearest first; a convention."""
SMALLEST = 0.01
"""Difference of a feature's share of the attribution below which groups count as alike; a convention."""
EXCESS = 1.5
"""Rows with another label over those expected, below which a slight miscalibration may be all there is; a convention."""
PROXY, LABELS, RANKINGS = "proxy", "labels", "ranking"


@dataclass(frozen=True)
class Test:
    """One hypothesis of a family; `seen`: whether it is large enough to be a signal, whatever its p."""

    p: float
    seen: bool
    size: float
    finding: Finding


def adjusted(p: Sequence[float]) -> list[float]:
    """Adjusted p of each hypothesis: the smallest q at which it is rejected.

    Source: Benjamini & Hochberg, 1995.
    """
    found, smallest = [1.0] * len(p), 1.0
    order = sorted(range(len(p)), key=lambda i: p[i])
    for rank in range(len(p), 0, -1):
        place = order[rank - 1]
        smallest = min(smallest, p[place] * len(p) / rank)
        found[place] = smallest
    return found


def signals(plan: AuditPlan, results: Sequence[Result], verdicts: Sequence[Finding]) -> tuple[Finding, ...]:
    """All signals, kind by kind, the clearest first.

    Args:
        verdicts: on the methods; rankings count only under those not marked "do not rely on".
    """
    usable = {one.id.removeprefix("verdict-") for one in verdicts if one.status in ("met", "inconclusive")}
    families = (
        (PROXY, list(_proxies(results, usable))),
        (LABELS, list(_labels(results))),
        (RANKINGS, list(_rankings(plan, results, usable))),
    )
    return tuple(found for kind, tests in families for found in _rejected(kind, tests))


def _rejected(kind: str, tests: Sequence[Test]) -> Iterator[Finding]:
    corrected = adjusted([test.p for test in tests])
    kept = [(p, test) for p, test in zip(corrected, tests, strict=True) if p <= Q and test.seen]
    kept.sort(key=lambda pair: (pair[0], -pair[1].size))
    for number, (p, test) in enumerate(kept[:MOST], 1):
        how = f"adjusted p = {p:.2g}" if p >= 0.001 else "adjusted p < 0.001"
        family = "1 test" if len(tests) == 1 else f"{len(tests):,} tests"
        decided = f"Benjamini–Hochberg over {family} of this kind, q = {Q:.2f}: {how}"
        yield test.finding.model_copy(update={"id": f"{kind}-{number}", "decided_on": decided})


def _signal(statement: str, result: Result, **more: object) -> Finding:
    fields = {"id": "", "kind": "signal", "status": "open", "statement": statement, "results": ((result.name, result.slice),)}
    return Finding.model_validate({**fields, **more})


def _proxies(results: Sequence[Result], usable: set[str]) -> Iterator[Test]:
    """H0: the area is ½. A signal also has a lower limit of at least 0.70 and ranks in the first tenth for some class."""
    high = _high_ranks(results, usable)
    for one in results:
        if not isinstance(one, Estimate) or one.name != "proxy_auc" or one.slice.get("feature") in NO_INPUTS:
            continue
        low = one.interval.low if one.interval else one.value
        seen = low >= STRONG and one.slice["feature"] in high
        limits = {"low": one.interval.low, "high": one.interval.high} if one.interval else {}
        shown = {"value": one.value, **limits, "unit": one.unit, "bound": f"≥ {STRONG:g}"}
        yield Test(area_p(one), seen, one.value, _signal(proxy_sentence(one, high.get(one.slice["feature"], "")), one, **shown))


def area_p(one: Estimate) -> float:
    """One-sided p from the interval, which is symmetric on the logit scale; every row told apart: as good as 0."""
    if one.interval is None or not 0 < one.interval.low < one.interval.high < 1:
        return 0.0 if one.value >= 1 else 1.0
    low, value, high = (math.log(area / (1 - area)) for area in (one.interval.low, one.value, one.interval.high))
    normal = NormalDist()
    error = (high - low) / (2 * normal.inv_cdf((1 + one.interval.level) / 2))
    return 1 - normal.cdf(value / error)


def _high_ranks(results: Sequence[Result], usable: set[str]) -> dict[str, str]:
    """Feature → a class for which its whole rank interval lies in the first tenth under a usable method."""
    found: dict[str, str] = {}
    for one in results:
        if isinstance(one, Ranking) and one.name == "feature_ranking" and "attribute" not in one.slice:
            most = math.ceil(one.length / 10)
            for item in one.items if one.slice.get("method") in usable else ():
                if item.high <= most:
                    found.setdefault(item.feature, one.slice.get("class", ""))
    return found


def _labels(results: Sequence[Result]) -> Iterator[Test]:
    """H0: labels are drawn with the probabilities the model states."""
    for one in results:
        for row in one.rows if isinstance(one, Table) and one.name == "label_excess" else ():
            name, rows, otherwise, expected, p = str(row[0]), *(float(cell or 0) for cell in row[1:])
            said = label_sentence(name, int(rows), int(otherwise), expected)
            seen = otherwise >= EXCESS * expected
            yield Test(p, seen, otherwise - expected, _signal(said, one, value=otherwise, unit="rows"))


def _rankings(plan: AuditPlan, results: Sequence[Result], usable: set[str]) -> Iterator[Test]:
    """H0: the feature has the same share of the attribution in the group and elsewhere."""
    if plan.primary.method not in usable:
        return
    for one in results:
        for row in one.rows if isinstance(one, Table) and one.name == "ranking_difference" else ():
            feature, group = str(row[0]), str(row[1])
            inside, elsewhere, p = float(row[2] or 0), float(row[3] or 0), float(row[5] or 0)
            said = ranking_sentence(one.slice, feature, group, inside, elsewhere)
            gap = inside - elsewhere
            finding = _signal(said, one, value=gap, unit="fraction")
            yield Test(p, abs(gap) >= SMALLEST, abs(gap), finding)
