"""The protocols by which an audit's numbers were made, whole and in words: id → name → text."""

from __future__ import annotations

from auditor.evidence.facts import FillFacts, Prepared
from auditor.evidence.schema import RANDOM_ORDERS
from auditor.measure._curves import protocol_id
from auditor.measure._label_sets import MOST_TARGETS
from auditor.measure._multi_label import PROTOCOL as SEVERAL
from auditor.measure._study import Study
from auditor.measure._trust_protocols import trust_protocols
from auditor.measure.completeness import PROTOCOL as COMPLETENESS
from auditor.measure.completeness import SMALLEST, TOLERANCE
from auditor.measure.ensemble import PROTOCOL as MEMBERS
from auditor.measure.presets import protocol_of
from auditor.measure.rankings import PROTOCOL as RANKING
from auditor.measure.robustness import PROTOCOL as CORRUPTIONS
from auditor.measure.robustness import protocol as corruptions
from auditor.measure.statistics import sizes

UNEQUAL = (
    "; a case with F < K features has F steps. Scores are interpolated linearly at k/K and averaged there; areas are each "
    "case's own"
)
BY_NAME = {
    "identity of a feature": "its name",
    "occurrences of a name in one case": "pooled as the method pools elements: summed with their sign, or averaged",
    "mean over": "the cases that hold the feature; how many they are is printed beside it",
    "not ranked": f"names in fewer than {sizes.OCCURRENCES} cases of the class (convention)",
}


def protocols(study: Study) -> dict[str, dict[str, str]]:
    """Every protocol a result of this audit can name."""
    prepared = study.frame.prepared
    unequal = bool(prepared.features.most or not prepared.features.names)
    target = (
        f"each label predicted in the clean pass, at most the {MOST_TARGETS} most probable, else the most probable one; "
        "a sample counts once, as the mean over its cases"
        if prepared.model.multi_label
        else "the predicted class of the clean pass"
    )
    cases = f"{int(study.frame.selected.sum()):,} selected {'samples' if prepared.model.multi_label else 'cases'}"
    tolerance = f"{100 * TOLERANCE:g} %"
    shared = {"target": target, "cases": cases, "seed": str(prepared.seed)}
    return {
        **{protocol_id(fill.name): _curves(study, fill, unequal) | shared for fill in prepared.fills},
        **{protocol_of(one.name): one.terms | shared for one in prepared.protocols},
        COMPLETENESS: {
            "gap": "sum of the attributions minus (logit of the input minus logit of the baseline), absolute",
            "compared with": f"the absolute difference of the logits, at least {SMALLEST} logit",
            "within": f"a case counts as complete when the gap is at most {tolerance} of it (Sundararajan et al., 2017)",
            **shared,
        },
        RANKING: {
            "score of a feature": "weighted mean of |signed sum over its elements| over the cases predicted as the class",
            **(BY_NAME if unequal else {}),
            "features": prepared.features.description,
            "rank intervals": "simultaneous over all features, max-t over pairwise differences; conservative under ties",
            "stability": "Nogueira, Sechidis & Brown (2018), two top lists, mean over 50 random half splits of the units",
            **shared,
        },
        **({SEVERAL: _several(study)} if prepared.model.multi_label else {}),
        **({MEMBERS: _members(prepared) | shared} if prepared.model.members else {}),
        **trust_protocols(prepared),
        **({CORRUPTIONS: corruptions(prepared)} if prepared.robustness else {}),
    }


def _curves(study: Study, fill: FillFacts, unequal: bool) -> dict[str, str]:
    prepared = study.frame.prepared
    return {
        "fill": fill.name,
        "fill value": fill.description,
        "points": f"{prepared.steps + 1}: K = {prepared.steps} steps on the symmetric grid, 0 and all features included"
        + (UNEQUAL if unequal else ""),
        "score": study.plan.primary.score,
        "features": prepared.features.description,
        "channels": "each on its own" if prepared.features.kind == "windows" else "all of a feature are removed together",
        "order": "signed values for signed methods, magnitudes for unsigned ones, largest first",
        "ties": "a step that cuts tied features: mean over 8 seeded orders of the tied ones; the share of ties is recorded",
        "area": "trapezoid over each case's true fractions, then the weighted mean over cases",
        "insertion": "deletion of the reversed order, read backwards (same fill, symmetric steps)",
        "random control": f"{RANDOM_ORDERS} random orders per case in antithetic pairs (an order and its reverse)",
    }


def _several(study: Study) -> dict[str, str]:
    return {
        "predicted": f"labels whose probability is at least {study.frame.prepared.model.threshold:g}; there may be none",
        "accuracy": "exact match: the predicted labels are exactly those that hold",
        "resampled": "rows, never single answers: the labels of one row stay together",
        "labels not known": f"rows left out: {int((~study.frame.labelled).sum()):,}",
    }


def _members(prepared: Prepared) -> dict[str, str]:
    several = ", or another set of labels" if prepared.model.multi_label else ""
    return {
        "members": f"{len(prepared.model.members)}, combined by {prepared.model.combine.replace('_', ' ')}",
        "disagree": f"not all members predict the same class{several}",
        "spread": "standard deviation between members of the probability of the class the ensemble predicts",
        "rank correlation": "Spearman, of the attributions of one case, mean over pairs of members, then over cases",
        "attribution spread": "sum over features of the standard deviation between members, over that of mean magnitudes",
    }
