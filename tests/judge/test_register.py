"""The register of findings: entries by people, gates that are not met, mistakes with their place."""

from __future__ import annotations

import pytest

from auditor.errors import AuditError, PlanMistakes
from auditor.judge import judge
from auditor.judge.register import keep_register, read_register, registered, stored_register
from tests.judge.test_gates import estimate, plan_with

GATES = ({"result": "accuracy", "at_least": 0.98}, {"result": "f1", "at_least": 0.99}, {"result": "f1", "at_most": 0.999})
RESULTS = [estimate(), estimate("f1"), estimate("recall", class_="cat"), estimate("recall", class_="dog")]
GOOD = b"""
- id: F1
  severity: high
  gate: accuracy
  owner: A. Example
  due: 2026-12-31
  response: retrain with more dogs
- id: F2
  severity: low
  statement: Cats and dogs are confused at dusk.
  results: [{result: recall}, {result: accuracy}]
  status: closed
"""


def findings(content: bytes | None):
    plan = plan_with(*GATES)
    register = None if content is None else read_register(content)
    return registered(plan, register, judge(plan, RESULTS), RESULTS)


def test_every_gate_that_is_not_met_is_a_finding_until_somebody_takes_it_up():
    alone = findings(None)
    assert [(f.id, f.severity, f.owner, f.status) for f in alone] == [
        ("finding-gate-1", "", "", "open"),
        ("finding-gate-2", "", "", "open"),
    ]
    first, second, left = findings(GOOD)
    assert left.id == "finding-gate-2"
    assert first.statement == alone[0].statement and first.results == (("accuracy", {}),)
    assert (first.severity, first.owner, first.due, first.response) == (
        "high",
        "A. Example",
        "2026-12-31",
        "retrain with more dogs",
    )
    assert second.status == "closed"
    assert second.results == (("recall", {"class": "cat"}), ("recall", {"class": "dog"}), ("accuracy", {}))


def test_an_empty_register_says_nothing():
    assert [f.id for f in findings(b"# nothing yet\n")] == ["finding-gate-1", "finding-gate-2"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"id: F1", "begin each finding with `- id: F1`"),
        (b"- [1, 2]", "Finding 1"),
        (b"- {id: F1, severity: huge, gate: accuracy}", "severity"),
        (b"- {id: F1, severity: low, gate: accuracy, ownr: x}", "ownr"),
        (b"- {id: F1, severity: low, results: [{result: f1}]}", "says nothing"),
        (b"- {id: F1, severity: low, statement: x}", "rests on nothing"),
        (b"- {id: F1, severity: low, gate: accuracy, due: 2026-02-30}", "no day of the calendar"),
        (b"- {id: F1, severity: low, gate: 1}\n- {id: F1, severity: low, gate: 2}", "Two findings are called `F1`"),
        (b"- {id: F1, severity: low, gate: f1}", "write 2 or 3"),
        (b"- {id: F1, severity: low, gate: 7}", "There is no such gate."),
        (b"- {id: F1, severity: low, statement: x, results: [{result: recal}]}", "did you mean `recall`?"),
        (b"- {id: F1, severity: low, statement: x, results: [{result: recall, slice: {class: cow}}]}", "class cat; class dog"),
        (b"- id: [", "findings.yaml"),
        (b"\xff\xfe\x00", "findings.yaml"),
    ],
)
def test_a_mistake_in_the_register_is_told_and_can_be_repaired(content, says):
    with pytest.raises(AuditError) as error:
        findings(content)
    assert says in str(error.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(PlanMistakes) as error:
        read_register(b"- {id: F1, severity: low, statement: x}\n- {id: '', severity: no, gate: 1}")
    assert len(error.value.mistakes) == 3


def test_a_changed_register_makes_the_report_anew_and_an_unchanged_one_does_not(tmp_path):
    run, beside = tmp_path / "run", tmp_path / "plan"
    run.mkdir()
    beside.mkdir()

    def kept() -> bool:
        (run / "report.json").write_text("{}")
        keep_register(run, beside)
        return (run / "report.json").exists()

    assert kept() and stored_register(run) is None
    (beside / "findings.yaml").write_bytes(GOOD)
    assert not kept() and len(stored_register(run).entries) == 2
    assert kept()
    (beside / "findings.yaml").write_bytes(b"- nonsense")
    with pytest.raises(AuditError):
        kept()
    assert len(stored_register(run).entries) == 2 and (run / "report.json").exists()
    (beside / "findings.yaml").unlink()
    assert not kept() and stored_register(run) is None
