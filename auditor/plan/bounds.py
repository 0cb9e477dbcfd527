"""Data the plan is checked against: fills that make sense for a modality, ranges of the standard results."""

from __future__ import annotations

import math
from collections.abc import Sequence

FILLS_OF: dict[str, frozenset[str]] = {
    "image": frozenset({"zeros", "mean", "constant", "blur", "marginal", "noise", "road"}),
    "tabular": frozenset({"zeros", "mean", "constant", "marginal", "noise"}),
    "series": frozenset({"zeros", "mean", "constant", "blur", "marginal", "noise"}),
    "text": frozenset({"mask_token", "delete", "marginal"}),
}
DEFAULT_FILL = {"image": "mean", "tabular": "marginal", "text": "mask_token", "series": "mean"}
FURTHER_FILLS = {
    "image": ("zeros", "blur", "mean"),
    "tabular": ("mean", "zeros", "marginal"),
    "series": ("zeros", "blur", "mean"),
    "text": ("mask_token", "delete", "marginal"),
}
"""What the fills of an audit are completed by where the plan does not say, in this order, until there are `FILL_KINDS`."""
FILL_KINDS = 3
DRAWN = frozenset({"marginal", "noise"})
"""Fills that average over `reference.draws` backgrounds: each coalition costs that many rows of the model."""
NO_BASELINE = DRAWN | {"blur", "road"}
"""Fills that are no single input, so no baseline of a method."""
CURVES_ONLY = frozenset({"road"})
"""Fills without a value for "everything removed" that an attribution could rest on: they serve curves, not methods."""
FROM_REFERENCE = frozenset({"mean", "marginal", "noise"})
"""Fills whose state is made from reference rows, so only a fill of the plan is at hand."""

PROTOCOLS = ("rise-2018", "torch-cam", "xplique-10")
"""Other tools' definitions of deletion and insertion curves; each is defined for images of one predicted class."""

_INF = math.inf
_BY_RANGE: dict[tuple[float, float], str] = {
    (
        0,
        1,
    ): """accuracy balanced_accuracy top_k_accuracy precision recall specificity negative_predictive_value f1 macro_precision
        macro_recall macro_specificity macro_f1 roc_auc average_precision expected_calibration_error deletion_auc insertion_auc
        random_deletion_auc random_insertion_auc protocol_deletion_auc protocol_insertion_auc
        beats_random_share selection_rate members_disagreement
        corrupted_accuracy corruption_flips uncorrupted_accuracy
        group_ratio worst_group false_positive_rate decided_share prevalence baseline_accuracy proxy_auc
        completeness_share labelled_share tie_share members_spread margin_p_value expected_calibration_error_p_value
        expected_calibration_error_if_calibrated
        micro_f1 hamming_loss mean_average_precision member_accuracy member_differs members_pairwise_disagreement""",
    (-1, 1): """matthews_correlation overconfidence faithfulness_margin deletion_gain insertion_gain
        randomisation_similarity stability rank_stability method_agreement group_difference accuracy_drop worst_corruption
        baseline_gain margin_under_fill model_free_margin other_class_similarity randomisation_floor
        members_rank_correlation outcome_margin class_margin cascade_similarity""",
    (-2, 2): "control_margin",  # a difference of two margins
    (0, 2): "brier_score",  # summed over classes, as in Brier, 1950
    (0, 1e12): "supplied_rows evaluated_rows excluded_rows labelled_rows duplicate_rows label_issue_count",
    (0, _INF): "log_loss max_sensitivity infidelity relative_infidelity impact_ratio expected_cost members_attribution_spread",
    (-_INF, _INF): "normalised_margin model_dependence completeness_gap",
}
RANGES: dict[str, tuple[float, float]] = {name: limits for limits, names in _BY_RANGE.items() for name in names.split()}
"""Standard result -> the closed range its values lie in. AUCs, margins and gains: with the score `probability`."""
NO_NUMBERS = frozenset(
    (
        *("brier_decomposition", "class_counts", "confident_errors", "confusion_matrix", "cost_by_threshold", "deletion_curve"),
        *("deletion_difference", "feature_ranking", "group_counts", "insertion_curve", "insertion_difference", "label_excess"),
        *("label_issues", "layer_activations", "precision_recall_curve", "ranking_difference", "recall_by_threshold"),
        *("reliability", "roc_curve", "specificity_by_threshold", "thin_classes"),
    )
)
"""Results that are tables, curves and rankings: no gate can be on them."""
SLICE_KEYS = frozenset(
    (
        *("against", "attribute", "baseline", "class", "control", "corruption", "feature", "fill", "group", "k", "level"),
        *("member", "method", "of", "other", "outcome", "protocol", "severity", "threshold"),
    )
)
"""What a result can be of: the keys of its slice, and so of a gate's."""
COUNTS = frozenset(_BY_RANGE[0, 1e12].split())
"""Exact counts: a gate on them decides by value and may say `equals`."""
DIGESTS = frozenset({"model_sha256", "data_sha256", "weights_sha256"})
"""Digests of what was audited: a gate on them says `equals`. They are facts, not results."""


def further_fills(own: Sequence[str], asked: Sequence[str] | None, modality: str) -> tuple[str, ...]:
    """Fills of the checks beyond the plan's `own`: those asked for, or the modality's until there are three in all."""
    wanted = FURTHER_FILLS.get(modality, ()) if asked is None else asked
    further = [name for name in dict.fromkeys(wanted) if name not in own]
    return tuple(further if asked is not None else further[: max(0, FILL_KINDS - len(own))])
