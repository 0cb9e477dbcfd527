"""A report that names the release before: the comparison of the command, gates from its margins, gaps where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.document_beside import earlier_run, refuse_without, settle
from auditor.errors import AuditError
from auditor.evidence.manifest import write_manifest
from auditor.judge import exit_status
from auditor.plan.read import PlanSource, load_plan
from auditor.report.build import build_report
from auditor.report.comparison.build import compare
from auditor.report.material import Material
from auditor.report.previous import NOT_AT_HAND, STORED
from auditor.report.record import Report
from auditor.report.sections import change
from auditor.report.stored_plan import stored_plan
from tests.measure.synthetic import write_run
from tests.plan.a_plan import GOOD, only, written
from tests.report.test_groups import page

ROWS = (400, 60)


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> Path:
    run = write_run(tmp_path_factory.mktemp("releases") / "old", *ROWS)
    build_report(run)
    write_manifest(run)
    return run


def newer(run: Path, old: Path, error_rate: float = 0.15, **previous: object) -> Path:
    return write_run(run, *ROWS, error_rate=error_rate, extra={"previous": {"run": str(old), **previous}})


def gates(report: Report) -> dict[str, str]:
    return {one.id: one.status for one in report.findings if one.kind == "gate"}


def test_the_report_holds_what_the_command_finds(tmp_path, old):
    report = build_report(newer(tmp_path, old, margins={"accuracy": 0.01, "log_loss": 5.0, "recall": 0.9}), old)
    write_manifest(tmp_path)
    alone = compare(old, tmp_path, {"accuracy": 0.01, "log_loss": 5.0, "recall": 0.9}, report.comparison.margins_from)
    assert report.comparison.changes == alone.changes and report.comparison.flips == alone.flips
    assert report.comparison.new.report_id == "" and report.comparison.old == alone.old
    differences = {one.slice["of"]: one for one in report.results if one.name == "release_difference"}
    accuracy = next(one for one in alone.changes if one.name == "accuracy")
    assert differences["accuracy"].value == accuracy.difference.value
    assert gates(report) == {"previous-accuracy": "not met", "previous-log_loss": "met", "previous-recall": "met"}
    bounds = {one.id: one.bound for one in report.findings if one.kind == "gate"}
    assert bounds == {"previous-accuracy": "≥ −0.01", "previous-log_loss": "≤ 5", "previous-recall": "≥ −0.9"}
    recall = next(one for one in report.findings if one.id == "previous-recall")
    assert recall.statement.startswith("Worst of 10: ") and len(recall.results) == 10
    assert exit_status(report.findings) == 1
    assert any(one.kind == "finding" and one.id == "finding-previous-accuracy" for one in report.findings)


def test_without_margins_the_change_is_shown_and_decides_nothing(tmp_path, old):
    report = build_report(newer(tmp_path, old), old)
    assert report.comparison.outcome == "regression" and gates(report) == {} and exit_status(report.findings) == 0


def test_a_report_made_again_needs_the_earlier_run_no_more(tmp_path, old):
    first = build_report(newer(tmp_path, old, margins={"accuracy": 0.01}), old)
    assert build_report(tmp_path, None).id == first.id
    stored = json.loads((tmp_path / "evidence" / "plan.json").read_bytes())
    stored["previous"]["margins"] = {"accuracy": 0.3}
    (tmp_path / "evidence" / "plan.json").write_text(json.dumps(stored))
    other = build_report(tmp_path, None)  # other margins: what is stored was judged by those of before
    assert other.comparison is None and gates(other) == {"previous-accuracy": "not evaluated"}
    assert [one.reason for one in other.results if one.name == "release_difference"] == [NOT_AT_HAND]
    assert gates(build_report(tmp_path, old)) == {"previous-accuracy": "met"}


def test_what_cannot_be_compared_is_a_gap_and_the_report_is_made(tmp_path, old):
    other = write_run(tmp_path / "other", *ROWS, seed=4)
    build_report(other)
    write_manifest(other)
    report = build_report(newer(tmp_path / "new", other, margins={"accuracy": 0.01}), other)
    (gap,) = [one for one in report.results if one.name == "release_difference"]
    assert "share no sample" in gap.reason and gates(report) == {"previous-accuracy": "not evaluated"}
    (other / "report.json").write_bytes((other / "report.json").read_bytes() + b" ")
    report = build_report(tmp_path / "new", other)
    assert any("changed since it was written" in getattr(one, "reason", "") for one in report.results)


def test_waivers_and_the_register_know_the_gates_on_the_release_before(tmp_path, old):
    run = newer(tmp_path, old, margins={"accuracy": 0.01})
    stored = json.loads((run / "evidence" / "plan.json").read_bytes())
    waiver = {"gate": "previous-accuracy", "approver": "A. Example", "reason": "pilot", "expires": "2999-01-01"}
    (run / "evidence" / "plan.json").write_text(json.dumps(stored | {"waivers": [waiver]}))
    entry = {"id": "F1", "severity": "high", "gate": "previous-accuracy"}
    (run / "findings.json").write_text(json.dumps({"entries": [entry]}))
    report = build_report(run, old)
    (gate,) = [one for one in report.findings if one.kind == "gate"]
    assert (gate.status, gate.waived_by, exit_status(report.findings)) == ("not met", "A. Example", 0)
    (finding,) = [one for one in report.findings if one.kind == "finding"]
    assert (finding.id, finding.statement) == ("F1", gate.statement)


def test_the_page_says_what_changed_and_page_one_in_one_line(tmp_path, old):
    run = newer(tmp_path, old, margins={"accuracy": 0.01})
    build_report(run, old)
    text = page_of(run)
    assert "What changed since the last release?" in text and "Compared with the audit of" in text
    assert "right before, wrong now" in text and "Which predictions turned?" in text and "Change. Since report " in text


def page_of(run: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.report.test_groups.build_report", lambda _: None)
        return page(run)


def material_of(report: Report) -> Material:
    return Material(report, report.id, {}, {})


def test_what_did_not_change_takes_no_room_and_a_gap_is_told(tmp_path, old):
    def shown(earlier: Path | None):
        material = material_of(build_report(run, earlier))
        return change.context(material), change.change_line(material)

    run = newer(tmp_path, old, 0.03)
    made, line = shown(old)
    assert made.parts[0].text == ("59 results are equal in every shared sample.",) and made.parts[0].tables == ()
    assert line.startswith("Nothing changed since report ")
    (run / STORED).unlink()
    made, line = shown(None)
    assert made.gap == f"Not evaluated: {NOT_AT_HAND}." and line.startswith("Not evaluated")
    assert change.context(material_of(Report.model_validate_json((old / "report.json").read_bytes()))) is None


def test_a_missing_run_before_is_told_before_anything_is_computed(tmp_path, old):
    source = load_plan(written(tmp_path, GOOD + "previous: nowhere\n"))
    assert source.plan.previous.run == "nowhere" and source.plan.previous.margins == {}
    with pytest.raises(AuditError, match="is not there"):
        refuse_without(source, tmp_path / "out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / STORED).write_text("{}")
    refuse_without(source, tmp_path / "out")  # compared already: it is needed no more
    with pytest.raises(AuditError, match="with itself"):
        refuse_without(load_plan(written(tmp_path, GOOD + "previous: out\n")), tmp_path / "out")
    assert only(tmp_path, GOOD + "previous: {run: x, margins: {accuracy: -1}}\n").message.startswith("line")


def test_an_earlier_run_that_was_made_again_makes_the_report_again(tmp_path, old):
    run = newer(tmp_path, old)
    build_report(run, old)
    source = PlanSource(stored_plan(run)[0], tmp_path)
    assert earlier_run(run, tmp_path) == old and earlier_run(run, None) is None
    settle(run, source)
    assert (run / "report.json").exists()
    stored = json.loads((run / STORED).read_bytes())
    stored["old"]["report_id"] = "0" * 64
    (run / STORED).write_text(json.dumps(stored))
    settle(run, source)
    assert not (run / "report.json").exists()
