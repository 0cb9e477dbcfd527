"""A report made by hand: every kind of result, gaps among them, and the files it names. No torch, no measuring."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from auditor.evidence.facts import (
    DataFacts,
    Environment,
    FeatureFacts,
    FileFact,
    FillFacts,
    MethodFacts,
    ModelFacts,
    Prepared,
    Stratum,
)
from auditor.evidence.findings import Finding
from auditor.evidence.record import canonical_json, sha256
from auditor.evidence.results import (
    Curve,
    Estimate,
    Interval,
    NotEvaluated,
    RankedFeature,
    Ranking,
    Result,
    Samples,
    Table,
)
from auditor.evidence.store import write_atomically
from auditor.report.record import Exemplar, Report

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
CASES = Samples(rows=500, units=500, population="selected cases, weighted to all evaluated rows", weighted=True, design_effect=1.1)


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
    found.append(NotEvaluated(name="model_dependence", slice={"method": "saliency"}, reason="weights are not randomised in this version"))
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


def plan(**changed: Any) -> dict[str, Any]:
    """The resolved plan."""
    return {
        "name": "digits",
        "model": {"name": "digit-cnn", "version": "1.3.0", "description": "Convolutional network for handwritten digits", "classes": DIGITS},
        "data": {"name": "mnist-5k", "version": "0.23", "description": "5,000 scanned digits"},
        "primary": {"method": "integrated_gradients", "fill": "mean", "score": "probability", "steps": 20},
        "seen_in_training": "unknown",
        "groups": [],
        "examples": "full",
        "gates": [{"result": "accuracy", "at_least": 0.98, "chosen_by": "release engineer"}],
        "declared": {
            "intended_purpose": {"statement": "Reading digits on scanned forms; a clerk checks each reading.",
                                 "role": "product owner", "date": "2026-11-03", "name": ""},
        },
        "report": {"title": "", "language": "en", "paper": "A4"},
    } | changed  # fmt: skip


def prepared(classes: tuple[str, ...] = DIGITS, features: tuple[str, ...] = ()) -> Prepared:
    """Whole-set facts."""
    count = len(classes)
    return Prepared(
        plan_sha256=sha256(b"plan"), thresholds_sha256=sha256(b"gates"),
        model=ModelFacts(
            name="digit-cnn", version="1.3.0", type="ConvolutionalNetwork", classes=classes, head="softmax", output="logits",
            parameters=412345, trainable=412345, state_sha256=sha256(b"weights"), dtype="float32", input_shape=(1, 28, 28),
            can=("gradient", "hooks", "copy"), reasons={"attention": "the model has no attention layer"},
            layers=(("conv1", "Conv2d", 320), ("conv2", "Conv2d", 18496), ("fc1", "Linear", 390000), ("fc2", "Linear", 3529)),
            built="from the plan",
        ),
        data=DataFacts(
            name="mnist-5k", modality="image", supplied=5000, evaluated=5000, excluded={}, labelled=5000,
            label_counts=tuple([5000 // count] * count), predicted_counts=tuple([5000 // count] * count), duplicates=2,
            decoded_sha256=sha256(b"data"), unit="", units=5000, sampling="by_label", seen_in_training="unknown", minimum=-0.4242,
            maximum=2.8215, ids="hashed", id_key="9f2c",
        ),
        features=FeatureFacts(
            kind="columns" if features else "grid", names=features or patches(), grid=None if features else (7, 7),
            description="columns" if features else "4 × 4 pixel patches, 7 rows by 7 columns",
        ),
        files=(FileFact(name="cnn.pth", role="weights", bytes=1651234, sha256=sha256(b"file")),),
        strata=tuple(
            Stratum(predicted=index, right=right, rows=490 if right else 4, selected=46 if right else 4)
            for index in range(count)
            for right in (True, False)
        ),
        fills=(FillFacts(name="mean", description="the mean image of 1,000 reference rows", sha256=sha256(b"mean")),),
        methods=tuple(
            MethodFacts(
                name=name, title=TITLES[name], options={"steps": 64} if name == "integrated_gradients" else {}, applies=True,
                signed=name not in ("saliency", "random"), complete=name == "integrated_gradients", unit="logits", pool="sum",
                forwards=1, backwards=1, citation="Sundararajan, Taly & Yan, 2017" if name == "integrated_gradients" else "",
            )
            for name in METHODS
        ),
        exemplars=(), steps=20,
        environment=Environment(
            auditor="0.1.0", packages={"torch": "2.13.0", "numpy": "2.4.6"}, python="3.12.3", platform="Linux x86_64", device="cpu",
            threads=2, rows=256, determinism={"deterministic_algorithms": "on"}, commit="a3dd3dc", dirty=False,
        ),
        seed=0,
    )  # fmt: skip


def findings() -> tuple[Finding, ...]:
    """Gates of three outcomes and two verdicts."""
    verdicts = {
        "integrated_gradients": "Do not rely on: dependence on the weights was not evaluated, so it is not shown.",
        "saliency": "With caution: stability was not evaluated.",
    }
    gates = (
        ("accuracy", "met", 0.9912, 0.9885, 0.9939, "≥ 0.98", {}),
        ("overconfidence", "not met", 0.031, 0.024, 0.038, "≤ 0.02", {}),
        ("recall", "inconclusive", 0.962, 0.931, 0.98, "≥ 0.95", {"class": "3"}),
    )
    return (
        *(Finding(id=f"gate {name}", kind="gate", status=status, statement=name, results=((name, by),), value=value, low=low, high=high,
                  bound=bound, unit="fraction", next_step="" if status == "met" else "Collect more rows of this class.")
          for name, status, value, low, high, bound, by in gates),
        *(Finding(id=f"verdict {method}", kind="verdict", status="not evaluated", statement=text,
                  results=(("normalised_margin", {"method": method, "fill": "mean"}),))
          for method, text in verdicts.items()),
    )  # fmt: skip


def exemplars(run: Path, with_files: bool) -> tuple[tuple[Exemplar, ...], dict[str, str]]:
    """Nine cases and, where asked, their files."""
    generator = np.random.default_rng(5)
    found, files = [], {}
    groups = ("right", "right", "right", "wrong", "wrong", "wrong", "borderline", "borderline", "borderline")
    for number, group in enumerate(groups):
        path = f"exemplars/{number}.npz" if with_files else ""
        if with_files:
            ring = np.hypot(*np.meshgrid(np.arange(28) - 14, np.arange(28) - 14))
            image = (255 * np.exp(-(((ring - 7) / 2.2) ** 2))).astype(np.uint8)
            coarse = generator.normal(0, 1, (7, 7)) * (np.kron(np.ones((7, 7)), np.ones((1, 1))))
            maps = {f"map:{name}": np.kron(coarse, np.ones((4, 4))).astype(np.float32) for name in METHODS[:4]}
            sink = io.BytesIO()
            np.savez(sink, image=image, **maps)  # type: ignore[arg-type]
            write_atomically(run / path, sink.getvalue())
            files[path] = sha256(sink.getvalue())
        top = {name: tuple((patches()[7 * k + number % 7], 0.2 - 0.03 * k) for k in range(5)) for name in METHODS[:4]}
        found.append(
            Exemplar(sample_id=f"{number:02d}f3a9c11b2c{number}", rule=f"{group}, confidence nearest the median of its class", group=group,
                     label=number, predicted=number if group == "right" else (number + 5) % 10, probability=0.981, top=top, file=path)
        )  # fmt: skip
    return tuple(found), files


def write(run: Path, **changed: Any) -> Report:
    """Write report.json and its files into `run`; `changed` replaces fields of the report. Returns the report."""
    run.mkdir(parents=True, exist_ok=True)
    the_plan = changed.pop("plan", plan())
    shown, files = exemplars(run, with_files=the_plan.get("examples") == "full")
    fields: dict[str, Any] = {
        "plan": the_plan, "prepared": prepared(), "evidence": {"samples": sha256(b"samples"), "curves": sha256(b"curves")},
        "protocols": {}, "results": results(), "findings": findings(), "thresholds_sha256": sha256(b"gates"),
        "exemplars": shown if the_plan.get("examples") != "none" else (), "files": files,
    }  # fmt: skip
    report = Report(**(fields | changed))
    write_atomically(run / "report.json", canonical_json(report))
    return report
