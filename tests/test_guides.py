"""What the guides under docs/ show works: plans pass the checks, code runs."""

import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML

from auditor.inputs.datasets import wrap_data
from auditor.plan.read import check_plan

GUIDE = (Path(__file__).parents[1] / "docs" / "models-and-data.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- (\w+)(?:: (\w+))? -->\n```\w+\n(.*?)```", GUIDE, re.DOTALL)
MODEL = {"name": "m", "factory": "a.py:b", "classes": ["above", "below"]}
DATA = {"name": "d", "path": "d.npz", "modality": "tabular"}


def plan(**parts):
    whole = {"name": "p", "model": MODEL, "data": DATA, "methods": ["occlusion"], "primary": {"method": "occlusion"}}
    return check_plan({**whole, **parts})


@pytest.mark.parametrize("text", [text for kind, _, text in BLOCKS if kind == "model"])
def test_every_model_of_the_guide_is_a_plan(text):
    assert plan(model={"name": "m", **YAML(typ="safe").load(text)}).model.name == "m"


@pytest.mark.parametrize("text", [text for kind, _, text in BLOCKS if kind == "data"])
def test_all_data_of_the_guide_are_a_plan(text):
    assert plan(data={"name": "d", **YAML(typ="safe").load(text)}).data.name == "d"


def test_the_recipe_for_dicom_gives_rows_that_can_be_shown_and_encoded_again(tmp_path, monkeypatch):
    fake = types.ModuleType("pydicom")
    fake.dcmread = lambda path: types.SimpleNamespace(pixel_array=np.load(path))
    monkeypatch.setitem(sys.modules, "pydicom", fake)
    for i in range(3):
        with (tmp_path / f"{i}.dcm").open("wb") as file:
            np.save(file, np.full((4, 4), 1000 + i, np.int16) + np.eye(4, dtype=np.int16))
    names = {}
    exec(next(text for kind, name, text in BLOCKS if name == "dicom"), names)
    findings = {f"{i}.dcm": ("cat", "dog")[i % 2] for i in range(3)}
    data = wrap_data(names["Studies"](tmp_path, findings), ("cat", "dog"), "ct", "image")
    assert data.ids == ("0.dcm", "1.dcm", "2.dcm")
    assert data.labels.tolist() == [0, 1, 0]
    assert torch.equal(data.encode([data.raw(1)])[0], data.batch([1])[0][0])
    assert data.show(2).max() == 255
