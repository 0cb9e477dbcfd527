"""The evaluation set: every row read once, checked against the others, and the same for the whole audit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from auditor.errors import AuditError, UserCodeError
from auditor.inputs import reading
from auditor.inputs.datasets import open_data, wrap_data
from auditor.inputs.items import Item, digest
from auditor.plan.fields import DataPlan

CLASSES = ("cat", "dog", "owl")


class Items(Dataset):
    """Items from a list, counting how often each is read."""

    def __init__(self, items):
        self.items, self.reads = list(items), [0] * len(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        self.reads[i] += 1
        if isinstance(self.items[i], Exception):
            raise self.items[i]
        return self.items[i]


def rows(labels, shape=(2,)):
    return [(torch.full(shape, float(row)), label) for row, label in enumerate(labels)]


def opened(data, modality="tabular"):
    return wrap_data(data, CLASSES, "animals", modality)


def refusal(data) -> AuditError:
    with pytest.raises(AuditError) as caught:
        opened(data)
    assert not isinstance(caught.value, UserCodeError)
    assert caught.value.found
    assert caught.value.expected
    assert caught.value.fix
    return caught.value


def test_a_sample_is_what_the_dataset_gave():
    made = opened(
        Items([{"input": torch.ones(2), "label": "owl", "id": "a", "unit": "u", "groups": {"sex": "f"}}, (torch.zeros(2), 1)])
    )
    sample = made.sample(0)
    assert (sample.label, sample.id, sample.unit, sample.groups, sample.problem) == (2, "a", "u", {"sex": "f"}, "")
    assert sample.digest == digest(Item(torch.ones(2), 2, None, None, {})) == made.digests[0]
    assert (len(made), made.shape, made.dtype, made.files) == (2, (2,), torch.float32, [])
    assert (made.minimum, made.maximum) == (0.0, 1.0)
    assert made.sample(1).id == "1"


def test_ids_default_to_row_numbers_of_one_width():
    assert opened(Items(rows([0] * 11))).ids[:3] == ("00", "01", "02")


def test_a_batch_is_the_stacked_rows_in_the_order_asked_for():
    made = opened(Items(rows([0, 1, 2, None])))
    inputs, labels = made.batch([3, 1])
    assert inputs.tolist() == [[3, 3], [1, 1]]
    assert labels.tolist() == [-1, 1]
    assert labels.dtype is torch.int64


def test_what_is_handed_out_belongs_to_the_caller():
    made = opened(Items(rows([0, 1])))
    made.sample(1).input.zero_()
    made.batch([1])[0].zero_()
    made.raw(1).zero_()
    assert made.sample(1).input.tolist() == [1, 1]


def test_all_kinds_of_sources_give_the_same_rows(tmp_path):
    x, y = torch.arange(12.0).reshape(6, 2), torch.tensor([0, 1, 2, 0, 1, 2])

    class Stream(IterableDataset):
        def __iter__(self):
            return iter(zip(x, y, strict=True))

    np.savez(tmp_path / "a.npz", x=x.numpy(), y=y.numpy())
    np.save(tmp_path / "x.npy", x.numpy())
    np.save(tmp_path / "y.npy", y.numpy())
    (tmp_path / "data.py").write_text(
        "import numpy as np\ndef build(folder):\n    return np.load(folder + '/x.npy'), np.load(folder + '/y.npy')\n"
    )
    made = [opened(data) for data in (TensorDataset(x, y), (x, y), (x.numpy(), y.tolist()), Stream())]
    made += [opened(DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True)), opened(list(zip(x, y, strict=True)))]
    plans = [
        DataPlan(name="d", path="a.npz"),
        DataPlan(name="d", path="x.npy", labels="y.npy"),
        DataPlan(name="d", factory="data.py:build", arguments={"folder": str(tmp_path)}, files={"x.npy": None}),
    ]
    made += [open_data(plan, CLASSES, tmp_path) for plan in plans]
    assert {one.digests for one in made} == {made[0].digests}
    assert made[-3].files == [("data", tmp_path / "a.npz")]
    assert made[-2].files == [("data", tmp_path / "x.npy"), ("labels", tmp_path / "y.npy")]
    assert made[-1].files == [("data", tmp_path / "x.npy"), ("code", tmp_path / "data.py")]


def test_nan_and_infinite_rows_are_kept_with_their_problem_and_do_not_touch_the_range():
    x = torch.tensor([[1.0, 2.0], [float("nan"), 9.0], [float("inf"), 0.5], [float("nan"), float("nan")]])
    made = opened((x, torch.zeros(4, dtype=torch.int64)))
    assert made.problems == ("", *["input has NaN or infinite values"] * 3)
    assert made.sample(2).problem == "input has NaN or infinite values"
    assert (made.minimum, made.maximum) == (0.5, 9.0)


def test_labels_out_of_range_are_listed_with_their_rows():
    error = refusal(Items(rows([0, 5, 2, -2, 5])))
    assert error.message == "3 labels are out of range."
    assert error.found == "-2, 5 in rows 1, 3, 4"
    assert error.expected == "0 to 2, the positions of the 3 names in `model.classes`; -1 for unknown"


def test_labels_that_start_at_one_are_guessed_as_such():
    assert refusal(Items(rows([1, 2, 3]))).fix == "the labels seem to start at 1: subtract 1"
    assert "subtract" not in refusal(Items(rows([0, 2, 3]))).fix


def test_a_label_beyond_all_integers_is_out_of_range():
    assert "rows" not in refusal(Items(rows([0, 2**70]))).found


def test_an_id_given_twice_names_its_rows():
    error = refusal(Items([{"input": torch.ones(1), "id": name} for name in ("a", "b", "a")]))
    assert error.found == "1 ids given more than once, such as 'a' in rows 0, 2"


@pytest.mark.parametrize(
    ("other", "found"), [(torch.ones(3), "item 2: [3] float32"), (torch.ones(2).double(), "item 2: [2] float64")]
)
def test_the_first_row_of_another_shape_or_type_is_named(other, found):
    error = refusal(Items([*rows([0, 1]), (other, 0)]))
    assert error.found == found
    assert error.expected == "[2] float32, as item 0"


def test_an_item_that_raises_names_its_index_and_keeps_the_cause():
    with pytest.raises(UserCodeError) as caught:
        opened(Items([*rows([0, 1]), OSError("gone")]))
    assert caught.value.message == "Item 2 of the data set raised OSError: gone"
    assert isinstance(caught.value.__cause__, OSError)
    assert "in __getitem__" in caught.value.found


def test_random_augmentation_is_found():
    class Augmented(Items):
        def __getitem__(self, i):
            return torch.rand(3), 0

    error = refusal(Augmented(rows([0] * 5)))
    assert error.found == "item 0 differs between two readings"


def test_rows_in_memory_are_not_read_again(monkeypatch):
    data = Items(rows([0] * 40))
    made = opened(data)
    before = list(data.reads)
    made.sample(3), made.batch(range(40)), made.raw(2)
    assert data.reads == before
    assert sum(before) <= 40 + 6


def test_rows_beyond_the_memory_limit_are_read_again_and_held_to_their_digest(monkeypatch):
    monkeypatch.setattr(reading, "MEMORY", 10)
    data = Items(rows([0, 1, 2]))
    made = opened(data)
    before = data.reads[2]
    assert made.batch([2])[0].tolist() == [[2, 2]]
    assert data.reads[2] == before + 1
    data.items[2] = (torch.ones(2), 2)
    with pytest.raises(AuditError) as caught:
        made.sample(2)
    assert caught.value.message == "The data changed during the audit."
    assert caught.value.found == "item 2 (2) differs from its first reading"


def test_an_endless_stream_ends_with_the_limit_named(monkeypatch):
    class Endless(IterableDataset):
        def __iter__(self):
            while True:
                yield torch.ones(1), 0

    monkeypatch.setattr(reading, "MEMORY", 10_000)
    error = refusal(Endless())
    assert error.found == "more than 1e-05 GB after 10 items"
    assert "map-style" in error.fix


@pytest.mark.parametrize("data", [[], (torch.ones(0, 2), None), (torch.ones(0, 2), torch.ones(0, dtype=torch.int64))])
def test_an_empty_set_is_refused(data):
    assert refusal(data).message == "The evaluation set is empty."
