"""Whole-set facts of the sample report."""

from __future__ import annotations

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
from auditor.evidence.record import sha256
from tests.report.sample_results import DIGITS, METHODS, TITLES, patches


def prepared(classes: tuple[str, ...] = DIGITS, features: tuple[str, ...] = ()) -> Prepared:
    """Whole-set facts."""
    count = len(classes)
    return Prepared(
        plan_sha256=sha256(b"plan"),
        thresholds_sha256=sha256(b"gates"),
        model=ModelFacts(
            name="digit-cnn",
            version="1.3.0",
            type="ConvolutionalNetwork",
            classes=classes,
            head="softmax",
            output="logits",
            parameters=412345,
            trainable=412345,
            state_sha256=sha256(b"weights"),
            dtype="float32",
            input_shape=(1, 28, 28),
            can=("gradient", "hooks", "copy"),
            reasons={"attention": "the model has no attention layer"},
            layers=(("conv1", "Conv2d", 320), ("conv2", "Conv2d", 18496), ("fc1", "Linear", 390000), ("fc2", "Linear", 3529)),
            built="from the plan",
        ),
        data=DataFacts(
            name="mnist-5k",
            modality="image",
            supplied=5000,
            evaluated=5000,
            excluded={},
            labelled=5000,
            label_counts=tuple([5000 // count] * count),
            predicted_counts=tuple([5000 // count] * count),
            duplicates=2,
            decoded_sha256=sha256(b"data"),
            unit="",
            units=5000,
            sampling="by_label",
            seen_in_training="unknown",
            minimum=-0.4242,
            maximum=2.8215,
            ids="hashed",
            id_key="9f2c",
        ),
        features=FeatureFacts(
            kind="columns" if features else "grid",
            names=features or patches(),
            grid=None if features else (7, 7),
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
                name=name,
                title=TITLES[name],
                options={"steps": 64} if name == "integrated_gradients" else {},
                applies=True,
                signed=name not in ("saliency", "random"),
                complete=name == "integrated_gradients",
                unit="logits",
                pool="sum",
                forwards=1,
                backwards=1,
                citation="Sundararajan, Taly & Yan, 2017" if name == "integrated_gradients" else "",
            )
            for name in METHODS
        ),
        exemplars=(),
        steps=20,
        environment=Environment(
            auditor="0.1.0",
            packages={"torch": "2.13.0", "numpy": "2.4.6"},
            python="3.12.3",
            platform="Linux x86_64",
            device="cpu",
            threads=2,
            rows=256,
            determinism={"deterministic_algorithms": "on"},
            commit="a3dd3dc",
            dirty=False,
        ),
        seed=0,
    )
