"""Results of every kind, made by hand with plausible values; gaps among them."""

from __future__ import annotations

import numpy as np

from auditor.evidence.results import Curve, Estimate, Interval, NotEvaluated, RankedFeature, Ranking, Result, Samples, Table

DIGITS = tuple(str(digit) for digit in range(10))
METHODS = ("integrated_gradients", "saliency", "input_x_gradient", "occlusion", "random")
TITLES = {
    "integrated_gradients": "Integrated Gradients",
    "saliency": "Saliency",
    "input_x_gradient": "Input × Gradient",
    "occlusion": "Occlusion",
    "random": "Random attribution",
}
ALL = Samples(rows=5000, units=5000, population="all evaluated rows")
CASES = Samples(
    rows=500, units=500, population="selected cases, weighted to all evaluated rows", weighted=True, design_effect=1.1
)


def estimate(name: str, value: float, half: float | None, unit: str = "fraction", **by: str) -> Estimate:
    """An estimate with a symmetric interval, or without one."""
    by = {key.rstrip("_"): text for key, text in by.items()}
    samples = CASES if "method" in by else ALL
    if half is None:
        return Estimate(name=name, slice=by, unit=unit, samples=samples, value=value, no_interval="biased; see its definition")
    interval = Interval(low=value - half, high=value + half, how="bootstrap-t, 2,000 resamples")
    return Estimate(name=name, slice=by, unit=unit, samples=samples, value=value, interval=interval)


def curve(name: str, y: np.ndarray, half: float, **by: str) -> Curve:
    """A curve on 21 points with a constant band that closes at both ends."""
    x = np.linspace(0, 1, len(y))
    band = half * np.sin(np.pi * x)
    return Curve(
        name=name, slice=by, unit="probability", samples=CASES, x=tuple(x.tolist()), y=tuple(y.tolist()),
        low=tuple((y - band).tolist()), high=tuple((y + band).tolist()), x_name="fraction of features removed",
    )  # fmt: skip


def results(classes: tuple[str, ...] = DIGITS, features: tuple[str, ...] = ()) -> tuple[Result, ...]:
    """Everything part of a first audit measures, with plausible values."""
    found: list[Result] = [
        estimate("accuracy", 0.9912, 0.0027), estimate("balanced_accuracy", 0.9908, 0.003), estimate("macro_f1", 0.9909, 0.003),
        estimate("roc_auc", 0.9993, 0.0003),
        estimate("log_loss", 0.0312, 0.008, "nats"), estimate("brier_score", 0.0141, 0.004, "score"),
        estimate("overconfidence", 0.0031, 0.0022), estimate("expected_calibration_error", 0.0041, None),
    ]  # fmt: skip
    generator = np.random.default_rng(3)
    for name in classes:
        for metric in ("precision", "recall", "specificity", "f1"):
            found.append(estimate(metric, float(generator.uniform(0.96, 0.995)), 0.004, class_=name))
    found += tables(classes, generator)
    x = np.linspace(0, 1, 21)
    random = 0.02 + 0.96 * (1 - x) ** 0.6
    for kind, control in (("deletion", random), ("insertion", random[::-1])):
        found.append(curve(f"{kind}_curve", control, 0.01, control="random", fill="mean"))
    for place, method in enumerate(METHODS):
        found += explained(method, 0.35 + 0.12 * place, random, x)
    for name in classes:
        found.append(ranking(name, features or patches(), generator))
        found.append(estimate("rank_stability", 0.81, 0.05, "index", method="integrated_gradients", class_=name))
    found.append(NotEvaluated(name="group_difference", reason="no groups are declared"))
    found.append(
        NotEvaluated(name="model_dependence", slice={"method": "saliency"}, reason="weights are not randomised in this version")
    )
    return tuple(found)


def tables(classes: tuple[str, ...], generator: np.random.Generator) -> list[Result]:
    """Confusion matrix and reliability."""
    count = len(classes)
    matrix = np.diag(np.full(count, 490)) + (generator.random((count, count)) < 0.2) * generator.integers(1, 4, (count, count))
    rows = tuple((name, *map(int, matrix[index])) for index, name in enumerate(classes))
    bins = []
    for index in range(15):
        low, high = index / 15, (index + 1) / 15
        size = 4700 if index == 14 else 40 if index > 9 else 3 if index > 5 else 0
        middle = (low + high) / 2
        full = size >= 10
        bins.append((low, high, size, middle if size else None, middle - 0.02 if size else None,
                     middle - 0.1 if full else None, min(1.0, middle + 0.06) if full else None))  # fmt: skip
    columns = ("from", "to", "rows", "confidence", "accuracy", "low", "high")
    return [
        Table(name="confusion_matrix", unit="count", samples=ALL, columns=("label", *classes), rows=rows),
        Table(name="reliability", unit="fraction", samples=ALL, columns=columns, rows=tuple(bins)),
    ]


def explained(method: str, power: float, random: np.ndarray, x: np.ndarray) -> list[Result]:
    """Curves and figures of one method."""
    by = {"method": method, "fill": "mean"}
    known = {"random": random}
    deletion = known.get(method, 0.02 + 0.96 * (1 - x) ** (1.2 / power))
    insertion = known.get(method, 0.02 + 0.96 * (1 - x) ** (power / 2))[::-1]
    return [
        curve("deletion_curve", deletion, 0.02, **by), curve("insertion_curve", insertion, 0.02, **by),
        curve("deletion_difference", deletion - random, 0.02, **by),
        curve("insertion_difference", insertion - random[::-1], 0.02, **by),
        estimate("deletion_auc", float(deletion.mean()), 0.01, "probability", **by),
        estimate("insertion_auc", float(insertion.mean()), 0.01, "probability", **by),
        estimate("faithfulness_margin", float((insertion - deletion).mean()), 0.02, "probability", **by),
        estimate("normalised_margin", float((insertion - deletion).mean() / 0.96), 0.02, "ratio", **by),
        estimate("beats_random_share", 0.93 - power / 4, 0.01, "fraction", **by),
        estimate("tie_share", 0.02, 0.004, "fraction", **by),
        estimate("completeness_share", 0.98, 0.01, "fraction", method=method) if method == "integrated_gradients" else
        NotEvaluated(name="completeness_share", slice={"method": method}, reason="the method does not claim completeness"),
    ]  # fmt: skip


def patches() -> tuple[str, ...]:
    """Names of a 7 × 7 grid."""
    return tuple(f"row {row}, column {column}" for row in range(1, 8) for column in range(1, 8))


def ranking(name: str, features: tuple[str, ...], generator: np.random.Generator) -> Ranking:
    """A ranking with shares that add up to one."""
    share = np.sort(generator.gamma(0.6, 1, len(features)))[::-1]
    share /= share.sum()
    order = generator.permutation(len(features))
    items = tuple(
        RankedFeature(feature=features[order[rank]], score=float(share[rank]), share=float(share[rank]), rank=rank + 1,
                      low=max(1, rank - 1), high=min(len(features), rank + 3))
        for rank in range(len(features))
    )  # fmt: skip
    return Ranking(
        name="feature_ranking", slice={"method": "integrated_gradients", "class": name}, unit="logit", samples=CASES,
        items=items[:50], length=len(items), how="max-t over pairs, 2,000 resamples, 95 % simultaneous",
    )  # fmt: skip
