"""`auditor compare` from two finished runs to record, page, PDF and exit status."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pikepdf
import pytest
from page import validate_pdf

from auditor.evidence.comparison import Comparison
from auditor.evidence.manifest import write_manifest
from auditor.report.build import build_report
from tests.measure.synthetic import write_run


def finished(run: Path, **options) -> Path:
    write_run(run, 400, 120, **options)
    build_report(run)
    write_manifest(run)
    return run


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("audits")
    gate = {"result": "accuracy", "at_least": 0.9}
    worse = {"error_rate": 0.15, "gates": ({**gate, "at_least": 0.95},)}
    evil = {"name": "<b>evil</b> \u202e\x00 \U0001f600", "factory": "f:d", "modality": "image", "features": {"kind": "grid"}}
    return {
        "old": finished(folder / "old", gates=(gate,)),
        "again": finished(folder / "again", gates=(gate,)),
        "worse": finished(folder / "worse", **worse, extra={"data": evil}),
    }


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def test_two_runs_of_one_model_have_nothing_to_tell(cli, runs, tmp_path):
    status, out, _ = cli("compare", runs["old"], runs["again"], "--fail-on-regression")
    assert status == 0
    assert out.startswith("Nothing changed: the model, the data, the plan and the thresholds are the same")
    made = Comparison.model_validate_json((tmp_path / "audits/old-to-again/comparison.json").read_bytes())
    assert made.unchanged and made.outcome == "no regression shown" and not made.gates
    assert "nothing changed" in (tmp_path / "audits/old-to-again/comparison.html").read_text()


def test_a_worse_release_is_a_regression_and_the_way_back_is_none(cli, runs, tmp_path):
    status, out, _ = cli("compare", runs["old"], runs["worse"], "--out", "there", "--fail-on-regression")
    assert status == 1 and out.startswith("Regression (accepted losses: accuracy 1\u00a0pt; default of the tool (convention)).")
    assert cli("compare", runs["old"], runs["worse"], "--out", "there")[0] == 0  # told, not failed
    assert cli("compare", runs["worse"], runs["old"], "--out", "back", "--fail-on-regression", "-q")[0] == 0
    made = Comparison.model_validate_json((tmp_path / "there" / "comparison.json").read_bytes())
    assert [gate.gate for gate in made.gates] == ["accuracy"]
    assert made.flips.to_wrong > made.flips.to_right and made.changes[0].p_value < 0.001
    assert any(line.startswith("The plan differs") for line in made.summary)
    statement = re.sub("\u00a0", " ", made.changes[0].statement)
    value = 100 * (made.changes[0].new - made.changes[0].old)
    told = re.search(r": (\S+) pt, 95 %", statement)[1].replace("\u2212", "-")
    assert float(told) == pytest.approx(value, abs=0.0501)


def test_samples_that_do_not_decide_end_with_3_and_say_how_many_would(cli, runs):
    status, out, _ = cli(
        "compare", runs["old"], runs["worse"], "--margin", "0.1", "--out", "open", "--fail-on-regression", "--json"
    )
    answer = json.loads(out)
    made = json.loads(Path(answer["comparison"]).read_bytes())
    low, high = (made["changes"][0]["difference"]["interval"][key] for key in ("low", "high"))
    assert low < -0.1 < high and (status, answer["status"], answer["outcome"]) == (3, 3, "inconclusive")
    assert "shared samples would decide it (now 400)" in made["changes"][0]["next_step"]


def test_the_pdf_is_valid_repeats_and_carries_its_record(cli, runs, tmp_path):
    for folder in ("first", "second"):
        cli("compare", runs["old"], runs["worse"], "--out", folder, "-q")
    first, second = (tmp_path / name / "comparison.pdf" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    for profile in ("3a", "ua1"):
        checked = validate_pdf(str(first), profile=profile)
        assert checked.is_compliant, [(failure.rule_id, failure.message) for failure in checked.failures][:5]
    with pikepdf.open(first) as opened:
        stored = opened.attachments["comparison.json"].get_file().read_bytes()
    assert stored == (tmp_path / "first" / "comparison.json").read_bytes()
    page = (tmp_path / "first" / "comparison.html").read_text()
    assert "<script" not in page and "http-equiv" in page


def test_the_folder_and_the_pdf_alone_are_verified_and_each_changed_byte_is_named(cli, runs, tmp_path):
    there = tmp_path / "there"
    cli("compare", runs["old"], runs["worse"], "--out", there, "-q")
    made = Comparison.model_validate_json((there / "comparison.json").read_bytes())
    status, out, _ = cli("verify", there)
    assert status == 0 and f"Comparison id {made.id}" in out and "all 3 files of the comparison" in out
    shutil.copy(there / "comparison.pdf", tmp_path / "alone.pdf")
    for place in (there / "comparison.pdf", tmp_path / "alone.pdf"):
        answer = json.loads(cli("verify", place, "--json")[1])
        assert (answer["of"], answer["report_id"]) == ("comparison", made.id)
    for name in ("comparison.json", "comparison.html", "comparison.pdf"):
        content = (there / name).read_bytes()
        (there / name).write_bytes(content.replace(b"0", b"1", 1))
        status, _, err = cli("verify", there)
        assert status == 4 and f"{name}: changed" in err
        (there / name).unlink()
        assert f"{name}: missing" in cli("verify", there)[2]
        (there / name).write_bytes(content)
    assert cli("verify", there)[0] == 0
    stored = there / "comparison.json"
    stored.write_bytes(stored.read_bytes().replace(b'"outcome":"regression"', b'"outcome":"inconclusive"', 1))
    write_manifest(there)
    err = cli("verify", there)[2]
    assert "comparison.html: it does not name" in err and "comparison.pdf: the record inside it differs" in err


def test_what_is_no_folder_of_ours_is_told_which_kinds_there_are(cli, tmp_path):
    status, _, err = cli("verify", tmp_path)
    assert status == 2 and "`auditor run` or `auditor compare`" in err


def test_what_cannot_be_compared_is_the_users_to_fix_and_nothing_is_written(cli, runs, tmp_path):
    def refused(*arguments, status=2):
        code, out, err = cli("compare", *arguments)
        assert (code, out) == (status, "") and "Traceback" not in err
        return err

    assert "no finished audit" in refused(runs["old"], tmp_path / "nowhere")
    write_run(tmp_path / "begun", 100, 40)
    assert "auditor render" in refused(runs["old"], tmp_path / "begun")
    other = finished(tmp_path / "other", seed=4)
    assert "share no sample" in refused(runs["old"], other)
    assert "did you mean `accuracy`" in refused(runs["old"], runs["again"], "--margin", "accurcy=1")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    assert "mine.txt" in refused(runs["old"], runs["again"], "--out", tmp_path / "full")
    stored = json.loads((other / "report.json").read_bytes())
    (other / "report.json").write_text(json.dumps({**stored, "schema_version": "0"}))
    assert "report.json: changed" in refused(runs["old"], other, status=4)
    write_manifest(other)
    assert "another schema" in refused(runs["old"], other)
    (other / "report.json").write_text(json.dumps({"schema_version": "1"}))
    write_manifest(other)
    assert "cannot be read" in refused(runs["old"], other)
    assert not (tmp_path / "audits").exists()
