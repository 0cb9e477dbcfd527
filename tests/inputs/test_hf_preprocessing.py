"""How configurations beside a model say images are prepared, as the keys of a plan."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from auditor.errors import AuditError
from auditor.inputs.hf_preprocessing import read_preprocessing
from auditor.inputs.image_sources import folder_rows
from auditor.plan.data_fields import ImagePlan

HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
NORMAL = {"mean": (0.5,) * 3, "std": (0.5,) * 3}


def read(folder, values, name="preprocessor_config.json"):
    (folder / name).write_text(json.dumps(values))
    return read_preprocessing(folder)


@pytest.mark.parametrize(
    ("values", "plan"),
    [
        (  # as google/vit-base-patch16-224 has it
            {"do_normalize": True, "do_resize": True, **HALF, "size": 224, "feature_extractor_type": "ViTFeatureExtractor"},
            {"resize": (224, 224), **NORMAL},
        ),
        (
            {
                "do_resize": True,
                "size": {"shortest_edge": 224},
                "resample": 3,
                "do_center_crop": True,
                "crop_size": {"height": 224, "width": 224},
                "do_rescale": True,
                "rescale_factor": 0.00392156862745098,
                "do_normalize": True,
                **HALF,
                "image_processor_type": "CLIPImageProcessor",
            },
            {"resize": 224, "crop": (224, 224), "interpolation": "bicubic", **NORMAL},
        ),
        (  # ConvNeXt below 384: the shorter edge to 224 / 0.875 = 256, then the square
            {
                "size": {"shortest_edge": 224},
                "crop_pct": 0.875,
                "resample": 3,
                **HALF,
                "image_processor_type": "ConvNextImageProcessor",
            },
            {"resize": 256, "crop": (224, 224), "interpolation": "bicubic", **NORMAL},
        ),
        (
            {"size": {"shortest_edge": 384}, "image_processor_type": "ConvNextFeatureExtractor"},
            {"resize": (384, 384)},
        ),
        ({"size": {"height": 8, "width": 16}, "do_normalize": False, **HALF}, {"resize": (8, 16)}),
        ({"do_resize": False, "size": 9, "do_rescale": False, "do_normalize": True, **HALF}, {"divide_by": 1.0, **NORMAL}),
        ({"size": {"height": 8, "width": 8}, "rescale_factor": 0.0078125}, {"resize": (8, 8), "divide_by": 128.0}),
        ({"size": {"height": 8, "width": 8}, "do_flip_channel_order": True}, {"resize": (8, 8), "channels": "bgr"}),
    ],
)
def test_a_configuration_of_transformers_becomes_the_same_steps_of_a_plan(tmp_path, values, plan):
    found = read(tmp_path, values)
    assert found.image == ImagePlan.model_validate(plan)
    assert found.notes == ()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"size": {"longest_edge": 800, "shortest_edge": 600}}, "a size of longest_edge, shortest_edge"),
        ({"size": 224, "image_processor_type": "LevitImageProcessor"}, "`size: 224`, which may mean one edge or both"),
        ({"size": {"shortest_edge": 8}, "do_pad": True}, "`do_pad: true`"),
        (
            {"size": {"shortest_edge": 8}, "crop_pct": 0.9, "image_processor_type": "PoolFormerImageProcessor"},
            "`crop_pct: 0.9`",
        ),
        ({"size": {"height": 8, "width": 8}, "resample": 77}, "values of unusual form"),
        ({"size": {"height": 8, "width": 0}}, "values of unusual form"),
        ({"size": {"height": 8, "width": 8}, "do_normalize": True}, "values of unusual form"),
        ({"size": {"height": 8, "width": 8}, "rescale_factor": 0}, "values of unusual form"),
    ],
)
def test_steps_a_plan_cannot_say_are_not_followed_and_named(tmp_path, values, says):
    found = read(tmp_path, values)
    assert found.image is None
    assert says in found.notes[0]
    assert "was not followed" in found.notes[0]


def test_a_configuration_of_timm_follows_its_rule_for_evaluation(tmp_path):
    config = {"input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.95, "mean": [0.5] * 3, "std": [0.5] * 3}
    found = read(tmp_path, {"architecture": "resnet18", "pretrained_cfg": config}, "config.json")
    assert found.image == ImagePlan(resize=235, crop=(224, 224), interpolation="bicubic", **NORMAL)  # 224 / 0.95 = 235.8
    grey = read(tmp_path, {"pretrained_cfg": {**config, "input_size": [1, 28, 28], "mean": 0.1, "std": 0.3}}, "config.json")
    assert (grey.image.channels, grey.image.mean) == ("grey", (0.1,))
    assert read(tmp_path, {"pretrained_cfg": {**config, "crop_mode": "border"}}, "config.json").image is None


def test_a_folder_without_such_a_configuration_says_nothing(tmp_path):
    assert read_preprocessing(tmp_path) is None
    assert read(tmp_path, {"model_type": "bert"}, "config.json") is None
    assert read(tmp_path, {"feature_size": 80, "sampling_rate": 16000}) is None


def test_a_configuration_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "preprocessor_config.json").write_text("[1]")
    with pytest.raises(AuditError, match="cannot be read"):
        read_preprocessing(tmp_path)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ViT", {"size": {"height": 12, "width": 12}}),
        ("CLIP", {"size": {"shortest_edge": 16}, "crop_size": {"height": 12, "width": 12}}),
        ("ConvNext", {"size": {"shortest_edge": 14}, "crop_pct": 0.7}),
        ("ConvNext", {"size": {"shortest_edge": 384}}),
    ],
)
def test_images_become_what_the_librarys_own_processor_makes_of_them(tmp_path, name, options):
    transformers = pytest.importorskip("transformers")
    processor = getattr(transformers, f"{name}ImageProcessorPil")(**options)
    processor.save_pretrained(tmp_path)
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (30, 41, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photos" / "cat" / "1.png")
    found = read_preprocessing(tmp_path)
    rows = folder_rows(tmp_path / "photos", found.image, ("cat",), {})
    expected = processor(Image.fromarray(pixels), return_tensors="np")["pixel_values"][0]
    np.testing.assert_allclose(rows[0].input.numpy(), expected, atol=1e-5)
