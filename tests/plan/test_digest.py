"""Digests of plans: what changes them, what does not, and the difference in words."""

from __future__ import annotations

import pytest

from auditor.evidence.record import canonical_json, sha256
from auditor.plan.read import AuditPlan, check_plan, differences, evidence_part, evidence_sha256, thresholds_sha256

BASE = {
    "name": "digits",
    "model": {"name": "net", "factory": "net:make", "classes": ["a", "b"]},
    "data": {"name": "set", "path": "x.npz", "modality": "image"},
    "methods": ["integrated_gradients"],
}


def plan(**changes: object) -> AuditPlan:
    return check_plan({**BASE, **changes})


def test_the_digest_is_of_the_canonical_json_the_record_uses():
    assert evidence_sha256(plan()) == sha256(canonical_json(evidence_part(plan())))


def test_a_default_written_out_changes_nothing_so_that_later_keys_keep_old_audits():
    assert evidence_sha256(plan(samples=500, primary={"steps": 20}, rows="auto")) == evidence_sha256(plan())
    # the digest of a plan as this version's first audits stored it
    assert evidence_part(plan()) == {**BASE, "methods": [{"name": "integrated_gradients"}]}


@pytest.mark.parametrize(
    "changes",
    [
        {"gates": [{"result": "accuracy", "at_least": 0.5}]},
        {"report": {"title": "x"}},
        {"declared": {"use": {"statement": "s", "role": "r", "date": "2026-01-01"}}},
        {"model": {**BASE["model"], "description": "x"}},  # type: ignore[dict-item]
        {"data": {**BASE["data"], "description": "x"}},  # type: ignore[dict-item]
    ],
)
def test_what_is_said_about_the_evidence_does_not_change_its_digest(changes):
    assert evidence_sha256(plan(**changes)) == evidence_sha256(plan())
    assert differences(plan(), plan(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"samples": 10}, "samples: 500, now 10"),
        (
            {"samples": {"half_width": 0.02}},
            'samples: 500, now {"half_width": 0.02, "result": "faithfulness_margin", "looks": 6}',
        ),
        ({"primary": {"steps": 8}}, "primary.steps: 20, now 8"),
        ({"methods": [{"integrated_gradients": {"steps": 8}}]}, "methods.0.options.steps: absent, now 8"),
        ({"model": {**BASE["model"], "classes": ["a", "b", "c"]}}, 'model.classes: ["a", "b"], now ["a", "b", "c"]'),  # type: ignore[dict-item]
        ({"unit": "patient"}, 'unit: null, now "patient"'),
    ],
)
def test_what_the_evidence_depends_on_changes_the_digest_and_is_named(changes, difference):
    assert evidence_sha256(plan(**changes)) != evidence_sha256(plan())
    assert differences(plan(), plan(**changes))[0] == difference


def test_a_whole_number_and_its_decimal_are_told_apart_as_the_digest_does():
    one, other = (plan(methods=[{"integrated_gradients": {"steps": steps}}]) for steps in (8, 8.0))
    assert (evidence_sha256(one) == evidence_sha256(other)) == (differences(one, other) == [])


def test_thresholds_depend_on_the_gates_alone():
    gate = {"result": "accuracy", "at_least": 0.5}
    assert thresholds_sha256(plan(gates=[gate])) == thresholds_sha256(plan(gates=[gate], samples=3))
    assert thresholds_sha256(plan(gates=[gate])) != thresholds_sha256(plan(gates=[{**gate, "at_least": 0.6}]))
    assert thresholds_sha256(plan()) == sha256(b"[]")
