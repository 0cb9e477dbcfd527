"""Images that cannot be used: refused by name, or rows with a reason; folders that hold too little or too much."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from auditor.errors import AuditError
from auditor.inputs import image_files
from auditor.inputs.image_files import NotReadable, read_image
from tests.inputs.a_folder import PIXELS, png, refusal, rows


def test_truncated_and_damaged_files_are_rows_with_a_reason(tmp_path):
    noisy = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    files = {"cat/a.png": png(noisy), "cat/b.png": png(noisy)[:4000], "cat/c.jpg": png(noisy, kind="JPEG")[:2000]}
    files |= {"dog/d.png": b"no image", "dog/e.png": b"", "dog/f.gif": png(noisy), "dog/g.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n"}
    data = rows(tmp_path, files)
    assert [bool(problem) for problem in data.problems] == [False, True, True, True, True, False, True]
    assert (
        data.problems[1] in ("the image is truncated", "the image is damaged") and data.problems[2] == "the image is truncated"
    )
    assert data.problems[3] == "the file is no image that can be recognised"
    assert data.labels.tolist() == [0, 0, 0, 1, 1, 1, 1] and data.show(3) is None


def test_empty_class_folders_absent_ones_and_other_files_are_noted(tmp_path):
    files = {"cat/a.png": png(), "cat/.hidden.png": png(), "dog": None, "notes.txt": b"x", "dog/scan.dcm": b"x"}
    data = rows(tmp_path, files, classes=("cat", "dog", "owl"))
    assert data.encoding.notes == (
        "the class folder dog holds no images",
        "no folder for the class owl",
        "2 files left out: no image by the ending",
    )
    assert len(data) == 1


def test_class_folders_are_mapped_by_name_by_the_plan_or_by_index(tmp_path):
    files = {"n02084071/a.png": png(), "n02121808/b.png": png()}
    names = {"n02084071": "dog", "n02121808": "cat"}
    assert rows(tmp_path, files, label_names=names).labels.tolist() == [1, 0]
    assert rows(tmp_path / "index", {"0/a.png": png(), "1/b.png": png()}).labels.tolist() == [0, 1]
    error = refusal(tmp_path / "wrong", {"cat/a.png": png(), "dgo/b.png": png()})
    assert "'dgo' (1 folder)" in error.found and "did you mean `dog`?" in error.fix


@pytest.mark.parametrize(
    ("files", "message", "found"),
    [
        ({"a.png": png(), "cat/b.png": png()}, "no folder of images sorted by class", "1 images beside 1 folders"),
        ({"cat": None}, "no folder of images sorted by class", "no images"),
        ({"cat/a.dcm": b"DICM"}, "no folder of images sorted by class", "cat/a.dcm"),
        ({"cat/a.tif": png(mode="CMYK", kind="TIFF")}, "None of the image files can be read", "mode CMYK"),
        ({"cat/a.tif": png(mode="F", kind="TIFF")}, "None of the image files can be read", "mode F"),
        ({"cat/a.tif": png(np.full((4, 4), 70000, np.int32), kind="TIFF")}, "None of the image files can be read", "mode I"),
        ({"cat/a.png": png(), "dog/b.png": png(PIXELS[:4])}, "differ in shape", "item 1: [3, 4, 8]"),
        ({"cat/a.png": b"x", "dog/b.png": b"y"}, "None of the image files can be read", "2 files"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path, files, message, found):
    error = refusal(tmp_path, files)
    assert message in error.message and found in error.found, str(error)


def test_several_frames_are_refused_by_name(tmp_path):
    frames = [Image.fromarray(PIXELS), Image.fromarray(255 - PIXELS)]
    content = png(frames[0], kind="GIF", save_all=True, append_images=frames[1:])
    assert refusal(tmp_path, {"cat/a.gif": content}).found == "2 frames"


def test_an_image_smaller_than_the_crop_is_refused(tmp_path):
    assert refusal(tmp_path, {"cat/a.png": png()}, image={"crop": 7}).found == "6 × 8 pixels before the crop"


@pytest.mark.parametrize("limit", [40, 20])  # Pillow's own limit is twice as high
def test_decompression_bombs_are_refused_before_they_are_decoded(tmp_path, monkeypatch, limit):
    content = png()
    monkeypatch.setattr(image_files, "MOST_PIXELS", limit)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = refusal(tmp_path, {"cat/a.png": content})
    assert "`cat/a.png` cannot be used" in error.message and "it may be a bomb" in error.fix


LIST = "file,label,who\nimages/cat/a.png,cat,p1\nimages/dog/b.png,dog,p2\nimages/gone.png,dog,p2\n,cat,p1\n"


def test_a_csv_that_lists_files_gives_labels_units_and_groups(tmp_path):
    files = {"cat/a.png": png(), "dog/b.png": png(255 - PIXELS)}
    (tmp_path / "list.csv").write_text(LIST)
    data = rows(tmp_path, files, ["who"], "list.csv", table={"label": "label"})
    assert data.problems == ("", "", "the file is missing", "the file is missing")
    assert data.labels.tolist() == [0, 1, 1, 0] and data.sample(1).groups == {"who": "p2"}
    assert data.ids == ("images/cat/a.png", "images/dog/b.png", "images/gone.png", "row 4")
    assert data.encoding.listing.role == "2 images it lists, together" and [role for role, _ in data.files] == ["data"]
    error = refusal(tmp_path, files, (), "list.csv", table={"label": "label"}, image={"column": "path"})
    assert error.found == "no `path`"
    assert refusal(tmp_path, files, (), "list.csv", table={"label": "who"}).found == "'p1' (2 rows), 'p2' (2 rows)"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_bytes_in_a_class_folder_are_a_row_or_an_answer(tmp_path_factory, data):
    place = tmp_path_factory.mktemp("any")
    start = data.draw(st.sampled_from([png(), png(kind="JPEG"), png(kind="GIF"), png(kind="TIFF"), png(kind="WEBP"), b""]))
    content = bytearray(start)
    for _ in range(data.draw(st.integers(0, 3)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content += data.draw(st.binary(max_size=8))
    try:
        made = rows(place, {"cat/a.png": png(), "dog/b.png": bytes(content)}, image={"resize": [6, 8]})
    except AuditError:
        return
    assert len(made) == 2 and made.problems[0] == "" and torch.isfinite(made.batch([0])[0]).all()


def test_a_file_that_is_listed_twice_is_two_samples_with_one_digest(tmp_path):
    (tmp_path / "list.csv").write_text("file,label\nimages/cat/a.png,cat\nimages/cat/a.png,cat\n,cat\n,cat\n")
    data = rows(tmp_path, {"cat/a.png": png()}, (), "list.csv", table={"label": "label"})
    assert data.ids == ("images/cat/a.png", "images/cat/a.png (row 2)", "row 3", "row 4")
    assert data.digests[0] == data.digests[1]
    assert [bool(problem) for problem in data.problems] == [False, False, True, True]


def test_a_truncated_file_is_excluded_also_where_another_library_lets_such_files_pass(tmp_path, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    whole = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(whole, "PNG")
    (tmp_path / "cut.png").write_bytes(whole.getvalue()[:400])
    with pytest.raises(NotReadable):
        read_image(tmp_path / "cut.png", "cut.png")
    assert ImageFile.LOAD_TRUNCATED_IMAGES
