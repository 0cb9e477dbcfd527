"""Corrupted rows go the whole way: images in files and in memory, tables, texts and series, from the plan to the page."""

import json

import numpy as np
import pytest
import torch
from page import validate_pdf
from PIL import Image
from torch import nn

from auditor.errors import AuditError
from auditor.evidence.store import Reader, table_sha256
from auditor.inputs.corruptions import series, text
from auditor.inputs.corruptions.draw import Draw
from auditor.inputs.randomness import sample_keys
from auditor.plan.read import load_plan
from auditor.report.render import render
from auditor.run.audit import audit
from auditor.run.forecast import forecast
from tests.run import kinds, small, test_formats, test_image_folder, test_model_files

METHODS = "integrated_gradients, random"


def robust(names, severities="[1, 5]", samples=60):
    return f"robustness: {{corruptions: [{names}], severities: {severities}, samples: {samples}}}\n"


def quick(plan):
    """The plan without the checks of its methods, which take most of the time."""
    return "".join(line for line in plan.splitlines(True) if not line.startswith("trust:")) + "trust: {enabled: false}\n"


def finished(folder, plan, subject=kinds.SUBJECT):
    evidence = audit(small.write(folder, quick(plan), subject), folder / "run")
    report = json.loads(small.report_bytes(folder / "run"))
    assert evidence.complete
    return evidence, report


def stored(evidence, variant):
    rows = [row for row in evidence.table("predictions").to_pylist() if row["variant"] == variant]
    return {row["sample_id"]: row["logits"] for row in rows}


def value(report, name, **by):
    found = [one for one in report["results"] if one["name"] == name and one["slice"] == by]
    assert len(found) == 1
    return found[0]


def drop(report, corruption, severity):
    return value(report, "accuracy_drop", corruption=corruption, severity=severity)["value"]


LINEAR = """
import torch
from torch import nn

class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 120
    def __getitem__(self, i):
        x = torch.randn(1, 4, 4, generator=torch.Generator().manual_seed(i))
        return {"input": x, "label": int(x[0, :, :2].sum() > x[0, :, 2:].sum() + 0.3 * x.mean()), "id": f"row-{i}"}

def data():
    return Rows()

def model():
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    with torch.no_grad():
        net[1].weight.zero_()
        net[1].weight[1] = torch.tensor([1.0, 1, -1, -1] * 4)
        net[1].bias.copy_(torch.tensor([0.9, 0.0]))
    return net
"""
IMAGES = kinds.plan("factory: subject.py:model\n  classes: [no, yes]", "factory: subject.py:data", "image", METHODS)


@pytest.fixture(scope="module")
def linear(tmp_path_factory):
    folder = tmp_path_factory.mktemp("linear")
    gate = "gates: [{result: accuracy_drop, slice: {corruption: contrast, severity: 5}, at_most: 0.9}]\n"
    evidence, report = finished(folder, IMAGES + robust("contrast, noise", samples=500) + gate, LINEAR)
    return folder, evidence, report


def test_the_drop_of_a_linear_model_is_the_one_computed_by_hand(linear):
    _, _, report = linear
    x = np.stack([torch.randn(1, 4, 4, generator=torch.Generator().manual_seed(i)).numpy()[0] for i in range(120)])
    left, right, mean = x[:, :, :2].sum((1, 2)), x[:, :, 2:].sum((1, 2)), x.mean((1, 2))
    label = left > right + 0.3 * mean
    clean = left - right > 0.9
    for severity, share in (("1", 0.4), ("5", 0.05)):
        faded = share * (left - right) > 0.9  # the means of both halves cancel
        assert drop(report, "contrast", severity) == pytest.approx(np.mean(clean == label) - np.mean(faded == label))
        flips = value(report, "corruption_flips", corruption="contrast", severity=severity)
        assert flips["value"] == pytest.approx(np.mean(faded != clean))
    assert value(report, "uncorrupted_accuracy")["value"] == value(report, "accuracy")["value"]
    cells = [drop(report, name, severity) for name in ("contrast", "noise") for severity in "15"]
    assert value(report, "worst_corruption")["value"] == max(cells)
    gate = next(one for one in report["findings"] if one["kind"] == "gate")
    assert gate["status"] == "met"


def test_every_variant_holds_the_same_rows_and_no_other_result_sees_them(linear, tmp_path):
    _, evidence, report = linear
    names = {name: set(stored(evidence, name)) for name in set(evidence.table("predictions").column("variant").to_pylist())}
    assert set(names) == {"", *(f"corruption:{name}:{s}" for name in ("contrast", "noise") for s in (1, 5))}
    assert all(own == names[""] for own in names.values())
    _, plain = finished(tmp_path, IMAGES, LINEAR)
    own = ("accuracy_drop", "corrupted_accuracy", "corruption_flips", "uncorrupted_accuracy", "worst_corruption")
    assert [one for one in report["results"] if one["name"] not in own] == plain["results"]
    assert not any(one["name"] in own for one in plain["results"])


def test_missing_shards_are_computed_again_to_the_same_values_whatever_their_size(linear):
    folder, evidence, _ = linear
    before = table_sha256(evidence.table("predictions"))
    lost = sorted((folder / "run" / "evidence" / "predictions").glob("corruption-noise-*"))
    assert len(lost) == 2
    for path in lost:
        path.unlink()
    assert not evidence.complete
    audit(folder / "audit.yaml", folder / "run")
    assert evidence.complete and table_sha256(Reader(folder / "run").table("predictions")) == before


def test_the_forecast_counts_the_corrupted_rows(linear):
    folder, evidence, _ = linear
    passes = {name: forwards for name, forwards, _ in forecast(load_plan(folder / "audit.yaml")).passes}
    assert passes["corrupted rows"] == evidence.prepared.robustness.stored == 120 * 4


def test_the_page_says_what_was_done_and_that_it_is_no_test_of_attacks(linear):
    folder, _, _ = linear
    render(folder / "run")
    for profile in ("3a", "ua1"):
        checked = validate_pdf(str(folder / "run" / "report.pdf"), profile=profile)
        assert checked.is_compliant, [(failure.rule_id, failure.message) for failure in checked.failures][:5]
    page = (folder / "run" / "report.html").read_text("utf-8")
    assert "Does it stay right when its inputs are disturbed?" in page and "This is no test of attacks" in page
    assert page.count("One image, ") >= 3  # undisturbed, faded, noisy
    assert "Robustness under noise, blur or other disturbance: not evaluated" not in page
    assert "no corruptions planned" not in page


def test_pictures_in_a_folder_are_corrupted_on_a_seeded_part_of_the_rows(tmp_path):
    plan = test_image_folder.photos(tmp_path)
    plan.write_text(quick(plan.read_text()) + robust("noise, blur, brightness, contrast, jpeg", "[5]", 25))
    evidence = audit(plan, tmp_path / "run")
    report = json.loads(small.report_bytes(tmp_path / "run"))
    facts = evidence.prepared.robustness
    assert (facts.rows, facts.drawn_from, facts.stored) == (25, 40, 125) and evidence.complete
    rows = {name: set(stored(evidence, f"corruption:{name}:5")) for name in ("noise", "jpeg")}
    assert len(rows["noise"]) == 25 and rows["noise"] == rows["jpeg"] < set(stored(evidence, ""))
    assert value(report, "corrupted_accuracy", corruption="blur", severity="5")["samples"]["rows"] == 25
    with np.load(tmp_path / "run" / "exemplars" / "corruptions.npz") as sheet:
        assert set(sheet.files) == {"image:", *(f"image:{one.name}:5" for one in facts.corruptions)}
        first = next(p for p in sorted((tmp_path / "photos").rglob("*.png")) if f"{p.parent.name}/{p.name}" in rows["noise"])
        assert np.array_equal(sheet["image:"], np.array(Image.open(first)))
    assert "exemplars/corruptions.npz" in report["files"]


def test_a_table_is_corrupted_by_its_columns(tmp_path):
    plan = test_formats.written(tmp_path, quick(test_formats.TABLE) + robust("missing, noise, swap", "[3]", 100))
    evidence = audit(plan, tmp_path / "run")
    report = json.loads(small.report_bytes(tmp_path / "run"))
    drawn = value(report, "accuracy_drop", corruption="swap", severity="3")
    assert evidence.complete and drawn["samples"]["rows"] == 100 and drawn["samples"]["units"] < 100  # households
    clean, noisy = stored(evidence, ""), stored(evidence, "corruption:noise:3")
    assert all(clean[name] != logits for name, logits in noisy.items())
    assert report["protocols"]["corruptions"]["noise, severity 3"].startswith("standard deviation 20\u00a0% of the column's")


def test_texts_are_corrupted_as_texts(tmp_path):
    model, texts = test_model_files.bert(tmp_path / "bert"), test_model_files.mails(tmp_path)
    data = "path: mails.csv\n  text: {column: text, label: kind}"
    evidence, _ = finished(tmp_path, kinds.plan("path: bert", data, "text", METHODS, robust("typos, casing, dropped_words")))
    words = test_model_files.WORDS
    for name, logits in list(stored(evidence, "corruption:dropped_words:5").items())[:20]:
        left = text.dropped_words(texts[int(name)], 0.5, Draw(sample_keys([name]), "dropped_words", 1)).split()[:14]
        with torch.no_grad():
            expected = model(torch.tensor([[1, *(words.index(word) for word in left), 2]])).logits[0]
        assert np.allclose(logits, expected, atol=1e-4)


def test_series_in_memory_are_corrupted_as_they_are(tmp_path):
    x = torch.randn(70, 3, 20, generator=torch.Generator().manual_seed(0)).numpy()
    np.savez(tmp_path / "series.npz", x=x, y=np.arange(70) % 2, ids=[f"s{i}" for i in range(70)])
    plan = kinds.plan("factory: subject.py:convolution\n  classes: [no, yes]", "path: series.npz", "series", METHODS)
    evidence, report = finished(tmp_path, plan + robust("jitter, dropout, time_shift"))
    torch.manual_seed(3)
    net = nn.Sequential(nn.Conv1d(3, 6, 5), nn.ReLU(), nn.Flatten(), nn.Linear(96, 2))
    for name, logits in list(stored(evidence, "corruption:dropout:5").items())[:20]:
        made = series.dropout(x[int(name[1:])].astype(np.float64), 0.5, Draw(sample_keys([name]), "dropout", 1))
        with torch.no_grad():
            assert np.allclose(logits, net(torch.tensor(made, dtype=torch.float32)[None])[0], atol=1e-4)
    assert 0 <= value(report, "corruption_flips", corruption="jitter", severity="1")["value"] <= 1


def test_data_without_raw_rows_give_reasons_and_no_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("auditor.report.render.write_pdf", lambda *_: b"")
    plan = kinds.plan("factory: subject.py:mlp\n  classes: [no, yes]", "factory: subject.py:table", "tabular", METHODS)
    gate = "gates: [{result: worst_corruption, at_most: 0.1}]\n"
    evidence, report = finished(tmp_path, plan + robust("missing, noise") + gate)
    reason = value(report, "accuracy_drop", corruption="noise", severity="5")["reason"]
    assert "rows of named columns" in reason and evidence.prepared.robustness.stored == 0
    assert next(one for one in report["findings"] if one["kind"] == "gate")["status"] == "not evaluated"
    render(tmp_path / "run")
    assert "rows of named columns" in (tmp_path / "run" / "report.html").read_text("utf-8")


def test_another_list_of_corruptions_does_not_continue_a_run(linear, tmp_path):
    folder, _, _ = linear
    other = small.write(tmp_path, quick(IMAGES + robust("contrast", samples=500)), LINEAR)
    with pytest.raises(AuditError, match="plan"):
        audit(other, folder / "run")
