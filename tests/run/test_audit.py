"""Whole runs: what is stored, and that it does not depend on what it should not."""

import numpy as np
import pyarrow.compute as pc
import pytest
import torch

import auditor
from auditor.evidence.store import Reader
from auditor.report.build import build_report
from auditor.run.audit import audit
from tests.run import small


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


def test_another_number_of_rows_per_call_agrees_to_a_ten_thousandth_of_the_range(finished, tmp_path):
    _, run, _ = finished
    other = small.write(tmp_path, small.PLAN + "rows: 5\n")
    audit(other, tmp_path / "run")

    def column(where, table, name):
        return np.concatenate([np.array(v, np.float64) for v in Reader(where).table(table).column(name).to_pylist()])

    for table, name in (("predictions", "logits"), ("attributions", "values"), ("curves", "score")):
        a, b = column(run, table, name), column(tmp_path / "run", table, name)
        assert np.abs(a - b).max() <= 1e-4 * np.ptp(a)


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
