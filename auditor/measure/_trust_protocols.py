"""The protocols of the checks behind the verdicts, in words: id → name → text."""

from __future__ import annotations

from auditor.evidence.facts import Prepared, TrustFacts
from auditor.measure._again import OLDER
from auditor.measure.cascade import PROTOCOL as CASCADE
from auditor.measure.controls import PROTOCOL as CONTROLS
from auditor.measure.controls import WORDS
from auditor.measure.sanity import OTHER
from auditor.measure.sanity import PROTOCOL as COPIES
from auditor.measure.stability import AGREEMENT, INFIDELITY
from auditor.measure.stability import PROTOCOL as NOISE
from auditor.measure.statistics import sizes

SPEARMAN = f"Spearman, mid-ranks, per case, {sizes.LEAST_FEATURES} features or more; equal values throughout count as 0"


def trust_protocols(prepared: Prepared) -> dict[str, dict[str, str]]:
    """Every protocol of these checks that a result of this audit can name."""
    trust, agreement = prepared.trust, {AGREEMENT: {"correlation": SPEARMAN, "of": "magnitudes, all selected cases"}}
    if not trust.rows:
        return agreement
    few, many = _first(trust.cases), _first(trust.curve_cases)
    titles = {fact.name: fact.title for fact in prepared.methods}
    points = f"{trust.steps + 1}, each a point of the audit's own curves too: margins are compared on the same points"
    controls = {
        "orders": ", ".join(WORDS[order] for order in trust.orders) or "none",
        "ties": "of these orders and those of copies: one order, drawn per case",
        "further fills": "; ".join(f"{fill.name.replace('_', ' ')}: {fill.description}" for fill in trust.fills) or "none",
        "points": points,
        "cases": many,
    }
    noise = {
        "noise": f"none: {_why(trust, 'noise')}"
        if not trust.noise
        else f"normal, 1 % of each number's standard deviation over the vocabulary, {trust.noise} times: {trust.noise_on}"
        if trust.noise_on
        else f"{trust.noise} normal draws per case, standard deviation 1 % of each element's over the reference rows",
        "stability": SPEARMAN,
        "largest change": "Euclidean norm, relative to the attribution's own, over the draws (Yeh et al., 2019)",
        "another seed": ", ".join(titles.get(name, name) for name in trust.seeds) or "no method of this audit draws",
        "cases": few,
    }
    other = {"class": "another one, drawn with equal chances per case", "correlation": SPEARMAN, "cases": few}
    infidelity = {
        "removed": f"{trust.removals} random sets per case under the primary fill, all sizes alike",
        "compared": "the sum of their attributions with the drop of the logit, squared (Yeh et al., 2019)",
        "relative": "to the mean squared drop, which is what attributing nothing would have",
        "cases": many,
    }
    made = {CONTROLS: controls, COPIES: _copies(trust, few, points), NOISE: noise, OTHER: other, INFIDELITY: infidelity}
    return made | agreement | {CASCADE: _cascade(trust)} | _unmade(trust)


def _unmade(trust: TrustFacts) -> dict[str, dict[str, str]]:
    """Of the checks that were not made: why."""
    reasons = {
        CASCADE: "" if trust.cascade else _why(trust, "cascade"),
        COPIES: "" if trust.copies else _why(trust, "copies"),
        OTHER: "" if trust.other_class else _why(trust, "other_class"),
        INFIDELITY: "" if trust.removals else _why(trust, "infidelity"),
    }
    return {name: {"made": f"no: {reason}"} for name, reason in reasons.items() if reason}


def _why(trust: TrustFacts, what: str) -> str:
    """Why one of the checks was not made."""
    return trust.reasons.get(what) or OLDER


def _first(cases: int) -> str:
    return f"{cases:,} samples, the first of the selection's order"


def _copies(trust: TrustFacts, few: str, points: str) -> dict[str, str]:
    """Of the weight-randomised copies."""
    return {
        "copies": f"{trust.copies}, each with weights of its own, keyed by name and seed",
        "weights": f"{trust.drawn} tensors drawn anew: normal, with the tensor's own mean and standard deviation "
        "(0.02 where that is 0)",
        "change places between channels": f"{len(trust.permuted)} tensors: normalisation layers and running statistics",
        "untouched": ", ".join(f"`{name}`" for name in trust.untouched[:20]) or "no buffer",
        "similarity": f"{SPEARMAN}; over the features whose input differs from the fill",
        "targets": "those of the audited model",
        "model dependence": "the method's margin minus that of its orders on the copies, all scored on the audited model",
        "points": points,
        "cases": few,
    }


def _cascade(trust: TrustFacts) -> dict[str, str]:
    """Of the layers that are randomised one after the other."""
    return {
        "levels": "; ".join(f"{level}: {layers}" for level, layers in enumerate(trust.cascade, start=1)),
        "weights": "one draw, as of the randomised copies; layers of earlier levels stay randomised (Adebayo et al., 2018)",
        "similarity": f"{SPEARMAN}; over the features whose input differs from the fill",
        "cases": _first(trust.cascade_cases),
    }
