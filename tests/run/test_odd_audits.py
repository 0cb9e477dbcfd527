"""Audits of odd models and data run to the end; what could not be measured is a gap with its reason."""

import json

import pytest

from auditor.errors import AuditError, UserCodeError
from auditor.evidence.store import Reader
from auditor.report.build import build_report
from auditor.run.audit import audit
from tests.run import small

PLAN = small.PLAN.replace("samples: 150", "samples: 40")


def finish(tmp_path, plan=PLAN, subject=small.SUBJECT):
    audit(small.write(tmp_path, plan, subject), tmp_path / "run")
    report = build_report(tmp_path / "run")
    json.dumps(report.model_dump(mode="json"), allow_nan=False)
    return report


def result(report, name, **by):
    return next(r for r in report.results if r.name == name and r.slice == by)


def test_classes_without_samples_are_gaps(tmp_path):
    report = finish(tmp_path, PLAN.replace("[a, b, c]", "[a, b, c, d, e]"), small.SUBJECT.replace("(54, 3)", "(54, 5)"))
    assert result(report, "recall", **{"class": "e"}).kind == "not_evaluated"
    assert result(report, "accuracy").kind == "estimate"


def test_labels_of_one_class_only(tmp_path):
    report = finish(tmp_path, subject=small.SUBJECT.replace("(0 if x.sum() < -2 else 1 if x.sum() < 2 else 2)", "1"))
    assert report.prepared.data.label_counts == (0, 240, 0)
    assert result(report, "recall", **{"class": "b"}).kind == "estimate"


def test_labels_nobody_knows(tmp_path):
    report = finish(tmp_path, subject=small.SUBJECT.replace('"label": label, ', ""))
    assert result(report, "accuracy").kind == "not_evaluated"
    assert result(report, "deletion_auc", method="saliency", fill="mean").kind in ("estimate", "not_evaluated")


def test_one_sample(tmp_path):
    report = finish(tmp_path, subject=small.SUBJECT.replace("return 240", "return 1"))
    assert report.prepared.data.evaluated == 1
    assert result(report, "accuracy").kind == "not_evaluated"


def test_samples_with_nan_or_infinite_inputs_are_excluded_and_counted(tmp_path):
    subject = small.SUBJECT.replace(
        "        label =", "        if i in (3, 77): x[0, 0, 0] = float('nan') if i == 3 else float('inf')\n        label ="
    )
    report = finish(tmp_path, subject=subject)
    data = report.prepared.data
    assert data.supplied == 240 == data.evaluated + sum(data.excluded.values()) and sum(data.excluded.values()) == 2
    assert all("NaN" in reason for reason in data.excluded)


def test_samples_the_model_answers_with_nan_are_excluded_and_counted(tmp_path):
    subject = small.SUBJECT + (
        "\nplain = model\n"
        "class Sometimes(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.inner = plain()\n"
        "    def forward(self, x):\n"
        "        return self.inner(x) / (x[:, :, 0, 0] < 1.5).float()  # 0/0 or x/0 for a few samples\n"
        "def model():\n"
        "    return Sometimes()\n"
    )
    report = finish(tmp_path, subject=subject)
    excluded = report.prepared.data.excluded
    assert 5 < excluded["the model's output has NaN or infinite values"] < 40
    assert result(report, "accuracy").samples.rows == 240 - sum(excluded.values())


INTEGERS = """
import torch
from torch import nn

class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 90
    def __getitem__(self, i):
        x = torch.randint(0, 5, (6,), generator=torch.Generator().manual_seed(i))
        return x, int(x.sum() > 12)

class Counts(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table = nn.Parameter(torch.randn(5, 2))
    def forward(self, x):
        return nn.functional.one_hot(x, 5).float().sum(1) @ self.table

def data():
    return Rows()

def model():
    return Counts()
"""


def test_integer_inputs_leave_gradient_methods_out_and_run_the_others(tmp_path):
    plan = (
        PLAN.replace("[a, b, c]", "[no, yes]")
        .replace("modality: image", "modality: tabular")
        .replace("{kind: grid, size: 2}", "{kind: columns}")
    )
    report = finish(tmp_path, plan.replace("fill: mean", "fill: zeros"), INTEGERS)
    methods = {m.name: m for m in report.prepared.methods}
    assert not methods["saliency"].applies and "int64" in methods["saliency"].reason and methods["occlusion"].applies
    gap = result(report, "deletion_auc", method="saliency", fill="zeros")
    assert gap.kind == "not_evaluated" and "int64" in gap.reason
    assert Reader(tmp_path / "run").table("attributions").num_rows == 40 * 2


def test_a_model_in_train_mode_with_dropout_gives_the_evaluation_modes_numbers(tmp_path):
    dropout = small.SUBJECT.replace("nn.MaxPool2d(2)", "nn.MaxPool2d(2), nn.Dropout(0.5)")
    one = finish(
        tmp_path / "a", subject=dropout.replace("return nn.Sequential", "made = nn.Sequential") + "    return made.train()\n"
    )
    two = finish(
        tmp_path / "b", subject=dropout.replace("return nn.Sequential", "made = nn.Sequential") + "    return made.eval()\n"
    )
    assert one.evidence == two.evidence


def test_logits_of_another_width_than_the_class_names_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(AuditError, match="does not match the class names") as found:
        finish(tmp_path, subject=small.SUBJECT.replace("(54, 3)", "(54, 7)"))
    assert "[8, 7]" in found.value.found and not list((tmp_path / "run").rglob("*.parquet"))


def test_an_exception_in_the_users_model_names_it_and_keeps_its_cause(tmp_path):
    subject = small.SUBJECT + "\ndef model():\n    return nn.Sequential(nn.Flatten(), nn.Linear(63, 3))\n"
    with pytest.raises(UserCodeError, match="mat1 and mat2") as found:
        finish(tmp_path, subject=subject)
    assert isinstance(found.value.__cause__, RuntimeError)


def test_options_a_method_does_not_have_are_refused_before_the_model_is_built(tmp_path):
    plan = PLAN.replace("[integrated_gradients,", "[{name: integrated_gradients, options: {stepps: 16}},")
    with pytest.raises(AuditError, match="stepps"):
        finish(tmp_path, plan, subject="raise RuntimeError('never imported')")


def test_a_model_that_runs_out_of_memory_is_called_with_fewer_rows_and_the_run_says_so(tmp_path):
    whole = small.write(tmp_path / "a", PLAN)
    audit(whole, tmp_path / "a" / "run")
    hungry = small.SUBJECT + (
        "\nplain = model\n"
        "class Hungry(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.inner = plain()\n"
        "    def forward(self, x):\n"
        "        if len(x) > 40:\n"
        "            raise torch.OutOfMemoryError('CUDA out of memory')\n"
        "        return self.inner(x)\n"
        "def model():\n"
        "    return Hungry()\n"
    )
    audit(small.write(tmp_path / "b", PLAN, hungry), tmp_path / "b" / "run")
    notes = json.loads((tmp_path / "b" / "run" / "run.json").read_bytes())["runs"][0]["notes"]
    assert any("32 rows per call" in note for note in notes)
    a, b = (
        [score for row in Reader(tmp_path / k / "run").table("curves").column("score").to_pylist() for score in row]
        for k in "ab"
    )
    assert b == pytest.approx(a, abs=1e-4)


def test_a_full_disk_stops_the_run_and_loses_nothing(tmp_path, monkeypatch):
    from auditor.evidence import store

    written, real = [], store.write_atomically

    def until_full(path, content):
        if len(written) == 4:
            raise OSError(28, "No space left on device")
        written.append(path)
        real(path, content)

    plan = small.write(tmp_path, PLAN)
    monkeypatch.setattr(store, "write_atomically", until_full)
    monkeypatch.setattr("auditor.run.audit.write_atomically", until_full)
    with pytest.raises(OSError, match="No space left"):
        audit(plan, tmp_path / "run")
    monkeypatch.undo()
    kept = {path: path.stat().st_mtime_ns for path in written if path.parent.name in ("predictions", "attributions", "curves")}
    audit(plan, tmp_path / "run")
    assert kept and all(path.stat().st_mtime_ns == time for path, time in kept.items())
