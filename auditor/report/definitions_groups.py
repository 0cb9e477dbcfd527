"""Definitions of the further figures of performance, of groups and of decisions at a threshold."""

from __future__ import annotations

from auditor.report.definitions import Definition

GROUPS = (
    Definition(
        "Matthews correlation, top k, baselines",
        ("matthews_correlation", "top_k_accuracy", "baseline_accuracy", "baseline_gain"),
        "Correlation of label and prediction over all classes. Top k: the label is among the k most probable classes. "
        "Baselines say the most frequent class, or draw classes by their share in these rows; the gain over them is paired.",
        "Gorodkin 2004, Computational Biology and Chemistry 28; Newcombe 1998, Statistics in Medicine 17",
    ),
    Definition(
        "Operating point",
        ("negative_predictive_value", "expected_cost", "decided_share"),
        "A row is decided for the class where its probability is at least the threshold. Predictive values weight rows to the "
        "declared prevalence, where there is one. Cost: mean over rows of the plan's costs of wrong decisions.",
        "",
    ),
    Definition(
        "Difference and ratio between groups, worst group",
        ("group_difference", "group_ratio", "impact_ratio", "worst_group"),
        "Difference of the highest and the lowest share (hybrid score interval), lowest over highest (score interval; of "
        "shares decided for: the impact ratio), lowest share. Balanced accuracy, macro F1 and ROC AUC: each group resampled "
        "by itself. "
        "Limits hold for the extremes of all groups: pairs at 1 − 0.05 over their number, single groups at 1 − 0.05 "
        "over theirs. Groups under 30 rows are not evaluated; a ratio needs 5 rows on each side.",
        "Newcombe 1998, Statistics in Medicine 17; Miettinen & Nurminen 1985, Statistics in Medicine 4",
    ),
    Definition(
        "Input that tells a group",
        ("proxy_auc",),
        "Area under the ROC curve for telling a group's rows from others by a logistic model of one input, out of fold (5 "
        "folds by unit, fixed settings). The interval is conditional on the fitted models.",
        "Bates, Hastie & Tibshirani 2024, JASA 119; Hosmer & Lemeshow 2000 (0.70)",
    ),
    Definition(
        "Signal",
        ("proxy_auc", "label_excess", "ranking_difference"),
        "What a rule found. Within each kind p-values are adjusted for their number, q = 0.10. Input that tells a group: p of "
        "an area of ½, lower limit at least 0.70, and the whole rank interval in the first tenth for a class. Labels: more "
        "rows of another label than the model's own probabilities leave, by a half at least (convention). Rankings: another "
        "mean share per case in a group than elsewhere, by 0.01 at least (convention).",
        "Benjamini & Hochberg 1995, JRSS B 57; Hoeffding 1956, Annals of Mathematical Statistics 27",
    ),
    Definition(
        "Change since the release before",
        ("release_difference",),
        "New minus old on the samples both audits evaluated; the interval comes from the differences of the same samples. "
        "Accuracy and shares: paired score interval; ROC AUC and average precision: placement or influence values of both; "
        "other scores: paired resampling. A regression needs the whole interval beyond the loss accepted beforehand.",
        "Newcombe 1998, Statistics in Medicine 17; DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44",
    ),
    Definition(
        "Candidate for a wrong label",
        ("label_issue_count",),
        "Another class reaches the mean probability that rows labelled as it give it. Candidates, not errors.",
        "Northcutt, Jiang & Chuang 2021, JAIR 70",
    ),
)
