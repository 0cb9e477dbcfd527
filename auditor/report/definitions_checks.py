"""Definitions of the checks of the methods, of margins in parts, and of other tools' areas."""

from __future__ import annotations

from auditor.report.definitions import Definition

CHECKS = (
    Definition(
        "Margin in parts of the cases",
        ("outcome_margin", "class_margin"),
        "The margin over the cases where the model is right, or wrong, or that are explained as one class, weighted to "
        "all such rows; at least 30 explained cases.",
        "",
    ),
    Definition(
        "Cascading randomisation",
        ("cascade_similarity",),
        "Rank correlation of a case's attribution with that of a copy whose layers, from the output down to some layer, "
        "have other weights, over the features whose input differs from the fill. Descriptive.",
        "Adebayo et al. 2018, arXiv:1810.03292",
    ),
    Definition(
        "Similarity for another class",
        ("other_class_similarity",),
        "Rank correlation of a case's attribution with that of another class, drawn with equal chances: near 1, the "
        "method gives the same map whatever is asked.",
        "Sixt, Granz & Landgraf 2020, arXiv:1912.09818",
    ),
    Definition(
        "Infidelity, largest change under noise",
        ("infidelity", "relative_infidelity", "max_sensitivity"),
        "Mean squared difference between the sum of the attributions of removed features and the drop of the logit, "
        "over random sets; relative to the mean squared drop. Largest change of the attribution "
        "under little noise, over its own size.",
        "Yeh et al. 2019, arXiv:1901.09392",
    ),
    Definition(
        "Areas as other tools define them",
        ("protocol_deletion_auc", "protocol_insertion_auc"),
        "Deletion and insertion over single pixels by another tool's own definition, which is printed as a protocol of "
        "its own. No two tools' areas can be compared, and no verdict rests on these.",
        "Petsiuk, Das & Saenko 2018, arXiv:1806.07421",
    ),
)
