"""The record, and the one line of it that a run stores and a report prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from auditor.evidence import selftest
from auditor.evidence.provenance import environment
from auditor.evidence.selftest import NOT_RUN, SelftestCheck, SelftestRecord, line_of, newest_record, selftest_line
from auditor.report.sections.faithfulness import _instrument
from auditor.selftest.table import markdown


def check(status="in tolerance", name="mean-50", **more):
    fields = {"kind": "coverage", "asked": "a mean", "expected": "0.93 to 0.97", "repetitions": 2000}
    seen = {"seen": 0.951, "interval": (0.938, 0.962), "level": 0.99}
    return SelftestCheck(**{**fields, **seen, "name": name, "status": status, **more})


def record(*statuses, date="2026-11-21", mode="full", version="1.0"):
    checks = tuple(check(status, f"part-{number}") for number, status in enumerate(statuses))
    return SelftestRecord(date=date, mode=mode, versions={"auditor": version, "numpy": "2"}, seed=0, checks=checks)


def put(folder: Path, *records: SelftestRecord) -> Path:
    for number, one in enumerate(records):
        (folder / f"selftest-{number}.json").write_text(one.model_dump_json(indent=1))
    return folder


def test_a_record_comes_back_as_it_was_written(tmp_path):
    one = record("in tolerance", "described", "out of tolerance")
    assert newest_record("1.0", put(tmp_path, one)) == one


def test_what_is_only_described_or_was_not_run_is_not_counted():
    one = record(*["in tolerance"] * 3, "out of tolerance", "undecided", "described", "not run")
    assert line_of(one) == "instrument self-test of 2026-11-21: 3 of 5 checks in tolerance (author's own simulations)"


def test_a_quick_test_says_no_more_than_what_it_saw():
    fine, wrong = record("in tolerance", "undecided", mode="quick"), record("out of tolerance", "undecided", mode="quick")
    assert line_of(fine) == "quick instrument self-test of 2026-11-21: no gross error seen (author's own simulations)"
    assert (
        line_of(wrong) == "quick instrument self-test of 2026-11-21: 1 of 2 checks out of tolerance (author's own simulations)"
    )


def test_the_newest_record_of_the_same_version_counts_and_a_full_one_before_a_quick_one(tmp_path):
    old, full = record("in tolerance", date="2026-01-02"), record("in tolerance", date="2026-11-20")
    quick, other = (
        record("undecided", date="2026-11-20", mode="quick"),
        record("in tolerance", date="2027-01-01", version="2.0"),
    )
    put(tmp_path, old, full, quick, other)
    (tmp_path / "selftest-9.json").write_text("{")
    (tmp_path / "notes.json").write_text("{}")
    assert newest_record("1.0", tmp_path) == full
    assert newest_record("3.0", tmp_path) is None


def test_the_folder_is_the_one_named_or_lies_in_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDITOR_SELFTEST", str(tmp_path / "named"))
    assert selftest.selftest_folder() == tmp_path / "named"
    monkeypatch.delenv("AUDITOR_SELFTEST")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert selftest.selftest_folder() == tmp_path / "auditor"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert selftest.selftest_folder() == tmp_path / ".cache" / "auditor"


def test_a_run_stores_the_line_of_its_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDITOR_SELFTEST", str(tmp_path / "nothing"))
    assert environment("cpu", 1, 1, {}, tmp_path).selftest == NOT_RUN
    monkeypatch.setenv("AUDITOR_SELFTEST", str(put(tmp_path, record("in tolerance"))))
    monkeypatch.setattr("auditor.evidence.provenance.version", lambda package: "1.0")
    assert environment("cpu", 1, 1, {}, tmp_path).selftest == line_of(record("in tolerance"))


def test_the_report_says_the_line_as_a_sentence_and_of_older_evidence_nothing():
    assert _instrument(NOT_RUN) == "Instrument self-test: not run on this machine."
    said = _instrument(line_of(record("in tolerance")))
    assert said == "Instrument self-test of 2026-11-21: 1 of 1 checks in tolerance (author's own simulations)."
    assert _instrument("") == ""


def test_no_folder_is_no_record(tmp_path):
    assert selftest_line("1.0", tmp_path / "nothing") == NOT_RUN


def test_a_record_refuses_what_it_does_not_know():
    with pytest.raises(ValidationError):
        SelftestRecord.model_validate({**record().model_dump(), "certified": True})


def test_the_table_has_one_line_per_check_with_its_limits_and_notes():
    one = record("in tolerance")
    lone = check("not run", "bare", seen=None, interval=None, level=None, repetitions=0, note="torch is not installed")
    error = check("in tolerance", "reversed", kind="precision", seen=1.2e-7, interval=None, level=None, asked="|x| of a|b")
    text = markdown(one.model_copy(update={"checks": (*one.checks, lone, error)}))
    lines = text.splitlines()
    assert lines[0] == "Instrument self-test of 2026-11-21: 2 of 2 checks in tolerance (author's own simulations)."
    assert "| `part-0` | a mean | 0.93 to 0.97 | 0.951 (0.938 to 0.962) | 2,000 | in tolerance |" in lines
    assert "| `bare` | a mean | 0.93 to 0.97 | – | 0 | not run (torch is not installed) |" in lines
    assert any("1.2e-07" in line and r"\|x\| of a\|b" in line for line in lines)
    assert [line for line in lines if line.startswith("###")] == ["### Coverage", "### Precision"]
