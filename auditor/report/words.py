"""Fixed words of the document: signs of statuses, names of results, fills, populations and scores in plain English."""

from __future__ import annotations

import math
from dataclasses import dataclass

MANDATORY = (
    "This report presents measurements and statements about one model version on one data set. It is not a conformity "
    "assessment, "
    "certification, legal opinion or the technical documentation itself."
)
NOT_CAUSES = "Attributions describe model behaviour, not causes in the world."
SAMPLING_ONLY = (
    "Intervals describe sampling of evaluation units only; "
    "not label errors, retraining, change of population or choice of fill."
)
NO_GATES = "No thresholds were set; nothing was passed."
NOT_PROVIDED = "Not provided by the model owner"


@dataclass(frozen=True)
class Status:
    """A status word with its sign and the style class that colours it; never colour alone."""

    sign: str
    """✓, ✕, ? or –."""
    word: str
    """met, not met, inconclusive, not evaluated, or a verdict."""
    style: str
    """ok, no, open or off."""


STATUS = {
    "not met": Status("✕", "not met", "no"),
    "inconclusive": Status("?", "inconclusive", "open"),
    "not evaluated": Status("–", "not evaluated", "off"),
    "met": Status("✓", "met", "ok"),
}
"""In the order in which gates are listed: failed first."""


def sentence(text: str) -> str:
    """Capital first letter and a full stop; an empty text stays empty."""
    text = text.strip()
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" else text + "."


NAMES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "macro_precision": "Macro precision",
    "macro_recall": "Macro recall",
    "log_loss": "Log loss",
    "brier_score": "Brier score",
    "overconfidence": "Overconfidence",
    "expected_calibration_error": "Expected calibration error",
    "roc_auc": "ROC AUC (one against the rest)",
    "matthews_correlation": "Matthews correlation",
    "precision": "Precision",
    "recall": "Recall",
    "specificity": "Specificity",
    "f1": "F1",
    "confusion_matrix": "Confusion matrix",
    "class_counts": "Rows per class",
    "micro_f1": "Micro F1",
    "hamming_loss": "Hamming loss",
    "labelled_share": "Share of rows with known labels",
    "average_precision": "Average precision",
    "mean_average_precision": "Mean average precision",
    "member_accuracy": "Accuracy of a member",
    "member_differs": "Share on which a member differs from the ensemble",
    "members_disagreement": "Share on which members disagree",
    "members_pairwise_disagreement": "Mean disagreement of two members",
    "members_spread": "Spread of probability between members",
    "members_rank_correlation": "Rank correlation of members' attributions",
    "members_attribution_spread": "Spread of members' attributions",
    "layer_activations": "Activations by layer",
    "release_difference": "Change since the release before",
    "model_sha256": "SHA-256 of the model",
    "data_sha256": "SHA-256 of the data",
    "weights_sha256": "SHA-256 of the weights file",
    "ranking_difference": "Difference of a ranking between groups",
    "label_excess": "Labels other than the model is sure of",
    "reliability": "Reliability diagram",
    "deletion_curve": "Deletion curve",
    "insertion_curve": "Insertion curve",
    "deletion_difference": "Deletion difference",
    "insertion_difference": "Insertion difference",
    "deletion_auc": "Deletion area",
    "insertion_auc": "Insertion area",
    "random_deletion_auc": "Deletion area of random orders",
    "random_insertion_auc": "Insertion area of random orders",
    "deletion_gain": "Deletion gain",
    "insertion_gain": "Insertion gain",
    "faithfulness_margin": "Faithfulness margin",
    "normalised_margin": "Normalised margin",
    "beats_random_share": "Share beating random order",
    "tie_share": "Share of tied features",
    "completeness_gap": "Completeness gap",
    "completeness_share": "Completeness share",
    "feature_ranking": "Class ranking",
    "rank_stability": "Rank stability",
    "control_margin": "Margin over model-free orders",
    "model_dependence": "Dependence on the weights",
    "randomisation_similarity": "Similarity under random weights",
    "stability": "Stability under noise and seeds",
    "model_free_margin": "Margin of a model-free order",
    "margin_under_fill": "Margin under another fill",
    "randomisation_floor": "Similarity between random weights",
    "other_class_similarity": "Similarity for another class",
    "max_sensitivity": "Largest change under noise",
    "cascade_similarity": "Similarity, layers randomised in turn",
    "outcome_margin": "Margin where right or wrong",
    "class_margin": "Margin of a class",
    "protocol_deletion_auc": "Deletion area, another tool's protocol",
    "protocol_insertion_auc": "Insertion area, another tool's protocol",
    "infidelity": "Infidelity",
    "relative_infidelity": "Relative infidelity",
    "method_agreement": "Agreement between methods",
    "group_difference": "Largest group difference",
    "group_ratio": "Smallest ratio between groups",
    "impact_ratio": "Impact ratio",
    "worst_group": "Worst group",
    "group_counts": "Rows per group",
    "selection_rate": "Share decided for",
    "false_positive_rate": "False positive rate",
    "negative_predictive_value": "Negative predictive value",
    "proxy_auc": "How well an input tells a group",
    "top_k_accuracy": "Label among the first k",
    "baseline_accuracy": "Accuracy without looking",
    "baseline_gain": "Gain over looking at nothing",
    "label_issue_count": "Candidates for a wrong label",
    "label_issues": "Candidates for a wrong label (rows)",
    "brier_decomposition": "Parts of the squared error of confidence",
    "roc_curve": "ROC curve",
    "accuracy_drop": "Accuracy drop",
    "corrupted_accuracy": "Accuracy under corruption",
    "uncorrupted_accuracy": "Accuracy of the same rows undisturbed",
    "corruption_flips": "Share of predictions that a corruption changes",
    "worst_corruption": "Largest accuracy drop",
}
"""Standard names of results → names for the reader."""

ORDERS = {"magnitude": "|x − fill|", "centre": "centre first", "position": "earliest first"}
"""Orders that see no model, by their names in slices."""


def title(name: str) -> str:
    """Name of a result for the reader: a standard one, else the name with spaces."""
    return NAMES.get(name) or name.replace("_", " ").capitalize()


def slice_words(by: dict[str, str]) -> str:
    """{'class': '3', 'fill': 'mean'} → 'class 3, fill mean'."""
    return ", ".join(value if value.startswith(f"{key} ") else f"{key} {value}" for key, value in sorted(by.items()))


def slices_words(slices: list[dict[str, str]]) -> str:
    """Many slices in few words: 'class 0, 1 and 2; method saliency' where they are all combinations, else one by one."""
    values: dict[str, list[str]] = {}
    for by in slices:
        for key, value in sorted(by.items()):
            if value not in values.setdefault(key, []):
                values[key].append(value)
    combinations = math.prod(len(found) for found in values.values())
    if len(slices) == combinations and all(set(by) == set(values) for by in slices):
        return "; ".join(_listed(key, found) for key, found in values.items()) or "all rows"
    alike = {key: found[0] for key, found in values.items() if len(found) == 1 and all(key in by for by in slices)}
    if alike and all(len(by) == len(alike) + 1 for by in slices):  # 'fill mean; control random; method a and b'
        return "; ".join(_listed(key, found) for key, found in sorted(values.items(), key=lambda one: one[0] not in alike))
    said = [slice_words(by) or "all rows" for by in slices]
    return "; ".join(said) if len(said) <= 6 else listing(said, 6)


def _listed(key: str, values: list[str]) -> str:
    """'class 0, 1 and 2'; names that hold the key already ('member 1') go without it."""
    named = all(value.startswith(f"{key} ") for value in values)
    return listing(values) if named else f"{key} {listing(values)}"


def listing(items: list[str] | tuple[str, ...], most: int = 12) -> str:
    """'a, b and c'; beyond `most`, 'a, b and 40 more'."""
    names = list(items)
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
