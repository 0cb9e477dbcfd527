"""Single items: what a dataset may give, and the words for what it may not."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from PIL import Image

from auditor.errors import AuditError
from auditor.inputs.datasets import wrap_data
from auditor.inputs.items import Item, decode, digest
from auditor.inputs.labels import read_label
from auditor.inputs.tensors import as_tensor

CLASSES = ("cat", "dog", "owl")
X = torch.tensor([1.0, 2.0])


def refusal(item: object) -> AuditError:
    with pytest.raises(AuditError) as caught:
        decode(item, 7, CLASSES)
    assert "item 7" in caught.value.message.lower()
    assert caught.value.found
    assert caught.value.expected
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize(
    "item", [(X, 2), [X, np.int64(2)], (X.numpy(), torch.tensor(2)), (X, "owl"), {"input": X, "label": b"owl"}]
)
def test_pairs_and_dicts_with_indices_or_names_mean_the_same(item):
    made = decode(item, 7, CLASSES)
    assert torch.equal(made.input, X)
    assert made.label == 2


@pytest.mark.parametrize(
    "item", [(X,), X, X.numpy(), (X, None), (X, -1), {"input": X}, {"input": X, "label": None, "groups": None}]
)
def test_a_label_may_be_unknown(item):
    assert decode(item, 7, CLASSES).label == -1


def test_ids_units_and_groups_become_text_and_unknown_groups_vanish():
    item = {
        "input": X,
        "id": 12,
        "unit": np.str_("anna"),
        "groups": {"sex": "f", "age": 37, "site": None, "smokes": np.bool_(True)},
    }
    made = decode(item, 7, CLASSES)
    assert (made.id, made.unit) == ("12", "anna")
    assert made.groups == {"sex": "f", "age": "37", "smokes": "True"}


def test_the_tensor_is_a_copy_of_its_own():
    buffer = np.zeros(3, np.float32)
    kept = as_tensor(buffer, 0)
    buffer += 1
    assert kept.tolist() == [0, 0, 0]
    shared = torch.zeros(3)
    kept = as_tensor(shared, 0)
    shared += 1
    assert kept.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "kind", ["float16", "bfloat16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]
)
def test_types_are_kept(kind):
    assert as_tensor(torch.ones(2, dtype=getattr(torch, kind)), 0).dtype is getattr(torch, kind)
    if kind != "bfloat16":
        assert as_tensor(np.ones(2, dtype=kind), 0).dtype is getattr(torch, kind)


def test_byte_order_strides_gradients_and_subclasses_do_not_matter():
    grid = np.arange(6, dtype=">f4").reshape(2, 3)
    assert as_tensor(grid.T[::-1], 0).tolist() == [[2, 5], [1, 4], [0, 3]]
    kept = as_tensor(torch.nn.Parameter(torch.ones(2, 3)).T, 0)
    assert type(kept) is torch.Tensor
    assert kept.is_contiguous()
    assert not kept.requires_grad


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, "None"),
        (3.0, "an object of type builtins.float"),
        ([1.0, 2.0], "an object of type builtins.list"),
        (np.array("a"), "an array of type <U1, shape []"),
        (np.array(["a"], dtype=object), "an array of type object, shape [1]"),
        (np.ones(2, np.complex64), "an array of type complex64, shape [2]"),
        (np.ones(2, np.longdouble), f"an array of type {np.dtype(np.longdouble)}, shape [2]"),
        (np.ones(0, np.float32), "an array of type float32, shape [0]"),
        (torch.tensor(1.0), "a tensor of type float32, shape []"),
        (torch.ones(2, dtype=torch.complex64), "a tensor of type complex64, shape [2]"),
        (torch.eye(2).to_sparse(), "a tensor of type float32, shape [2, 2], sparse_coo"),
        (torch.ones(2, device="meta"), "a tensor of type float32, shape [2]"),
        (np.ma.masked_array([1.0], [True]), "an array of type float64, shape [1]"),
    ],
)
def test_what_is_no_array_of_real_numbers_is_described(value, found):
    assert refusal((value, 1)).found == found


def test_a_picture_is_refused_with_the_line_that_converts_it():
    error = refusal((Image.new("RGB", (2, 2)), 1))
    assert error.found == "an object of type PIL.Image.Image"
    assert "torch.from_numpy(numpy.array(image)).permute(2, 0, 1)" in error.fix


@pytest.mark.parametrize(
    ("item", "found", "fix"),
    [
        ((X, 1, 2), "Tensor, int, int", "return a dict"),
        ((), "nothing", "return a dict"),
        ({"inputs": X, "label": 1}, "inputs, label", "did you mean `input`?"),
        ({"input": X, "group": "f"}, "input, group", "did you mean `groups`?"),
        ({"label": 1}, "label", '{"input": x, "label": y}'),
        ({"input": X, "groups": "f"}, "an object of type str", '"groups": {"sex": "female"}'),
        ({"input": X, "id": ""}, "'' of type str", "convert the id"),
        ({"input": X, "id": "a\nb"}, "'a\\nb' of type str", "convert the id"),
        ({"input": X, "id": "\ud800"}, "'\\ud800' of type str", "convert the id"),
        ({"input": X, "unit": [1]}, "[1] of type list", "convert the unit"),
    ],
)
def test_items_of_bad_form_show_the_right_form(item, found, fix):
    error = refusal(item)
    assert error.found == found
    assert fix in error.fix


@pytest.mark.parametrize(
    ("label", "found", "fix"),
    [
        ("oul", "'oul'", "did you mean `owl`?"),
        (1.0, "1.0 of type float", "astype('int64')"),
        (torch.tensor(2.0), "2.0 of type float", "astype('int64')"),
        (np.array([1]), "an array of shape [1]", "y.reshape(-1)"),
        (["owl", "oul"], "'oul'", "did you mean `owl`?"),
    ],
)
def test_labels_that_are_no_class_are_refused(label, found, fix):
    error = refusal((X, label))
    assert error.found == found
    assert fix in error.fix


def test_a_name_that_two_classes_share_needs_an_index():
    with pytest.raises(AuditError, match="not a unique class name"):
        read_label("missile", 0, ("missile", "missile"))


def of(values, label=1, labels=None, **others):
    return digest(Item(values, label, None, None, {}, labels=labels, others=others))


def test_the_digest_is_that_of_type_shape_label_and_bytes():
    expected = hashlib.sha256(b"float32|[2]|1|" + np.array([1, 2], "<f4").tobytes()).hexdigest()
    assert of(X) == expected
    others = [
        of(X, 0),
        of(X.reshape(1, 2)),
        of(X.double()),
        of(X.view(torch.int32)),
        of(X + 1),
        of(X, labels=(1,)),
        of(X, mask=X),
    ]
    assert len({expected, *others}) == 8
    assert of(X.bfloat16()) != of(X.bfloat16().view(torch.int16))


@pytest.mark.parametrize("label", [[0, "owl"], ("owl", 0), {2, 0}, torch.tensor([1, 0, 1]), np.array([1.0, 0.0, 1.0])])
def test_several_labels_are_names_indices_or_a_vector_of_zeros_and_ones(label):
    item = decode((X, label), 0, CLASSES)
    assert (item.label, item.labels) == (-1, (0, 2))


def test_an_input_may_be_several_named_arguments_of_which_the_first_is_the_primary_one():
    item = decode({"input": {"ids": torch.tensor([3, 4]), "mask": np.array([1, 0]), "length": 1}, "label": 0}, 0, CLASSES)
    assert (item.primary, item.input.tolist(), item.others["mask"].tolist(), item.others["length"].item()) == (
        "ids",
        [3, 4],
        [1, 0],
        1,
    )


def test_features_of_an_items_own_must_fit_its_input():
    element = torch.tensor([0, 1])
    assert decode({"input": X, "features": (element, ["a", "b"])}, 7, CLASSES).features.names == ("a", "b")
    for bad in ((element, ["a"]), (torch.tensor([0, 2]), ["a", "b"]), (torch.tensor([0, 1, 1]), ["a", "b"]), "words"):
        assert "features" in refusal({"input": X, "features": bad}).message


@pytest.mark.parametrize(
    ("length", "problem"), [(0, "a sequence of length 0"), (9, "a length beyond the padded input"), (8, ""), (1, "")]
)
def test_padded_series_without_a_step_or_longer_than_their_padding_are_excluded(length, problem):
    items = [{"input": {"x": torch.ones(2, 8), "lengths": n}, "label": 0} for n in (8, length)]
    assert wrap_data(items, ["a", "b"], "series", "series").problems == ("", problem)
