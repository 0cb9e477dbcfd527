"""Data the plan is checked against: fills that make sense for a modality, ranges of the standard results."""

from __future__ import annotations

import math

FILLS_OF: dict[str, frozenset[str]] = {
    "image": frozenset({"zeros", "mean", "constant", "blur", "marginal", "noise", "road"}),
    "tabular": frozenset({"zeros", "mean", "constant", "marginal", "noise"}),
    "series": frozenset({"zeros", "mean", "constant", "blur", "marginal", "noise"}),
    "text": frozenset({"mask_token", "delete"}),
}
DEFAULT_FILL = {"image": "mean", "tabular": "marginal", "text": "mask_token", "series": "mean"}
DRAWN = frozenset({"marginal", "noise"})
"""Fills that average over `reference.draws` backgrounds: each coalition costs that many rows of the model."""
NO_BASELINE = DRAWN | {"blur", "road"}
"""Fills that are no single input, so no baseline of a method."""
CURVES_ONLY = frozenset({"road"})
"""Fills without a value for "everything removed" that an attribution could rest on: they serve curves, not methods."""
FROM_REFERENCE = frozenset({"mean", "marginal", "noise"})
"""Fills whose state is made from reference rows, so only a fill of the plan is at hand."""

_INF = math.inf
_BY_RANGE: dict[tuple[float, float], str] = {
    (
        0,
        1,
    ): """accuracy balanced_accuracy top_k_accuracy precision recall specificity negative_predictive_value f1 macro_precision
        macro_recall macro_specificity macro_f1 roc_auc average_precision expected_calibration_error deletion_auc insertion_auc
        random_deletion_auc random_insertion_auc beats_random_share selection_rate members_disagreement
        corrupted_accuracy corruption_flips uncorrupted_accuracy
        group_ratio worst_group false_positive_rate decided_share prevalence baseline_accuracy proxy_auc
        micro_f1 hamming_loss mean_average_precision member_accuracy member_differs members_pairwise_disagreement""",
    (-1, 1): """matthews_correlation overconfidence faithfulness_margin control_margin deletion_gain insertion_gain
        randomisation_similarity stability rank_stability method_agreement group_difference accuracy_drop worst_corruption
        baseline_gain
        members_rank_correlation""",
    (0, 2): "brier_score",  # summed over classes, as in Brier, 1950
    (0, _INF): "log_loss max_sensitivity infidelity impact_ratio",
    (-_INF, _INF): "normalised_margin model_dependence completeness_gap",
}
RANGES: dict[str, tuple[float, float]] = {name: limits for limits, names in _BY_RANGE.items() for name in names.split()}
"""Standard result -> the closed range its values lie in. AUCs, margins and gains: with the score `probability`."""
