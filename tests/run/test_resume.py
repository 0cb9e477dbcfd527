"""A run continues where it was left, with the same evidence, and never mixes two audits."""

import os
import shutil
import subprocess
import sys

import pytest

from auditor.errors import AuditError
from auditor.evidence.store import Reader
from auditor.report.build import build_report
from auditor.run.audit import audit
from tests.run import small
from tests.run.small import report_bytes


def test_another_shard_size_gives_a_byte_equal_report(finished, tmp_path):
    plan, _, report = finished
    audit(plan, tmp_path / "run", shard=100)
    assert report_bytes(tmp_path / "run") == report


def test_a_run_that_was_interrupted_anywhere_continues_to_a_byte_equal_report(finished, tmp_path):
    plan, _, report = finished

    class Stop(Exception):
        pass

    class Breaker:
        def __init__(self, after):
            self.left = after

        def stage(self, name, total):
            pass

        def note(self, text):
            pass

        def advance(self, rows):
            self.left -= 1
            if self.left < 0:
                raise Stop

    for after in (0, 5, 20, 40, 60):
        with pytest.raises(Stop):
            audit(plan, tmp_path / "run", progress=Breaker(after))
    audit(plan, tmp_path / "run")
    assert report_bytes(tmp_path / "run") == report


def test_a_process_killed_half_way_continues_to_a_byte_equal_report(finished, tmp_path):
    plan, _, report = finished
    code = (
        "import os, sys; from auditor.run.audit import audit\n"
        "class P:\n"
        "  n = 0\n"
        "  def stage(self, name, total): pass\n"
        "  def note(self, text): pass\n"
        "  def advance(self, rows):\n"
        "    P.n += 1\n"
        "    if P.n == 100: os.kill(os.getpid(), 9)\n"
        "audit(sys.argv[1], sys.argv[2], progress=P())"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, str(plan), str(tmp_path / "run")], env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert killed.returncode == -9 and not (tmp_path / "run" / "report.json").exists()
    audit(plan, tmp_path / "run")
    assert report_bytes(tmp_path / "run") == report


def test_the_same_plan_again_computes_nothing(finished, tmp_path):
    plan, run, report = finished
    copy = tmp_path / "run"
    shutil.copytree(run, copy)

    class Counter:
        rows = 0

        def stage(self, name, total):
            self.now = name

        def note(self, text):
            pass

        def advance(self, rows):
            pass

    before = {p: p.stat().st_mtime_ns for p in copy.rglob("*.parquet")}
    audit(plan, copy, progress=Counter())
    changed = [p.parent.name for p in before if p.stat().st_mtime_ns != before[p]]
    assert changed == [] and report_bytes(copy) == report


def test_another_plan_in_the_same_folder_is_refused_and_named(finished, tmp_path):
    _, run, _ = finished
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    other = small.write(tmp_path, small.PLAN.replace("steps: 6", "steps: 5"))
    with pytest.raises(AuditError, match=r"primary\.steps.*6.*5"):
        audit(other, copy)
    audit(other, copy, fresh=True)
    assert Reader(copy).prepared.steps == 5


def test_other_weights_or_other_data_in_the_same_folder_are_refused_and_named(finished, tmp_path):
    _, run, _ = finished
    for old, new, words in (
        ("manual_seed(3)", "manual_seed(4)", "the model's weights"),
        ("manual_seed(i)", "manual_seed(i + 1)", "the evaluation data"),
    ):
        copy = tmp_path / words.split()[1] / "run"
        shutil.copytree(run, copy)
        other = small.write(copy.parent, subject=small.SUBJECT.replace(old, new))
        with pytest.raises(AuditError, match=words):
            audit(other, copy)


def test_changed_thresholds_keep_the_evidence_and_are_noted(finished, tmp_path):
    _, run, _ = finished
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    other = small.write(tmp_path, small.PLAN + "gates:\n  - {result: accuracy, at_least: 0.01}\n")
    audit(other, copy)
    report = build_report(copy)
    assert [f.status for f in report.findings if f.kind == "gate"] == ["met"]
    assert report.thresholds_sha256 != report.prepared.thresholds_sha256


def test_a_folder_with_foreign_files_is_left_alone(tmp_path):
    plan = small.write(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("years of work")
    with pytest.raises(AuditError, match="not of an audit"):
        audit(plan, tmp_path / "run", fresh=True)
    assert (tmp_path / "run" / "thesis.txt").read_text() == "years of work"


def test_packages_that_changed_since_a_run_leave_a_complete_run_as_it_was(finished, tmp_path, monkeypatch):
    plan, run, report = finished
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    monkeypatch.setattr("auditor.evidence.provenance.PACKAGES", ("numpy",))
    before = {p: p.read_bytes() for p in (copy / "evidence").rglob("*") if p.is_file()}
    audit(plan, copy)
    assert before == {p: p.read_bytes() for p in (copy / "evidence").rglob("*") if p.is_file()}
    assert report_bytes(copy) == report
