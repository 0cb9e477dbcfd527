"""Files of arrays, the plan's way to name them, and pictures and raw samples of a set."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.datasets import open_data, wrap_data
from auditor.plan.fields import DataPlan

CLASSES = ("cat", "dog", "owl")
X = np.arange(8, dtype=np.float32).reshape(4, 2)
Y = np.array([0, 1, 2, 0])


def plan(**keys) -> DataPlan:
    return DataPlan(name="d", **keys)


def refusal(plan: DataPlan, folder) -> AuditError:
    with pytest.raises(AuditError) as caught:
        open_data(plan, CLASSES, folder)
    assert not isinstance(caught.value, UserCodeError)
    assert caught.value.found
    assert caught.value.expected
    assert caught.value.fix
    return caught.value


def test_all_arrays_of_an_npz_reach_the_samples(tmp_path):
    groups = np.array([("f", 1), ("m", 2), ("f", 3), ("m", 4)], dtype=[("sex", "U1"), ("site", "i4")])
    names = np.array(["cat", "dog", "owl", "cat"])
    np.savez(tmp_path / "a.npz", x=X, y=names, ids=np.array([7, 8, 9, 10]), unit=np.array(list("abca")), groups=groups)
    sample = open_data(plan(path="a.npz"), CLASSES, tmp_path).sample(2)
    assert (sample.label, sample.id, sample.unit, sample.groups) == (2, "9", "c", {"sex": "f", "site": "3"})
    np.savez_compressed(tmp_path / "b.npz", x=X, **{"groups.sex": np.array(list("fmfm")), "groups": np.array(list("pqrs"))})
    sample = open_data(plan(path="b.npz"), CLASSES, tmp_path).sample(1)
    assert (sample.label, sample.groups) == (-1, {"sex": "m", "group": "q"})


def test_an_npy_without_labels_is_an_unlabelled_set(tmp_path):
    np.save(tmp_path / "x.npy", X.astype(">f8"))
    made = open_data(plan(path="x.npy"), CLASSES, tmp_path)
    assert made.dtype is torch.float64
    assert made.labels.tolist() == [-1] * 4


def test_object_arrays_are_refused_unread(tmp_path):
    np.savez(tmp_path / "a.npz", x=X, y=np.array([0, None, 1, 2], dtype=object))
    error = refusal(plan(path="a.npz"), tmp_path)
    assert error.message == "The array `y` of `a.npz` holds Python objects; reading them could run code hidden in the file."
    np.save(tmp_path / "x.npy", np.array([[1, None]], dtype=object))
    assert "holds Python objects" in refusal(plan(path="x.npy"), tmp_path).message


@pytest.mark.parametrize(
    ("name", "content", "found", "fix"),
    [
        ("a.npz", b"", "an empty file", "again"),
        ("a.npz", b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer", "git lfs pull"),
        ("a.npy", b"<html>", "an HTML page", "download the file itself"),
        ("a.npz", b"PK\x03\x04....", "a zip archive that is cut short or damaged", "again"),
        ("a.dat", b"1,2\n", "a text that begins '1,2", "factory"),
        ("a.npz", b"\x1f\x8b..", "a gzip-compressed file", "gunzip"),
    ],
)
def test_what_is_no_data_file_is_recognised(tmp_path, name, content, found, fix):
    (tmp_path / name).write_bytes(content)
    error = refusal(plan(path=name), tmp_path)
    assert error.message == f"`{name}` is not a data file that can be read."
    assert error.found.startswith(found)
    assert fix in error.fix


def test_an_npz_named_npy_is_told_so_and_the_other_way(tmp_path):
    with (tmp_path / "a.npy").open("wb") as file:
        np.savez(file, x=X)
    assert refusal(plan(path="a.npy"), tmp_path).fix == "rename it so that it ends in .npz"
    with (tmp_path / "b.npz").open("wb") as file:
        np.save(file, X)
    assert refusal(plan(path="b.npz"), tmp_path).fix == "rename it so that it ends in .npy"


def test_arrays_of_other_names_are_listed_with_the_nearest_known(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=X, y_train=Y)
    error = refusal(plan(path="a.npz"), tmp_path)
    assert error.found == "x_train, y_train"
    np.savez(tmp_path / "b.npz", x=X, y=Y, id=Y)
    assert "did you mean `ids` for `id`?" in refusal(plan(path="b.npz"), tmp_path).fix


@pytest.mark.parametrize(
    ("y", "found", "fix"),
    [
        (Y[:3], "y of shape [3], x with 4 rows", "one entry per row"),
        (np.eye(5)[Y], "y of shape [4, 5], x with 4 rows", "0 or 1 for each of the 3 classes"),
        (Y[:, None], "y of shape [4, 1], x with 4 rows", "y.reshape(-1)"),
    ],
)
def test_columns_that_do_not_fit_the_inputs_are_refused(tmp_path, y, found, fix):
    np.savez(tmp_path / "a.npz", x=X, y=y)
    error = refusal(plan(path="a.npz"), tmp_path)
    assert error.found == found
    assert fix in error.fix


def test_several_labels_are_a_column_of_0_and_1_per_class(tmp_path):
    np.savez(tmp_path / "a.npz", x=X, y=np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 1]]))
    data = open_data(plan(path="a.npz"), CLASSES, tmp_path, multi_label=True)
    assert data.several == ((0, 2), (), (1,), (0, 1, 2))
    assert "`multi_label: true`" in refusal(plan(path="a.npz"), tmp_path).fix


def test_one_dimension_is_not_enough(tmp_path):
    np.save(tmp_path / "x.npy", X[:, 0])
    assert refusal(plan(path="x.npy"), tmp_path).fix.endswith("x.reshape(-1, 1)")


def test_labels_have_their_place(tmp_path):
    np.savez(tmp_path / "a.npz", x=X)
    np.save(tmp_path / "x.npy", X)
    assert refusal(plan(path="a.npz", labels="x.npy"), tmp_path).fix == "leave `data.labels` out"
    assert refusal(plan(path="x.npy", labels="a.npz"), tmp_path).fix == "save the labels with numpy.save(path, y)"


def test_pinned_digests_of_the_data_and_of_raw_files_are_held(tmp_path):
    np.savez(tmp_path / "a.npz", x=X)
    digest = hashlib.sha256((tmp_path / "a.npz").read_bytes()).hexdigest()
    made = open_data(plan(path="a.npz", sha256=digest, files={"a.npz": digest}), CLASSES, tmp_path)
    assert made.files == [("data", tmp_path / "a.npz")] * 2
    assert "`data.sha256`" in refusal(plan(path="a.npz", sha256="0" * 64), tmp_path).expected
    assert "`data.files.a.npz`" in refusal(plan(path="a.npz", files={"a.npz": "0" * 64}), tmp_path).expected


def test_a_plan_names_exactly_one_source(tmp_path):
    assert refusal(plan(), tmp_path).found == "neither `data.factory` nor `data.path`"
    assert refusal(plan(path="a.npz", factory="a:b"), tmp_path).found == "both `data.factory` and `data.path`"


@pytest.mark.parametrize(
    ("shape", "picture"),
    [((2, 3), (2, 3)), ((1, 2, 3), (2, 3)), ((3, 2, 2), (2, 2, 3)), ((2, 2, 4), (2, 2, 3)), ((2, 2, 2), None), ((5,), None)],
)
def test_a_picture_spreads_the_sets_range_over_all_greys(shape, picture):
    x = torch.linspace(-1, 1, 2 * int(np.prod(shape))).reshape(2, *shape)
    made = wrap_data((x, None), CLASSES, "d", "image")
    shown = made.show(0)
    if picture is None:
        assert shown is None
        return
    assert (shown.shape, shown.dtype) == (picture, np.uint8)
    assert shown.flat[0] == 0
    assert made.show(1).max() == (247 if shape[-1] == 4 else 255)  # the largest value lies in the alpha channel
    assert wrap_data((x, None), CLASSES, "d", "tabular").show(0) is None


def test_scale_turns_a_negative_into_its_positive_and_nan_is_black(tmp_path):
    x = np.array([[[0.0, 1.0]], [[0.5, np.nan]]], np.float32)
    np.savez(tmp_path / "a.npz", x=x)
    made = open_data(plan(path="a.npz", modality="image", scale=-1.0, offset=1.0), CLASSES, tmp_path)
    assert made.show(0).tolist() == [[255, 0]]
    assert made.show(1).tolist() == [[128, 0]]
    constant = wrap_data((torch.ones(1, 2, 2), None), CLASSES, "d", "image")
    assert constant.show(0).tolist() == [[0, 0], [0, 0]]


class Own(torch.utils.data.Dataset):
    """A dataset with its own raw samples, encoding and pictures."""

    picture = np.full((2, 2), 9, np.uint8)

    def __len__(self):
        return 3

    def __getitem__(self, i):
        return self.encode([self.raw(i)])[0], 0

    def raw(self, i):
        return f"row {i}"

    def encode(self, raws):
        return torch.tensor([[float(raw.split()[1])] * 2 for raw in raws])

    def show(self, i):
        return self.picture


def test_a_datasets_own_raw_encode_and_show_are_used():
    made = wrap_data(Own(), CLASSES, "d", "tabular")
    assert made.raw(1) == "row 1"
    assert made.encode(["row 4", "row 5"]).tolist() == [[4, 4], [5, 5]]
    assert made.show(0).tolist() == [[9, 9], [9, 9]]


def test_without_them_raw_is_the_input_and_encode_stacks():
    made = wrap_data((X, Y), CLASSES, "d", "tabular")
    assert torch.equal(made.encode([made.raw(2), made.raw(0)]), made.batch([2, 0])[0])


def test_an_encoding_or_picture_of_bad_form_is_refused():
    data = Own()
    made = wrap_data(data, CLASSES, "d", "tabular")
    data.picture = np.ones((2, 2))
    with pytest.raises(AuditError) as caught:
        made.show(0)
    assert caught.value.found == "float64, shape [2, 2]"
    data.encode = lambda raws: torch.ones(5)
    with pytest.raises(AuditError) as caught:
        made.encode(["row 1"])
    assert caught.value.found == "a tensor of shape [5]"
    assert caught.value.expected == "a tensor of shape [1, 2]"
