"""The frameworks of the product are whole, and those of users are read with every mistake told."""

from __future__ import annotations

import pytest

from auditor.errors import AuditError, PlanMistakes
from auditor.evidence.frameworks import framework_names, read_framework, shipped
from auditor.evidence.own_frameworks import STORED, chosen, keep_frameworks, own_frameworks
from auditor.judge.changes.release import NAME as RELEASE
from auditor.judge.declarations import TITLES
from auditor.judge.evidence_kinds import KINDS
from auditor.measure import known_names
from auditor.plan.read import check_plan
from auditor.plan.stored import stored_plan
from auditor.report.sections import ANNEXES, ORDER
from tests.judge.test_gates import plan_with

OWN = """\
schema_version: 1
id: house-rules
title: Rules of the house
version: "2"
date: 2026-01
as_of: 2026-10-01
source_url: https://example.org/rules
status_note: Binding inside the company.
clauses:
  - {id: R1, title: Accuracy, requirement: Accuracy is reported., evidence: [performance], kind: automated}
  - {id: R2, title: Owner, requirement: An owner is named., kind: declared, declared: [owner_of_record]}
"""
SHIPPED = [(name, clause) for name in framework_names() for clause in shipped(name).clauses]


def plan(*frameworks: object):
    made = plan_with()
    return type(made).model_validate({**made.model_dump(mode="json"), "frameworks": list(frameworks)})


@pytest.mark.parametrize("name", framework_names())
def test_a_framework_is_named_as_its_file_and_says_when_it_was_checked(name):
    framework = shipped(name)
    assert framework.id == name and framework.as_of == "2026-11-21" and framework.status_note


def test_every_statement_that_is_asked_for_is_known_and_every_known_one_serves_a_clause():
    asked = {key for _, clause in SHIPPED for key in clause.declared}
    assert asked == set(TITLES)


def test_every_kind_of_evidence_has_a_section_and_results_that_exist():
    sections, names = {*ORDER, *ANNEXES, "change"}, {*known_names(), RELEASE}
    for kind, one in KINDS.items():
        assert sections & set(one.sections), kind
        assert set(one.results) <= names, kind
    assert {kind for _, clause in SHIPPED for kind in clause.evidence} == set(KINDS)


def test_security_is_never_more_than_partial():
    limited = {(name, clause.id) for name, clause in SHIPPED if clause.always_partial == "security not evaluated"}
    assert limited == {("eu-ai-act", "Art. 15(5)"), ("nist-ai-rmf", "MEASURE 2.7")}


def test_gaps_of_the_ai_act_are_listed():
    clauses = {clause.id: clause for name, clause in SHIPPED if name == "eu-ai-act"}
    kinds = {name: clauses[name].kind for name in ("Art. 10(2)(a)-(e)", "Art. 13(3)(a)", "Art. 13(3)(f)", "Art. 20")}
    assert set(kinds.values()) <= {"declared", "out_of_scope"}
    assert clauses["Regs. (EU) 2017/745, 2017/746"].title == "Medical-device law is not mapped"
    assert sum(name.startswith("Annex IV(") for name in clauses) == 22


def test_a_users_framework_is_copied_into_the_run_and_read_from_there(tmp_path):
    (tmp_path / "rules.yaml").write_text(OWN)
    run = tmp_path / "run"
    run.mkdir()
    (run / "report.json").write_text("{}")
    made = plan({"file": "rules.yaml"}, "eu-gdpr")
    keep_frameworks(run, own_frameworks(made, tmp_path))
    assert not (run / "report.json").exists()  # it was made without the file
    (tmp_path / "rules.yaml").unlink()
    assert [one.id for one in chosen(made, run)] == ["house-rules", "eu-gdpr"]
    (run / "report.json").write_text("{}")
    (tmp_path / "rules.yaml").write_text(OWN)
    keep_frameworks(run, own_frameworks(made, tmp_path))
    assert (run / "report.json").exists()  # nothing changed
    keep_frameworks(run, ())
    assert not (run / STORED).exists() and not (run / "report.json").exists()
    with pytest.raises(AuditError, match="does not hold a framework"):
        chosen(made, run)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: automated", "kind: automatic", "clauses.0.kind"),
        ("evidence: [performance]", "evidence: [perfection]", "clauses.0.evidence.0"),
        ("id: R2", "id: R1", "two clauses are called R1"),
        ("as_of: 2026-10-01", "as_of: 2026-02-30", "as_of"),
        ("declared: [owner_of_record]", "declared: []", "names the statements it asks for"),
        ("source_url: https://", "source_url: file://", "source_url"),
        ("id: house-rules", "id: House Rules", "`id`"),
    ],
)
def test_a_mistake_in_a_framework_is_told_with_its_place(old, new, said):
    with pytest.raises(PlanMistakes, match=said.replace(".", r"\.")):
        read_framework(OWN.replace(old, new).encode(), "rules.yaml")


def test_all_mistakes_are_told_at_once():
    wrong = OWN.replace("automated", "x").replace("2026-10-01", "soon").encode()
    with pytest.raises(PlanMistakes, match="2 mistakes"):
        read_framework(wrong, "rules.yaml")


@pytest.mark.parametrize("content", [b"", b"- a\n- b\n", b"\x00\xff\xfe", b"a: [", b"id: x"])
def test_a_file_that_is_no_framework_is_the_users_to_repair(content):
    with pytest.raises(AuditError):
        read_framework(content, "rules.yaml")


def test_an_id_that_is_taken_and_a_file_that_is_not_there_are_told(tmp_path):
    (tmp_path / "a.yaml").write_text(OWN.replace("house-rules", "eu-gdpr"))
    with pytest.raises(AuditError, match="the same id"):
        own_frameworks(plan({"file": "a.yaml"}), tmp_path)
    with pytest.raises(AuditError, match="cannot be read"):
        own_frameworks(plan({"file": "b.yaml"}), tmp_path)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (["eu-ai-akt"], "did you mean `eu-ai-act`"),
        ([{"id": "nist-ai-rfm"}], "did you mean `nist-ai-rmf`"),
        ([{"id": "eu-gdpr", "file": "x.yaml"}], "by its id or by its file"),
        ([{}], "by its id or by its file"),
        (["eu-gdpr", "eu-gdpr"], "listed twice"),
        ([{"id": "eu-gdpr", "applicability": "yes"}], "frameworks.0.applicability"),
    ],
)
def test_mistakes_in_the_plans_choice_are_told(entries, said):
    values = {**plan_with().model_dump(mode="json"), "frameworks": entries}
    with pytest.raises(PlanMistakes) as caught:
        check_plan(values)
    assert said in str(caught.value)


def test_the_folder_of_a_framework_file_is_not_kept(tmp_path):
    (tmp_path / "rules.yaml").write_text(OWN)
    run = tmp_path / "run"
    run.mkdir()
    made = stored_plan(plan({"file": str(tmp_path / "rules.yaml")}))
    keep_frameworks(run, own_frameworks(plan({"file": str(tmp_path / "rules.yaml")}), tmp_path))
    assert made.frameworks[0].file == "…/rules.yaml"
    assert str(tmp_path) not in (run / STORED).read_text()
    assert [one.id for one in chosen(made, run)] == ["house-rules"]
