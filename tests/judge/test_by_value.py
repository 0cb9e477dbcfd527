"""Gates on digests and counts: equal or not, decided by value, whatever else is uncertain."""

from __future__ import annotations

import pytest

from auditor.evidence.facts import FileFact
from auditor.judge import check_names, judge
from auditor.judge.outcome import bound_text, bound_words
from tests.finished_run import prepared
from tests.judge.test_gates import estimate, plan_with

A, B = "a" * 64, "b" * 64


def facts():
    found = prepared()
    files = tuple(
        FileFact(name=name, role=role, bytes=1, sha256=sha)
        for name, role, sha in (("net.pt", "weights", A), ("net.py", "model code", B), ("other.pt", "weights of member 2", B))
    )
    model, data = (getattr(found, key) for key in ("model", "data"))
    return found.model_copy(
        update={
            "files": files,
            "model": model.model_copy(update={"state_sha256": A}),
            "data": data.model_copy(update={"decoded_sha256": B}),
        }
    )


def judged(**gate):
    (finding,) = judge(plan_with(gate), [], facts())
    return finding


@pytest.mark.parametrize(
    ("gate", "status"),
    [
        ({"result": "model_sha256", "equals": A}, "met"),
        ({"result": "model_sha256", "equals": A.upper()}, "met"),
        ({"result": "model_sha256", "equals": B}, "not met"),
        ({"result": "data_sha256", "equals": B}, "met"),
        ({"result": "weights_sha256", "slice": {"file": "net.pt"}, "equals": A}, "met"),
        ({"result": "weights_sha256", "slice": {"file": "other.pt"}, "equals": A}, "not met"),
        ({"result": "weights_sha256", "equals": A}, "not met"),  # of two files one has another digest
        ({"result": "weights_sha256", "slice": {"file": "absent.pt"}, "equals": A}, "not evaluated"),
    ],
)
def test_a_digest_is_the_one_set_beforehand_or_it_is_not(gate, status):
    assert judged(**gate).status == status


def test_a_gate_on_a_digest_says_both_digests_and_what_to_do():
    found = judged(result="model_sha256", equals=B)
    assert found.statement == (
        "The SHA-256 of the model's parameters and buffers is aaaaaaaaaaaa…; the one set beforehand is bbbbbbbbbbbb…."
    )
    assert found.bound == "= bbbbbbbbbbbb…" and found.value is None and found.next_step
    assert judged(result="weights_sha256", equals=A).statement.startswith("The SHA-256 of the file of weights other.pt is bbbb")


@pytest.mark.parametrize(
    ("equals", "found", "status"), [("0", 0, "met"), ("0", 1, "not met"), ("3", 3, "met"), ("4", 3, "not met")]
)
def test_a_count_may_have_to_be_exactly_one_number(equals, found, status):
    rows = estimate("excluded_rows", found, None, None, unit="rows")
    (finding,) = judge(plan_with({"result": "excluded_rows", "equals": equals}), [rows])
    assert (finding.status, finding.bound) == (status, f"= {equals}")
    assert f"the bound set beforehand is exactly {equals}" in finding.statement.replace("\u00a0", " ")


def test_a_bound_of_one_value_is_written_as_one():
    assert (bound_text(0.5, 0.5), bound_text(-1.0, -1.0), bound_text(0.0, 1.0)) == ("= 0.5", "= −1", "0 to 1")
    assert bound_words(1.0, 1.0, "fraction") == "exactly 100\u00a0%"


def test_names_of_digests_are_known_before_anything_is_run():
    assert check_names(plan_with({"result": "data_sha256", "equals": A}), ["accuracy"]) == []
    (mistake,) = check_names(plan_with({"result": "data_sha", "at_least": 1}), ["accuracy"])
    assert mistake.fix == "did you mean `data_sha256`?"
