"""Clauses in the bill of material: requirements with claims and evidence, never with a score."""

from __future__ import annotations

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from auditor.evidence.frameworks import framework_names
from auditor.publish import cyclonedx as module
from auditor.publish.cyclonedx import cyclonedx
from auditor.publish.gate_outcomes import outcomes
from auditor.publish.junit import junit
from tests.publish import a_run
from tests.report.sample_clauses import clauses

VERSIONS = {"1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}
SAID = {"statement": "A clerk sees each reading.", "role": "product owner", "date": "2026-11-03"}


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch):
    monkeypatch.setattr(module, "figures", lambda run: ())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    chosen = [{"id": "eu-ai-act", "applicability": SAID}, *(name for name in framework_names() if name != "eu-ai-act")]
    frameworks, found = clauses(*chosen, declared={"human_oversight": SAID, "intended_purpose": SAID})
    return a_run.write(tmp_path_factory.mktemp("clauses") / "run", frameworks=frameworks, findings=found)


@pytest.fixture(scope="module")
def bom(run):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "figures", lambda run: ())
        return json.loads(cyclonedx(run, "1.6"))


@pytest.mark.parametrize("spec", VERSIONS)
def test_every_framework_of_the_product_makes_a_document_valid_by_the_strict_schema(run, spec):
    assert JsonStrictValidator(VERSIONS[spec]).validate_str(cyclonedx(run, spec).decode()) is None


def test_every_framework_is_a_standard_with_its_clauses_and_its_date(bom):
    standards = bom["definitions"]["standards"]
    assert len(standards) == len(framework_names()) + 1  # and the gates
    act = next(one for one in standards if one["bom-ref"] == "standard-eu-ai-act")
    assert "as of 2026-11-21" in act["description"] and "declared by product owner, 2026-11-03" in act["description"]
    assert "Art. 9(8)" in {one["identifier"] for one in act["requirements"]}


def test_no_clause_has_a_score_and_what_is_missing_has_no_claim(bom):
    said = bom["declarations"]
    claims = {one["bom-ref"]: one for one in said["claims"]}
    mapped = {entry["requirement"]: entry for one in said["attestations"][1:] for entry in one["map"]}
    assert not any("conformance" in entry for entry in mapped.values())
    assert mapped["requirement-eu-ai-act Art. 13(3)(a)"]["claims"] == []
    assert mapped["requirement-eu-ai-act Art. 20"]["claims"] == []
    (stop,) = mapped["requirement-eu-ai-act Art. 14(4)(d)-(e)"]["claims"]
    assert claims[stop]["predicate"].startswith("declared by product owner, 2026-11-03: Art. 14(4)(d)-(e)")
    (attacks,) = mapped["requirement-eu-ai-act Art. 15(5)"]["claims"]
    assert claims[attacks]["predicate"].startswith("partial: security not evaluated")


def test_every_claim_names_evidence_and_requirement_that_are_there(bom):
    said = bom["declarations"]
    evidence = {one["bom-ref"] for one in said["evidence"]}
    requirements = {one["bom-ref"] for standard in bom["definitions"]["standards"] for one in standard["requirements"]}
    assert {ref for claim in said["claims"] for ref in claim["evidence"]} == evidence
    assert {entry["requirement"] for one in said["attestations"] for entry in one["map"]} == requirements


def test_build_servers_see_gates_only(run):
    found = outcomes(run)
    assert [one.finding.kind for one in found] == ["gate"] * len(run.gates)
    assert "eu-ai-act" not in junit(run, found).decode()
