"""What each number means, how its interval is made, and who says so: the texts of the annex of definitions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """One term of the annex."""

    term: str
    names: tuple[str, ...]
    """Results of the record it explains; () : always printed."""
    text: str
    source: str
    """'' where the tool sets a convention of its own."""


DEFINITIONS = (
    Definition(
        "Case, target",
        (),
        "A sample with the class explained for it: the class predicted for the untouched input. It stays fixed.",
        "",
    ),
    Definition(
        "Feature",
        (),
        "A named unit of the input that is ranked and removed: a patch of pixels, a column, a word, a window. "
        "r3 c4 is the patch in the third row from the top and the fourth column from the left.",
        "",
    ),
    Definition(
        "Activations by layer",
        ("layer_activations",),
        "Over the selected cases, unweighted. Unit: a channel or feature of what the layer returns. Always zero, constant: the "
        "same value at every place of every case. Zeros: share of values that are exactly 0. Spread: standard deviation of all "
        "values.",
        "",
    ),
    Definition(
        "Accuracy",
        ("accuracy",),
        "Share of labelled rows whose predicted class is the label; with several labels, whose labels are exactly those "
        "predicted. Interval: Wilson score.",
        "Brown, Cai & DasGupta 2001, Statistical Science 16",
    ),
    Definition(
        "Balanced accuracy, macro F1",
        ("balanced_accuracy", "macro_f1"),
        "Mean of recall, or of F1, over the classes that occur. Interval: bias-corrected accelerated bootstrap.",
        "Efron 1987, JASA 82",
    ),
    Definition(
        "Precision, recall, specificity, F1",
        ("precision", "recall", "specificity", "f1"),
        "Of rows predicted c, the share that is c; of rows that are c, the share predicted c; of rows that are not c, the "
        "share not "
        "predicted c; harmonic mean of precision and recall.",
        "",
    ),
    Definition(
        "Log loss, Brier score",
        ("log_loss", "brier_score"),
        "Mean of −ln of the label's probability; mean squared distance of the probabilities from the label's indicator. "
        "Interval: "
        "bootstrap-t.",
        "Brier 1950, Monthly Weather Review 78; Efron & Tibshirani 1993, ch. 12",
    ),
    Definition(
        "Overconfidence",
        ("overconfidence",),
        "Mean probability of the predicted class − accuracy. Positive: the model claims more than it keeps.",
        "",
    ),
    Definition(
        "Expected calibration error",
        ("expected_calibration_error",),
        "Mean |accuracy − confidence| over 15 bins of equal width, weighted by rows. Biased upwards, so no interval and no "
        "gate; it is "
        "compared with its mean for a calibrated model.",
        "Guo et al. 2017, arXiv:1706.04599; Bröcker & Smith 2007",
    ),
    Definition(
        "ROC AUC",
        ("roc_auc",),
        "Chance that a row of a class scores above a row of another class, ties counting half; mean over the classes, each "
        "against the rest. ½ is chance. Interval: from placement values, on the logit scale; values of one unit are summed.",
        "DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44; Obuchowski 1997, Biometrics 53",
    ),
    Definition(
        "Exact match, Hamming loss, micro F1",
        ("hamming_loss",),
        "Of models with several labels per row. Exact match: all labels of a row right at once. Hamming loss: share of single "
        "answers that are wrong. Micro F1: F1 of all answers together; macro F1: mean over labels. Rows are resampled, not "
        "answers.",
        "",
    ),
    Definition(
        "Average precision",
        ("average_precision", "mean_average_precision"),
        "Mean precision over the rows that have the label, each at its own score as the threshold. Chance gives the share of "
        "rows that have it. Interval: from influence values, on the logit scale.",
        "",
    ),
    Definition(
        "Disagreement, spread of members",
        ("members_disagreement", "members_pairwise_disagreement", "members_spread"),
        "Share of rows on which not all members of an ensemble predict the same; mean over pairs of members of the share on "
        "which the two differ; standard deviation between members of the probability of the class the ensemble predicts, mean "
        "over rows.",
        "",
    ),
    Definition(
        "Rank correlation, spread of members' attributions",
        ("members_rank_correlation", "members_attribution_spread"),
        "Spearman correlation of the attributions two members give the features of one case, mean over pairs and cases; "
        "standard deviation between members over their mean magnitude, both summed over the features of a case.",
        "",
    ),
    Definition(
        "Accuracy drop, largest drop",
        ("worst_corruption",),
        "Accuracy of the undisturbed rows − accuracy of the same rows disturbed. Interval: paired score interval, exact limits "
        "where fewer than 10 pairs differ, bootstrap-t with weights or units. Largest drop: over all corruptions and "
        "severities, each interval at a level that makes all of them hold at once. No test of attacks.",
        "Newcombe 1998, Statistics in Medicine 17; Hendrycks & Dietterich 2019, arXiv:1903.12261",
    ),
    Definition(
        "Deletion and insertion curve",
        ("deletion_curve", "insertion_curve"),
        "Mean score while features are replaced by the fill in the method's order, most important first (deletion), or "
        "restored to the "
        "filled input in that order (insertion). Ties: mean over seeded orders. Band: pointwise, bootstrap-t; where a handful "
        "of cases makes all the spread of a probability, the wider exact limits of a share (convention).",
        "Petsiuk, Das & Saenko 2018, arXiv:1806.07421; Covert, Lundberg & Lee 2021, JMLR 22",
    ),
    Definition(
        "Area, gain, margin",
        ("deletion_auc", "insertion_auc", "faithfulness_margin", "deletion_gain", "insertion_gain"),
        "Area: trapezoid over each case's true fractions. Gain: difference from the mean area of the random orders of the "
        "same case. "
        "Margin: insertion area − deletion area; exactly 0 is expected of a random order.",
        "",
    ),
    Definition(
        "Normalised margin",
        ("normalised_margin",),
        "Mean margin over the mean drop from the full to the filled input; a ratio of means. Not evaluated when that drop is "
        "below 0.05 "
        "(convention).",
        "",
    ),
    Definition(
        "Share beating random",
        ("beats_random_share",),
        "Share of a case's random orders with a larger deletion area, ties counting half; ½ is expected of a random order.",
        "",
    ),
    Definition(
        "Completeness",
        ("completeness_gap", "completeness_share"),
        "Attributions of a complete method add up to the logit's change from baseline to input. Gap: what is left. Share: "
        "cases whose gap "
        "is at most 5 % of that change (or of 0.1 logit).",
        "Sundararajan, Taly & Yan 2017, arXiv:1703.01365",
    ),
    Definition(
        "Class ranking, rank interval",
        ("feature_ranking",),
        "Features of a class by weighted mean magnitude of attribution to its logit, over cases predicted as it; where "
        "features differ from case to case, over the cases that hold the feature. Rank intervals hold "
        "for all features at once (max-t over pairs) and are conservative under ties.",
        "Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic Studies 91; Klein, Wright & Wieczorek 2020, JRSS C 69",
    ),
    Definition(
        "Rank stability",
        ("rank_stability",),
        "Agreement of the first features between random halves of the cases: ≥ 0.75 stable, below 0.40 unstable.",
        "Nogueira, Sechidis & Brown 2018, JMLR 18",
    ),
    Definition(
        "Verdict on a method",
        ("faithfulness_margin", "normalised_margin"),
        "“Usable for class-level rankings”: every criterion met or not applicable. “Do not rely on”: it does not beat random "
        "order, does not depend on the weights, is not complete, or one of the first two was not shown. “With caution”: all "
        "else.",
        "Adebayo et al. 2018, arXiv:1810.03292",
    ),
    Definition(
        "Instrument self-test",
        (),
        "`auditor selftest` on the machine that made the evidence: simulated data and trained models whose truth is known. "
        "Asked is whether 95 % intervals hold the truth, how often the instrument sees something where there is nothing, and "
        "whether a planted feature is ranked first. The author's own simulations.",
        "",
    ),
)
