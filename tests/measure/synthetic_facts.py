"""The plan and the whole-set facts of the synthetic run directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from auditor.evidence.facts import (
    DataFacts,
    Environment,
    ExemplarFact,
    FeatureFacts,
    FileFact,
    FillFacts,
    MethodFacts,
    ModelFacts,
    Prepared,
)
from auditor.evidence.record import sha256
from auditor.plan import AuditPlan
from auditor.plan.digest import evidence_sha256, thresholds_sha256

if TYPE_CHECKING:
    from tests.measure.synthetic import Synthetic

CLASSES = tuple(str(digit) for digit in range(10))
FEATURES = tuple(f"row {row}, column {column}" for row in range(1, 8) for column in range(1, 8))
METHODS = ("integrated_gradients", "saliency", "random")
STEPS = 20


def plan_of(data: Synthetic, gates: tuple[dict[str, object], ...], extra: dict[str, object]) -> AuditPlan:
    return AuditPlan.model_validate(
        {
            "name": "digits",
            "model": {
                "name": "digit classifier",
                "version": "1.0",
                "description": "A small convolutional network.",
                "factory": "digits:model",
                "classes": CLASSES,
            },
            "data": {
                "name": "synthetic digits",
                "factory": "digits:data",
                "modality": "image",
                "features": {"kind": "grid", "size": 4},
            },
            "methods": [{"name": name} for name in data.methods],
            "samples": data.selected,
            "seed": data.seed,
            "examples": "full",
            "unit": None if data.unit_size == 1 else "writer",
            "gates": gates,
            "primary": {"method": data.methods[0], "fill": "mean", "steps": STEPS},
            "declared": {
                "intended_purpose": {
                    "statement": "Reads single handwritten digits on scanned forms; a clerk checks each reading.",
                    "role": "product owner",
                    "date": "2026-11-01",
                }
            },
            **extra,
        }
    )


def prepared_of(data: Synthetic, plan: AuditPlan, exemplars: list[ExemplarFact]) -> Prepared:
    counts = np.bincount(data.label, minlength=len(CLASSES))
    predicted = np.bincount(data.predicted, minlength=len(CLASSES))
    titles = {"integrated_gradients": "Integrated Gradients", "saliency": "Saliency", "random": "Random attribution"}
    methods = tuple(
        MethodFacts(
            name=name,
            title=titles.get(name, name.replace("_", " ").capitalize()),
            options={"steps": 64} if name == "integrated_gradients" else {},
            applies=True,
            signed=name != "saliency",
            complete=name == "integrated_gradients",
            unit="logits",
            pool="sum",
            forwards=1,
            backwards=64 if name == "integrated_gradients" else 1,
            citation="Sundararajan, Taly & Yan, 2017" if name == "integrated_gradients" else "",
        )
        for name in data.methods
    )
    return Prepared(
        plan_sha256=evidence_sha256(plan),
        thresholds_sha256=thresholds_sha256(plan),
        model=ModelFacts(
            name="digit classifier", version="1.0", type="Net", classes=CLASSES, head="softmax", output="logits",
            parameters=21840, trainable=21840, state_sha256=sha256(b"weights"), dtype="float32", input_shape=(1, 28, 28),
            can=("gradient", "hooks", "copy"), reasons={"attention": "the model has no attention layer"},
            layers=(("conv1", "Conv2d", 260), ("conv2", "Conv2d", 5020), ("fc1", "Linear", 16050), ("fc2", "Linear", 510)),
            built="from the plan",
        ),
        data=DataFacts(
            name="synthetic digits", modality="image", supplied=data.rows, evaluated=data.rows, excluded={}, labelled=data.rows,
            label_counts=tuple(counts.tolist()), predicted_counts=tuple(predicted.tolist()), duplicates=0,
            decoded_sha256=sha256(b"data"), unit="" if data.unit_size == 1 else "writer", units=-(-data.rows // data.unit_size),
            sampling=plan.sampling, seen_in_training=plan.seen_in_training, minimum=-0.4242, maximum=2.8215, ids="hashed",
            id_key="3f2a9c11",
        ),
        features=FeatureFacts(kind="grid", names=FEATURES, grid=(7, 7), description="4 × 4 pixel patches, 7 rows by 7 columns"),
        files=(FileFact(name="digits.pth", role="weights", bytes=89871, sha256=sha256(b"weights file")),),
        strata=tuple(data.strata),
        fills=(FillFacts(name="mean", description="mean image of 1,000 rows (raw 33.3 of 255)", sha256=sha256(b"mean")),),
        methods=methods,
        exemplars=tuple(exemplars),
        steps=STEPS,
        environment=Environment(
            auditor="0.1.0", packages={"torch": "2.13.0", "numpy": "2.4.0"}, python="3.12.3", platform="Linux x86_64",
            device="cpu", threads=1, rows=256, determinism={"deterministic_algorithms": "on", "tf32": "off"},
        ),
        seed=data.seed,
    )  # fmt: skip
