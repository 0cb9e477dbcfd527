"""Whole runs: the same evidence whatever the shards, the interruptions and the neighbours."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pyarrow.compute as pc
import pytest
import torch

import auditor
from auditor.errors import AuditError
from auditor.evidence.store import Reader, table_sha256
from auditor.report.build import build_report
from auditor.run.audit import audit
from tests.run import small


def digests(run):
    return {
        name: table_sha256(Reader(run).table(name)) for name in ("samples", "predictions", "attributions", "curves", "checks")
    }


def report_bytes(run):
    build_report(run)
    return (run / "report.json").read_bytes()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    plan = small.write(folder)
    audit(plan, folder / "run")
    report = report_bytes(folder / "run")
    return plan, folder / "run", report


def test_a_run_holds_every_table_complete_and_weighted_to_the_whole_set(finished):
    _, run, _ = finished
    samples = Reader(run).table("samples")
    weights = np.array(samples.column("weight").to_pylist())
    assert (weights > 0).sum() == 150 and weights.sum() == pytest.approx(240)
    assert Reader(run).table("attributions").num_rows == 150 * 4
    assert Reader(run).table("curves").num_rows == 150 * (10 + 2 * 4)
    assert auditor.Evidence(run).complete


def test_stored_attributions_are_those_of_the_bare_function(finished):
    plan, run, _ = finished
    rows = (
        Reader(run)
        .table("attributions")
        .filter(pc.equal(Reader(run).table("attributions").column("method"), "integrated_gradients"))
    )
    sample_id, target, values = (rows.column(c)[7].as_py() for c in ("sample_id", "target", "values"))
    namespace = {}
    exec((plan.parent / "subject.py").read_text(), namespace)
    x = namespace["data"]()[int(sample_id.removeprefix("row-"))]["input"][None]
    model = namespace["model"]()
    assert model(x).argmax().item() == target
    found = auditor.attribute(model, x, method="integrated_gradients")[0, 0]
    pooled = found.reshape(4, 2, 4, 2).sum((1, 3)).flatten()
    assert values == pytest.approx(pooled.tolist(), abs=2e-5)


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


def test_another_number_of_rows_per_call_agrees_to_a_ten_thousandth_of_the_range(finished, tmp_path):
    _, run, _ = finished
    other = small.write(tmp_path, small.PLAN + "rows: 5\n")
    audit(other, tmp_path / "run")

    def column(where, table, name):
        return np.concatenate([np.array(v, np.float64) for v in Reader(where).table(table).column(name).to_pylist()])

    for table, name in (("predictions", "logits"), ("attributions", "values"), ("curves", "score")):
        a, b = column(run, table, name), column(tmp_path / "run", table, name)
        assert np.abs(a - b).max() <= 1e-4 * np.ptp(a)


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
    assert changed in ([], ["samples"]) and report_bytes(copy) == report


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


def test_fewer_samples_are_a_subset_of_more(finished, tmp_path):
    _, run, _ = finished
    fewer = small.write(tmp_path, small.PLAN.replace("samples: 150", "samples: 20"))
    audit(fewer, tmp_path / "run")

    def selected(where):
        table = Reader(where).table("samples")
        return {
            i for i, w in zip(table.column("sample_id").to_pylist(), table.column("weight").to_pylist(), strict=True) if w > 0
        }

    assert len(selected(tmp_path / "run")) == 20 and selected(tmp_path / "run") < selected(run)


def test_ids_are_hashed_unless_the_plan_says_plain_and_no_number_changes(finished, tmp_path, monkeypatch):
    _, run, _ = finished
    (tmp_path / "key").write_bytes(bytes(range(32)))
    (tmp_path / "key").chmod(0o600)
    monkeypatch.setenv("AUDITOR_ID_KEY", str(tmp_path / "key"))
    hashed = small.write(tmp_path, small.PLAN.replace("  ids: plain\n", "").replace("examples: full", "examples: redacted"))
    audit(hashed, tmp_path / "run")
    every = b"".join(p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file())
    build_report(tmp_path / "run")
    assert b"row-1" not in every and not (tmp_path / "run" / "exemplars").exists()
    a, b = (
        sorted(map(tuple, Reader(where).table("attributions").column("values").to_pylist()))
        for where in (run, tmp_path / "run")
    )
    assert a == b


def test_the_users_model_is_handed_back_as_it_was(tmp_path):
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.ReLU(inplace=True), torch.nn.Dropout(), torch.nn.Linear(8, 2)
    ).train()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    x, y = torch.randn(80, 4), torch.arange(80) % 2
    evidence = auditor.audit_model(
        model, (x, y), classes=["no", "yes"], out=tmp_path / "run", gates=[{"result": "accuracy", "at_least": 0.1}]
    )
    assert evidence.complete and evidence.prepared.model.built == "in memory"
    assert model.training and model[1].inplace and all(p.requires_grad and p.grad is None for p in model.parameters())
    assert all(torch.equal(state[name], value) for name, value in model.state_dict().items())
