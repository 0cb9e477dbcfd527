"""A CycloneDX 1.6 or 1.7 bill of material of the audited model, with its model card, data, gates and (empty) sign-off.

Built as plain values: no library of the format knows model cards. Every metric value is a text, as the schema wants it. The
serial number is made from the report id, so the same run gives the same bytes.
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any, Literal

from auditor.evidence.results import Estimate
from auditor.publish import said
from auditor.publish.card_figures import figures
from auditor.publish.cyclonedx_declarations import declarations, definitions
from auditor.publish.finished import FinishedRun
from auditor.publish.metrics import gaps
from auditor.publish.model_signing import root_digest
from auditor.report.material import TOPICS
from auditor.report.sections import limits
from auditor.report.words import slice_words

Spec = Literal["1.6", "1.7"]
MODEL, DATA = "model", "data"


def cyclonedx(run: FinishedRun, spec: Spec = "1.6") -> bytes:
    """The bill of material as JSON, UTF-8."""
    _, ended, _ = run.times
    bom: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{spec}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": spec,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'auditor:{run.report_id}')}",
        "version": 1,
        "metadata": {
            **({"timestamp": ended} if ended else {}),
            "tools": {"components": [_tool(run)]},
            "component": _model(run),
        },
        "components": [_data(run)],
        "dependencies": [{"ref": MODEL, "dependsOn": [DATA]}, {"ref": DATA}],
        "definitions": definitions(run),
        "declarations": declarations(run, MODEL),
    }
    return (json.dumps(bom, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _tool(run: FinishedRun) -> dict[str, Any]:
    return {"type": "application", "name": "auditor", "version": run.report.prepared.environment.auditor or "unknown"}


def _model(run: FinishedRun) -> dict[str, Any]:
    model, files = run.report.prepared.model, run.report.prepared.files
    weights = [file for file in files if file.role == "weights"]
    root = root_digest(run.report)
    properties = {
        "auditor:report_id": run.report_id,
        "auditor:state_sha256": model.state_sha256,
        "auditor:thresholds_sha256": run.report.thresholds_sha256,
        **({"auditor:model_signing_root_sha256": root} if root else {}),
        **{f"auditor:not_evaluated:{name}": reason for name, reason in gaps(run.report).items()},
    }
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": MODEL,
        "name": model.name,
        **({"version": model.version} if model.version else {}),
        "externalReferences": [
            {"type": kind, "url": name, "hashes": [{"alg": "SHA-256", "content": run.digests[name]}]}
            for kind, name in (("evidence", "report.json"), ("quality-metrics", "report.pdf"), ("configuration", "plan.yaml"))
            if name in run.digests
        ],
        "modelCard": _card(run),
        "properties": [{"name": name, "value": value} for name, value in properties.items()],
    }
    if len(weights) == 1:
        component["hashes"] = [{"alg": "SHA-256", "content": weights[0].sha256}]
    elif weights:
        component["components"] = [
            {"type": "file", "name": file.name, "hashes": [{"alg": "SHA-256", "content": file.sha256}]} for file in weights
        ]
    return component


def _card(run: FinishedRun) -> dict[str, Any]:
    model, data = run.report.prepared.model, run.report.prepared.data
    material = said.material_of(run)
    limiting = limits.context(material)
    purpose = material.statement("intended_purpose")
    told = {TOPICS[key]: one for key in TOPICS if (one := material.statement(key)) is not None}
    pictures = [
        {"name": one.file, "image": {"contentType": "image/svg+xml", "encoding": "base64",
                                     "content": base64.b64encode(one.content).decode()}}
        for one in figures(run)
    ]  # fmt: skip
    return {
        "bom-ref": "model-card",
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": "classification",
            "modelArchitecture": model.type,
            "datasets": [{"ref": DATA}],
            "inputs": [{"format": f"{data.modality}, {model.dtype} [{', '.join(map(str, model.input_shape))}]"}],
            "outputs": [{"format": f"{model.output}, {len(model.classes)} classes, head {model.head}"}],
        },
        "quantitativeAnalysis": {
            "performanceMetrics": [_metric(one) for one in run.report.results if isinstance(one, Estimate)],
            "graphics": {"description": "Figures of the audit report.", "collection": pictures},
        },
        "considerations": {
            "useCases": [purpose.text] if purpose else [],
            "technicalLimitations": [*limiting.conclusions, *limiting.not_examined],
        },
        "properties": [{"name": f"auditor:declared:{topic}", "value": f"{one.text} ({one.by})"} for topic, one in told.items()],
    }


def _metric(one: Estimate) -> dict[str, Any]:
    metric: dict[str, Any] = {"type": one.name, "value": repr(one.value)}
    if one.slice:
        metric["slice"] = slice_words(one.slice)
    if one.interval is not None:
        metric["confidenceInterval"] = {"lowerBound": repr(one.interval.low), "upperBound": repr(one.interval.high)}
    return metric


def _data(run: FinishedRun) -> dict[str, Any]:
    data = run.report.prepared.data
    material = said.material_of(run)
    described = str(material.plan("data", "description", default="")).strip()
    version = str(material.plan("data", "version", default="")).strip()
    facts = {
        "auditor:decoded_sha256": data.decoded_sha256,
        "auditor:rows": str(data.evaluated),
        "auditor:unit": data.unit or "each row is independent (not declared)",
        "auditor:sampling": data.sampling,
        "auditor:seen_in_training": data.seen_in_training,
    }
    return {
        "type": "data",
        "bom-ref": DATA,
        "name": data.name,
        **({"version": version} if version else {}),
        "data": [
            {
                "type": "dataset",
                "name": data.name,
                "classification": "not stated",
                **({"description": described} if described else {}),
            }
        ],
        "properties": [{"name": name, "value": value} for name, value in facts.items()],
    }
