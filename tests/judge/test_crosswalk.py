"""Statuses of clauses: each both ways, by hand-made results; and what a status never is."""

from __future__ import annotations

import datetime

import pytest

from auditor.evidence.findings import Finding
from auditor.evidence.frameworks import Clause, Framework
from auditor.evidence.results import NotEvaluated
from auditor.judge.crosswalk import crosswalk, framework_facts, months_after
from auditor.judge.evidence_kinds import Held
from tests.judge.test_gates import estimate, plan_with
from tests.report.sample_facts import prepared

SAID = {"statement": "It sorts mail.", "role": "product owner", "date": "2026-11-03"}
OTHER = {"statement": "A clerk looks.", "role": "head of office", "date": "2026-11-04"}


def framework(*clauses: Clause) -> Framework:
    return Framework(
        id="own", title="T", version="1", date="2026", as_of="2026-05-20", source_url="https://example.org/x",
        status_note="Voluntary.", clauses=clauses,
    )  # fmt: skip


def clause(kind: str, *evidence: str, **changed: object) -> Clause:
    return Clause.model_validate({"id": "1", "title": "t", "requirement": "r", "kind": kind, "evidence": evidence, **changed})


def held(*results: object, findings: tuple[Finding, ...] = (), explained: tuple[set[str], ...] = (), **plan: object) -> Held:
    made = plan_with().model_copy(update={})
    made = type(made).model_validate({**made.model_dump(mode="json"), **plan})
    return Held(made, prepared(), list(results), findings, tuple(map(frozenset, explained)))  # type: ignore[arg-type]


def status(one: Clause, what: Held) -> str:
    (found,) = crosswalk([framework(one)], what)
    assert found.kind == "clause" and found.clause is not None and found.id == "own 1"
    assert found.clause.said.startswith(found.status)
    return found.clause.said


def lacks(one: Clause, what: Held) -> tuple[str, ...]:
    (found,) = crosswalk([framework(one)], what)
    assert found.clause is not None
    return found.clause.lacks


def verdict(method: str, word: str) -> Finding:
    return Finding(id=f"verdict-{method}", kind="verdict", status=word, statement=method, results=())


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("accuracy", "overconfidence"), "evidence present"),
        (("accuracy",), "partial"),
        (("overconfidence",), "partial"),
        (("log_loss",), "missing"),
    ],
)
def test_an_automated_clause_needs_every_kind_it_lists(names, expected):
    assert status(clause("automated", "performance", "calibration"), held(*map(estimate, names))) == expected


def test_what_was_not_evaluated_is_absent():
    one = clause("automated", "subgroup_performance")
    assert status(one, held(estimate("worst_group"))) == "evidence present"
    gap = held(NotEvaluated(name="worst_group", reason="no groups are declared"))
    assert status(one, gap) == "missing" and lacks(one, gap) == ("performance of groups",)


def test_a_declared_clause_is_declared_or_missing_whatever_was_measured():
    one = clause("declared", "performance", declared=["intended_purpose"])
    assert status(one, held(declared={"intended_purpose": SAID})) == "declared by product owner, 2026-11-03"
    assert status(one, held(estimate())) == "missing"
    assert lacks(one, held(estimate())) == lacks(one, held()) == ("statement: intended purpose",)


def test_half_of_the_statements_of_a_declared_clause_is_missing():
    one = clause("declared", declared=["intended_purpose", "human_oversight"])
    both = held(declared={"intended_purpose": SAID, "human_oversight": OTHER})
    assert status(one, both) == "declared by product owner, 2026-11-03; head of office, 2026-11-04"
    half = held(declared={"human_oversight": OTHER})
    assert status(one, half) == "missing" and lacks(one, half) == ("statement: intended purpose",)


def test_a_blank_statement_is_none():
    blank = held(declared={"intended_purpose": SAID | {"statement": "  "}})
    assert status(clause("declared", declared=["intended_purpose"]), blank) == "missing"


def test_a_mixed_clause_needs_all_its_evidence_and_all_its_statements():
    one = clause("mixed", "performance", "calibration", declared=["monitoring"])
    said = {"declared": {"monitoring": SAID}}
    assert status(one, held(estimate(), estimate("overconfidence"), **said)) == "evidence present"
    for partial, missing in (
        (held(estimate(), estimate("overconfidence")), ("statement: monitoring in operation",)),
        (held(estimate(), **said), ("calibration",)),
        (held(**said), ("performance, calibration",)),
    ):
        assert status(one, partial) == "partial" and lacks(one, partial) == missing
    assert status(one, held()) == "missing"


def test_a_mixed_clause_without_evidence_of_its_own_rests_on_the_statement():
    one = clause("mixed", declared=["document_review"])
    assert status(one, held(estimate())) == "missing"
    assert status(one, held(declared={"document_review": SAID})) == "declared by product owner, 2026-11-03"


@pytest.mark.parametrize("kind", ["attributions", "rankings", "example_explanations"])
def test_explanations_count_only_from_methods_that_may_be_relied_on(kind):
    one = clause("automated", kind)
    ranking = estimate("feature_ranking", method="saliency")
    for word, expected in (
        ("met", "evidence present"), ("inconclusive", "evidence present"), ("not met", "missing"), ("not evaluated", "missing")
    ):  # fmt: skip
        what = held(ranking, findings=(verdict("saliency", word),), explained=({"saliency"},))
        assert status(one, what) == expected


def test_a_ranking_of_a_method_that_failed_does_not_count_because_another_passed():
    verdicts = (verdict("saliency", "not met"), verdict("occlusion", "met"))
    ranking = estimate("feature_ranking", method="saliency")
    what = held(ranking, findings=verdicts, explained=({"saliency"},))
    assert status(clause("automated", "rankings"), what) == "missing"
    assert status(clause("automated", "example_explanations"), what) == "missing"


def test_measurements_of_a_method_count_whatever_they_show():
    what = held(estimate("normalised_margin"), findings=(verdict("saliency", "not met"),))
    assert status(clause("automated", "faithfulness"), what) == "evidence present"


def test_examples_that_the_plan_forbids_are_no_evidence():
    shown = {"findings": (verdict("saliency", "met"),), "explained": ({"saliency"},)}
    one = clause("automated", "example_explanations")
    assert status(one, held(examples="redacted", **shown)) == "evidence present"
    assert status(one, held(examples="none", **shown)) == "missing"


@pytest.mark.parametrize(("word", "expected"), [("not met", "evidence present"), ("not evaluated", "missing")])
def test_thresholds_count_once_a_gate_was_decided_either_way(word, expected):
    gate = Finding(id="gate-1", kind="gate", status=word, statement="s", results=())
    assert status(clause("automated", "thresholds_and_gates"), held(findings=(gate,))) == expected
    assert status(clause("automated", "thresholds_and_gates"), held()) == "missing"


def test_a_clause_that_is_always_partial_is_never_more():
    one = clause("mixed", "robustness", declared=["security_measures"], always_partial="security not evaluated")
    whole = held(estimate("accuracy_drop"), declared={"security_measures": SAID})
    assert status(one, whole) == status(one, held()) == "partial: security not evaluated"
    assert lacks(one, whole) == ("security not evaluated",)


def test_out_of_scope_stays_so_and_lacks_nothing():
    assert status(clause("out_of_scope"), held(estimate())) == "out of scope"
    assert lacks(clause("out_of_scope", "performance"), held()) == ()


def test_nobody_has_signed_and_no_run_was_repeated():
    for kind in ("signoff", "reproducibility"):
        assert status(clause("automated", kind), held(estimate())) == "missing"


def test_a_clause_names_the_results_it_rests_on():
    (found,) = crosswalk([framework(clause("automated", "performance"))], held(estimate(), estimate("recall", class_="cat")))
    assert found.results == (("accuracy", {}),)


@pytest.mark.parametrize(
    ("day", "later"),
    [("2026-05-20", "2026-11-20"), ("2026-08-31", "2027-02-28"), ("2027-08-31", "2028-02-29"), ("2026-06-30", "2026-12-30")],
)
def test_six_months_later(day, later):
    assert months_after(datetime.date.fromisoformat(day), 6) == datetime.date.fromisoformat(later)


@pytest.mark.parametrize(("begun", "old"), [("2026-11-20", False), ("2026-11-21", True), (None, None)])
def test_entries_are_old_after_six_months(begun, old):
    plan = held(frameworks=["eu-gdpr"]).plan
    day = None if begun is None else datetime.date.fromisoformat(begun)
    (fact,) = framework_facts(plan, [framework(clause("out_of_scope"))], day)
    assert fact.old is old and fact.applicability == fact.file == ""


def test_who_said_that_a_framework_applies_is_kept():
    plan = held(frameworks=[{"id": "eu-gdpr", "applicability": SAID}]).plan
    (fact,) = framework_facts(plan, [framework(clause("out_of_scope"))], None)
    assert (fact.applicability, fact.applicability_by) == ("It sorts mail.", "product owner, 2026-11-03")
