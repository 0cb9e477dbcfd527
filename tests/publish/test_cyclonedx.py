"""The bill of material against the strict schemas of CycloneDX, and what must be in it."""

from __future__ import annotations

import base64
import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from auditor.evidence.results import Estimate
from auditor.publish import cyclonedx as module
from auditor.publish.card_figures import Figure
from auditor.publish.cyclonedx import cyclonedx
from auditor.publish.model_signing import root_digest
from tests.publish import a_run

VERSIONS = {"1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch):
    monkeypatch.setattr(module, "figures", lambda run: (Figure("curves.svg", b"<svg/>", "a curve", "Verdict."),))


def valid(run, spec: str):
    content = cyclonedx(run, spec)
    assert JsonStrictValidator(VERSIONS[spec]).validate_str(content.decode()) is None
    return json.loads(content)


@pytest.mark.parametrize("spec", VERSIONS)
def test_it_is_valid_by_the_strict_schema_and_the_same_every_time(run, spec):
    assert valid(run, spec)["specVersion"] == spec
    assert cyclonedx(run, spec) == cyclonedx(run, spec)


@pytest.mark.parametrize("spec", VERSIONS)
def test_a_run_without_gates_version_weights_or_statements_is_valid_too(tmp_path, spec):
    from tests.report import sample

    prepared = sample.prepared()
    prepared = prepared.model_copy(update={"files": (), "model": prepared.model.model_copy(update={"version": ""})})
    run = a_run.write(
        tmp_path / "run", findings=(), prepared=prepared, plan=sample.plan(gates=[], declared={}, examples="none")
    )
    assert valid(run, spec)["declarations"]["claims"] == []


def test_every_estimate_is_a_metric_of_texts_with_its_interval(run):
    card = valid(run, "1.6")["metadata"]["component"]["modelCard"]
    metrics = card["quantitativeAnalysis"]["performanceMetrics"]
    assert len(metrics) == sum(isinstance(one, Estimate) for one in run.report.results)
    accuracy = next(one for one in metrics if one["type"] == "accuracy")
    assert float(accuracy["confidenceInterval"]["lowerBound"]) == 0.9912 - 0.0027
    recall = next(one for one in metrics if one["type"] == "recall")
    assert recall["slice"] == "class 0"


def test_gaps_declarations_and_figures_are_there(run):
    component = valid(run, "1.7")["metadata"]["component"]
    properties = {one["name"]: one["value"] for one in component["properties"]}
    assert properties["auditor:not_evaluated:group_difference"] == "no groups are declared"
    assert properties["auditor:model_signing_root_sha256"] == root_digest(run.report)
    assert component["hashes"][0]["content"] == run.report.prepared.files[0].sha256
    image = component["modelCard"]["quantitativeAnalysis"]["graphics"]["collection"][0]["image"]
    assert base64.b64decode(image["content"]) == b"<svg/>"
    assert component["modelCard"]["considerations"]["useCases"][0].startswith("Reading digits")


def test_every_gate_is_a_requirement_and_only_decided_ones_have_a_score(run):
    bom = valid(run, "1.6")
    requirements = [one["bom-ref"] for one in bom["definitions"]["standards"][0]["requirements"]]
    mapped = {
        one["requirement"]: one.get("conformance", {}).get("score") for one in bom["declarations"]["attestations"][0]["map"]
    }
    assert mapped == dict(zip(requirements, [1.0, 0.0, None, None], strict=True))
    assert {one["target"] for one in bom["declarations"]["claims"]} == {bom["metadata"]["component"]["bom-ref"]}


def test_nobody_has_signed_off(run):
    assert valid(run, "1.6")["declarations"]["affirmation"] == {"statement": "", "signatories": []}


def test_every_reference_points_at_something_in_the_document(run):
    bom = valid(run, "1.6")
    text = json.dumps(bom)
    names = {found.split('"')[0] for found in text.split('"bom-ref": "')[1:]}
    said = bom["declarations"]
    used = {ref for claim in said["claims"] for ref in (claim["target"], *claim["evidence"])}
    used |= {ref for one in said["attestations"] for m in one["map"] for ref in (m["requirement"], *m.get("claims", []))}
    used |= {one["assessor"] for one in said["attestations"]} | {"data"}
    assert used <= names
