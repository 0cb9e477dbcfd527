"""`auditor init`: what model and data are is guessed, tried on one batch, and written as a plan that runs."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from auditor.errors import AuditError, UserCodeError
from auditor.plan.read import load_plan
from auditor.start import start

MODEL = """
import torch
from torch import nn


def build():
    return nn.Sequential(nn.Linear(4, 2))


def one_logit():
    made = nn.Sequential(nn.Linear(4, 1), nn.Flatten(0))
    with torch.no_grad():
        made[0].weight[:], made[0].bias[:] = torch.tensor([[9.0, 0.0, 0.0, 0.0]]), 0.0
    return made


class Colours(nn.Module):
    def forward(self, x):
        means = x.mean((2, 3))
        return torch.stack([means[:, 1] - means[:, 0], means[:, 0] - means[:, 1]], 1) * 50


def colours():
    return Colours()


class Strict(nn.Module):
    def forward(self, x):  # right only for values from -1 to 1
        means = x.mean((2, 3))
        return torch.stack([-means[:, 0], means[:, 0]], 1)


def strict():
    return Strict()


def wide():
    return nn.Sequential(nn.Linear(4, 7))
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(MODEL)
    x = np.random.default_rng(0).normal(size=(120, 4)).astype("f4")
    y = (x[:, 0] > 0).astype(int)
    np.savez(tmp_path / "test.npz", x=x, y=y)
    said = enumerate(zip(x[:, 0], y, strict=True))
    rows = [f"{a:.4f},{('clerk', 'cook')[i % 2]},{('no', 'yes')[label]}" for i, (a, label) in said]
    (tmp_path / "test.csv").write_text("age,job,outcome\n" + "\n".join(rows) + "\n")
    weights = torch.tensor([[-9.0, 0, 0, 0], [9.0, 0, 0, 0]])
    save_file({"0.weight": weights, "0.bias": torch.zeros(2)}, tmp_path / "net.safetensors")
    return tmp_path


def pictures(folder, sizes=(16,)):
    generator = np.random.default_rng(0)
    for channel, name in enumerate(("green", "red")[::-1]):
        (folder / "pics" / name).mkdir(parents=True)
        for i in range(30):
            size = sizes[i % len(sizes)]
            pixels = generator.integers(0, 120, (size, size, 3)).astype("u1")
            pixels[..., channel] += 80
            Image.fromarray(pixels).save(folder / "pics" / name / f"{i}.png")


def test_weights_and_arrays_become_a_plan_that_loads_and_is_right(place):
    found = start("net.safetensors", "test.npz", place / "audit.yaml", factory="model.py:build")
    plan = load_plan(place / "audit.yaml").plan
    assert (plan.model.weights.path, plan.model.classes, plan.data.modality) == ("net.safetensors", ("0", "1"), "tabular")
    assert (found.trial.right, found.trial.of, found.trial.above_chance) == (50, 50, True)
    assert found.trial.remarks == ()


def test_a_table_is_read_by_its_columns_and_one_logit_is_told_from_two(place):
    narrow = MODEL.replace("nn.Linear(4, 1)", "nn.Linear(3, 1)").replace("[[9.0, 0.0, 0.0, 0.0]]", "[[9.0, 0.0, 0.0]]")
    (place / "net.py").write_text(narrow)
    found = start("net.py:one_logit", "test.csv", place / "audit.yaml")
    plan = load_plan(place / "audit.yaml").plan
    assert (plan.model.head, plan.model.classes) == ("sigmoid", ("no", "yes"))
    assert set(plan.data.table.numeric) == {"age"}
    assert plan.data.table.categorical["job"].values == ("clerk", "cook")
    assert plan.data.table.label == "outcome"
    assert found.trial.right == found.trial.of == 50


def test_probabilities_are_declared_as_what_they_are(place):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 2), nn.Softmax(1)).eval()
    torch.export.save(torch.export.export(module, (torch.zeros(8, 4),)), place / "net.pt2")
    found = start("net.pt2", "test.npz", place / "audit.yaml")
    assert load_plan(place / "audit.yaml").plan.model.output == "probabilities"
    assert found.trial.of == 50  # in calls of the 8 rows that the program takes


def test_classes_in_the_wrong_order_are_seen_in_the_confusion(place):
    pictures(place)
    found = start("model.py:colours", "pics", place / "audit.yaml", classes=("red", "green"))
    assert found.trial.right == 0
    assert not found.trial.above_chance
    assert any("wrong preprocessing or class order" in remark for remark in found.trial.remarks)
    assert any("red for green" in remark and "green for red" in remark for remark in found.trial.remarks)


def test_of_common_normalisations_the_one_that_fits_is_taken_and_said(place):
    for name, value in (("dark", 60), ("light", 190)):
        (place / "pics" / name).mkdir(parents=True)
        for i in range(30):
            Image.fromarray(np.full((8, 8, 3), value + i % 7, "u1")).save(place / "pics" / name / f"{i}.png")
    found = start("model.py:strict", "pics", place / "audit.yaml")
    assert load_plan(place / "audit.yaml").plan.data.image.mean == (0.5,)
    assert found.trial.right == 50
    assert any("common ones give" in remark and "state what" in remark for remark in found.trial.remarks)


def test_pictures_of_several_sizes_are_resized_and_cropped(place):
    pictures(place, sizes=(16, 24))
    found = start("model.py:colours", "pics", place / "audit.yaml", classes=("green", "red"))
    plan = load_plan(place / "audit.yaml").plan
    assert (plan.data.image.resize, plan.data.image.crop) == (256, 224)
    assert found.trial.right == 50


def test_labels_that_are_numbers_stand_for_some_of_the_models_outputs(place):
    start("model.py:wide", "test.npz", place / "audit.yaml")
    assert load_plan(place / "audit.yaml").plan.model.classes == tuple("0123456")


@pytest.mark.parametrize(
    ("model", "data", "options", "words"),
    [
        ("net.safetensors", "test.npz", {}, "weights alone are no model"),
        ("nothing.pt", "test.npz", {}, "no model at this place"),
        ("model.py:build", "nothing.csv", {}, "no data at this place"),
        ("model.py:build", "model.py", {}, "no kind of data"),
        ("model.py:build", "test.csv", {"label": "income"}, "no column `income`"),
        ("model.py:build", "model.py:rows", {}, "names of the classes are not known"),
        (".", "test.npz", {}, "is no model"),
        ("model.py:build", ".", {}, "no data that can be told"),
    ],
)
def test_what_cannot_be_guessed_is_refused_and_nothing_is_written(place, model, data, options, words):
    with pytest.raises(AuditError, match=words):
        start(model, data, place / "audit.yaml", **options)
    assert not (place / "audit.yaml").exists()


def test_an_existing_plan_is_kept(place):
    (place / "audit.yaml").write_text("mine")
    with pytest.raises(AuditError, match="exists"):
        start("model.py:build", "test.npz", place / "audit.yaml")
    assert (place / "audit.yaml").read_text() == "mine"


def test_the_command_says_what_it_guessed_what_one_batch_showed_and_what_comes_next(place, capsys):
    from auditor.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["init", "net.safetensors", "test.npz", "--factory", "model.py:build"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "50 of 50 right (100%)" in said
    assert "auditor run audit.yaml" in said
    with pytest.raises(SystemExit):
        main(["init", "net.safetensors", "test.npz", "--factory", "model.py:build", "--force", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert (answer["right"], answer["of"], answer["above_chance"]) == (50, 50, True)


def test_a_model_that_fails_on_its_data_is_told_so_and_the_plan_is_there_to_correct(place):
    with pytest.raises(UserCodeError, match="The model raised RuntimeError") as raised:
        start("model.py:build", "test.csv", place / "audit.yaml")  # three columns, where the model takes four
    assert raised.value.found == "an input of shape [50, 3] float32"
    assert "audit.yaml" in raised.value.fix
    assert load_plan(place / "audit.yaml").plan.data.table.label == "outcome"


def test_too_few_class_names_are_named_and_not_taken_for_one_logit(place):
    with pytest.raises(AuditError) as raised:
        start("model.py:wide", "test.npz", place / "audit.yaml", classes=("no", "yes"))
    assert raised.value.expected == "[batch, 2], one column per name in model.classes"
    assert "all 7 class names" in raised.value.fix


@pytest.mark.parametrize(("written", "said"), [("latin-1", "cp1252"), ("utf-16", "utf-16")])
def test_the_encoding_of_a_table_is_found_and_said(place, written, said):
    table = (place / "test.csv").read_text().replace("cook", "Köchin").replace(",", ";")
    (place / "own.csv").write_text(table, encoding=written)
    (place / "net.py").write_text(MODEL.replace("nn.Linear(4, 2)", "nn.Linear(3, 2)"))
    found = start("net.py:build", "own.csv", place / "audit.yaml")
    plan = load_plan(place / "audit.yaml").plan.data.table
    assert (plan.encoding, plan.delimiter) == (said, ";")
    assert set(plan.categorical["job"].values) == {"clerk", "Köchin"}
    assert any(said in sentence for sentence in found.why)
