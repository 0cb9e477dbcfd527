"""A folder of images on disk goes the whole way."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from auditor.errors import AuditError
from auditor.report.build import build_report
from auditor.run.audit import audit
from tests.run import small

IMAGES = """
name: photos
model: {name: network, factory: subject.py:model, classes: [dark, light]}
data:
  name: squares
  path: photos
  modality: image
  image: {resize: 12, crop: 8, mean: [0.5], std: [0.5, 0.4, 0.3]}
  features: {size: 4}
  ids: plain
examples: full
methods: [integrated_gradients, occlusion, random]
primary: {steps: 4}
fills: [zeros, marginal]
reference: {draws: 3}
samples: 30
threads: 1
"""

PHOTOS = """
import torch
from torch import nn

def model():
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2))
"""


def photos(folder, count=20):
    draw = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 120)):
        (folder / "photos" / name).mkdir(parents=True)
        for i in range(count):
            pixels = draw.integers(low, low + 130, (12, 15, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / name / f"{i:02d}.png")
    return small.write(folder, IMAGES, PHOTOS)


def test_a_folder_of_images_goes_the_whole_way(tmp_path):
    plan = photos(tmp_path)
    (tmp_path / "photos" / "dark" / "bad.png").write_bytes((tmp_path / "photos" / "dark" / "00.png").read_bytes()[:200])
    (tmp_path / "photos" / "light" / "same.png").write_bytes((tmp_path / "photos" / "light" / "00.png").read_bytes())
    audit(plan, tmp_path / "run")
    prepared = build_report(tmp_path / "run").prepared
    assert prepared.data.supplied == 42 and prepared.data.evaluated == 41 and prepared.data.duplicates == 1
    assert sum(prepared.data.excluded.values()) == 1 and prepared.data.label_counts == (21, 21)
    assert "resized to 12 pixels (bilinear); centre cropped to 8 pixels" in prepared.data.preprocessing
    assert "(before preprocessing: 127.5)" in next(fill for fill in prepared.fills if fill.name == "zeros").description
    assert [(file.name, file.role) for file in prepared.files][-1] == ("photos", "42 images it lists, together")
    assert {fill.name for fill in prepared.fills} == {"mean", "zeros", "marginal"} and prepared.features.grid == (2, 2)
    with np.load(tmp_path / "run" / "exemplars" / "0.npz") as stored:
        assert stored["image"].shape == (8, 8, 3) and stored["image"].dtype == np.uint8


def test_one_image_more_or_changed_is_another_set(tmp_path):
    plan = photos(tmp_path)
    audit(plan, tmp_path / "run")
    Image.fromarray(np.zeros((12, 15, 3), np.uint8)).save(tmp_path / "photos" / "dark" / "03.png")
    with pytest.raises(AuditError, match="the evaluation data"):
        audit(plan, tmp_path / "run")
