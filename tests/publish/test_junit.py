"""JUnit XML, read back by junitparser."""

from __future__ import annotations

import junitparser

from auditor.publish.gate_outcomes import outcomes, status_of
from auditor.publish.junit import junit
from tests.publish import a_run


def cases(content: bytes) -> dict[str, junitparser.TestCase]:
    document = junitparser.JUnitXml.fromstring(content)
    return {case.name: case for suite in document for case in suite}


def kinds(content: bytes) -> dict[str, list[str]]:
    return {name: [type(part).__name__ for part in case.result] for name, case in cases(content).items()}


def test_each_outcome_of_a_gate_has_its_element_and_a_verdict_never_fails_a_build(run):
    assert kinds(junit(run, outcomes(run))) == {
        "accuracy ≥ 0.98": [],
        "overconfidence ≤ 0.02": ["Failure"],
        "recall.class=3 ≥ 0.95": ["Skipped"],
        "worst_group ≥ 0.9": ["Error"],
        "verdict integrated_gradients": ["Skipped"],
        "verdict saliency": ["Skipped"],
    }


def test_messages_carry_value_interval_bound_and_what_to_do(run):
    found = cases(junit(run, outcomes(run)))
    failure = found["overconfidence ≤ 0.02"].result[0]
    assert failure.message == "0.031 [0.024, 0.038]; bound ≤ 0.02"
    assert failure.text == "overconfidence\nNext: Collect more rows of this class."
    assert found["recall.class=3 ≥ 0.95"].result[0].message.startswith("inconclusive: 0.962 [0.931, 0.98]")
    assert "no groups are declared" in found["worst_group ≥ 0.9"].result[0].message


def test_totals_agree_with_the_cases_and_properties_name_model_and_thresholds(run):
    document = junitparser.JUnitXml.fromstring(junit(run, outcomes(run)))
    assert (document.tests, document.failures, document.errors, document.skipped, document.time) == (6, 1, 1, 3, 62.5)
    suite = next(iter(document))
    assert (suite.name, suite.tests, suite.timestamp) == ("gates", 4, "2026-11-20T10:00:00")
    properties = {one.name: one.value for one in suite.properties()}
    assert properties["report_id"] == run.report.id
    assert properties["model_sha256"] == run.report.prepared.model.state_sha256


def test_a_waived_gate_is_skipped_with_who_and_why_and_no_longer_decides_the_status(run):
    waived = outcomes(run, waivers={"gate-2": "risk board, 2026-11-20: repaired in 1.4"})
    skipped = cases(junit(run, waived))["overconfidence ≤ 0.02"].result[0]
    assert skipped.message == "waived: risk board, 2026-11-20: repaired in 1.4"
    assert (status_of(outcomes(run)), status_of(waived)) == (1, 3)


def test_characters_that_xml_does_not_allow_do_not_break_the_file(tmp_path):
    evil = 'a\x00b\x1b[31m\ufffe <failure/> ]]> " & \U0001f600'
    findings = tuple(
        found.model_copy(update={"statement": evil, "next_step": evil, "bound": evil}) for found in a_run.findings()
    )
    run = a_run.write(tmp_path / "run", findings=findings)
    document = junitparser.JUnitXml.fromstring(junit(run, outcomes(run, waivers={"gate-1": evil})))
    assert document.tests == 6
    texts = [part.message for suite in document for case in suite for part in case.result]
    assert all('<failure/> ]]> " & \U0001f600' in text for text in texts if "a\ufffdb" in text)
    assert any("a\ufffdb" in text for text in texts)
