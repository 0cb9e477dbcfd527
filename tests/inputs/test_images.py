"""Images on disk: pixels as the plan states them, upright and on white."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from PIL import Image

from tests.inputs.a_folder import PIXELS, one, png, refusal, rows


def test_a_folder_per_class_becomes_rows_in_the_order_of_their_names(tmp_path):
    files = {"dog/b.png": png(), "cat/2.png": png(), "cat/1.JPG": png(kind="JPEG"), "dog/deep/c.bmp": png(kind="BMP")}
    data = rows(tmp_path, files)
    assert data.ids == ("cat/1.JPG", "cat/2.png", "dog/b.png", "dog/deep/c.bmp") and data.labels.tolist() == [0, 0, 1, 1]
    assert data.shape == (3, 6, 8) and data.dtype is torch.float32
    assert torch.equal(data.batch([1])[0][0], torch.from_numpy((PIXELS / 255.0).transpose(2, 0, 1).astype("f4")))


def test_one_digest_covers_all_files_as_sha256sum_lists_them(tmp_path):
    data = rows(tmp_path, {"dog/b.png": png(), "cat/a.png": png(kind="BMP")})
    lines = "".join(
        f"{hashlib.sha256((tmp_path / 'images' / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("cat/a.png", "dog/b.png")
    )
    fact = data.encoding.listing
    assert fact.sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert (fact.name, fact.role, fact.bytes) == ("images", "2 images it lists, together", len(png()) + len(png(kind="BMP")))
    assert rows(tmp_path, {}, sha256=fact.sha256).ids == data.ids
    assert "that the plan pins" in refusal(tmp_path, {"cat/a.png": png()}, sha256=fact.sha256).message


def test_scale_normalisation_and_channel_order_are_the_plans(tmp_path):
    made = one(tmp_path, png(), divide_by=2, mean=[1, 2, 3], std=[10, 20, 30], channels="bgr")
    expected = (PIXELS[..., ::-1] / 2 - np.array([1, 2, 3])) / np.array([10, 20, 30])
    assert np.allclose(made.numpy(), expected.transpose(2, 0, 1), atol=1e-6)


def test_the_raw_values_a_number_stands_for_are_said_per_channel(tmp_path):
    data = rows(tmp_path, {"cat/a.png": png(), "dog/b.png": png()}, image={"mean": [0.5, 0.2, 0.1], "std": [0.1]})
    assert data.encoding.offset == pytest.approx((127.5, 51.0, 25.5)) and data.encoding.scale == pytest.approx((25.5,) * 3)


def test_grey_inputs_are_the_luma_of_colours(tmp_path):
    made = one(tmp_path, png(), channels="grey", divide_by=1)
    luma = PIXELS @ np.array([0.299, 0.587, 0.114])
    assert made.shape == (1, 6, 8) and np.abs(made[0].numpy() - luma).max() <= 1


@pytest.mark.parametrize(("size", "resized"), [((40, 20), (10, 5)), ((20, 41), (5, 10)), ((30, 30), (5, 5))])
def test_the_shorter_edge_is_resized_and_the_centre_cropped(tmp_path, size, resized):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    made = one(tmp_path, png(pixels), resize=5, crop=[4, 3], interpolation="bicubic", divide_by=1)
    whole = np.asarray(Image.fromarray(pixels).resize((resized[1], resized[0]), Image.Resampling.BICUBIC))
    top, left = round((resized[0] - 4) / 2), round((resized[1] - 3) / 2)
    assert np.array_equal(made.numpy().transpose(1, 2, 0), whole[top : top + 4, left : left + 3])


def test_a_file_turned_by_its_exif_gives_the_same_input_as_the_upright_one(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a quarter turn clockwise
    turned = png(np.rot90(PIXELS).copy(), exif=exif)
    assert torch.equal(one(tmp_path / "a", turned), one(tmp_path / "b", png()))
    grey = (np.arange(48).reshape(6, 8) * 1000).astype(np.uint16)
    assert torch.equal(one(tmp_path / "c", png(np.rot90(grey).copy(), exif=exif)), one(tmp_path / "d", png(grey)))


def test_greyscale_palette_bilevel_and_16_bit_files_give_the_pixels_they_show(tmp_path):
    grey = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
    expected = one(tmp_path / "rgb", png(np.repeat(grey[..., None], 3, 2)))
    for name, content in {
        "L": png(grey),
        "P": png(grey, "P"),
        "I;16": png(grey.astype(np.uint16) << 8 | 7),
        "tiff": png(grey.astype(np.uint16) << 8, kind="TIFF"),
    }.items():
        assert torch.equal(one(tmp_path / name, content), expected), name
    assert one(tmp_path / "1", png(grey > 100, kind="PNG")).unique().tolist() == [0, 1]


def test_transparent_parts_lie_on_white(tmp_path):
    alpha = np.full((6, 8, 1), 255, np.uint8)
    alpha[:3] = 0
    alpha[3] = 128
    made = one(tmp_path, png(np.concatenate([PIXELS, alpha], 2)), divide_by=1).numpy().transpose(1, 2, 0)
    assert (made[:3] == 255).all() and (made[4:] == PIXELS[4:]).all()
    assert np.abs(made[3] - (PIXELS[3] * (128 / 255) + 255 * 127 / 255)).max() <= 1
    key = one(tmp_path / "key", png(Image.fromarray(np.zeros((6, 8), np.uint8)), transparency=0))
    assert (key == 1).all()


def test_raw_encode_and_show_agree(tmp_path):
    data = rows(
        tmp_path, {"cat/a.png": png(), "dog/b.png": png()}, image={"resize": 4, "crop": 3, "channels": "bgr", "mean": [0.5]}
    )
    assert np.array_equal(data.raw(0), PIXELS) and data.show(0).shape == (3, 3, 3)
    assert torch.equal(data.encode([data.raw(0), data.raw(1)]), data.batch([0, 1])[0])
    again = (data.show(0)[..., ::-1] / 255 - 0.5).transpose(2, 0, 1)
    assert np.allclose(again, data.batch([0])[0][0].numpy(), atol=1e-6)
    assert rows(tmp_path, {}, image={"channels": "grey"}).show(0).shape == (6, 8)
