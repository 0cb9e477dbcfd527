"""Corrupted rows of evaluation sets of every kind: raw samples where there are some, else the tensors."""

import numpy as np
import pytest
import torch

from auditor.errors import AuditError
from auditor.inputs.corrupted import Corrupted
from auditor.inputs.corruptions import image
from auditor.inputs.corruptions.draw import Draw
from auditor.inputs.randomness import sample_keys
from auditor.inputs.rows import Rows
from tests.inputs import a_folder, a_table, some_texts


class Given(torch.utils.data.Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return {"input": self.items[i], "label": 0, "id": f"s{i}"}


def opened(data, seed=0):
    return Corrupted(data, range(len(data)), sample_keys(data.ids), seed)


def of(items, modality, **more):
    return Rows(Given(items), ("a", "b"), "d", modality, **more)


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_files_are_corrupted_as_pictures_before_they_are_resized_and_normalised(tmp_path):
    files = {"cat/a.png": a_folder.png(), "dog/b.png": a_folder.png(a_folder.PIXELS[::-1].copy())}
    data = a_folder.rows(tmp_path, files, image={"resize": [3, 4], "mean": [0.5], "std": [0.25]})
    found = opened(data).arguments([1, 0], "noise", 3)["x"]
    for place, row in enumerate((1, 0)):
        draw = Draw(sample_keys([data.ids[row]]), "noise", 0)
        pixels = np.round(image.noise(data.raw(row) / 255, 0.18, draw) * 255).astype(np.uint8)
        assert torch.equal(found[place], data.encode([pixels])[0])
    assert opened(data).picture(0).tolist() == a_folder.PIXELS.tolist()
    assert opened(data).picture(0, "brightness", 5).mean() > a_folder.PIXELS.mean()


def test_images_in_memory_are_corrupted_within_the_range_of_the_set():
    x = drawn(6, 3, 8, 8)
    data = of(x, "image", scale=0.5, offset=2.0)
    low, high = float(x.min()), float(x.max())
    made = opened(data).arguments([4], "contrast", 3)["x"][0]
    mean = x[4].mean(dim=(1, 2), keepdim=True)
    assert torch.allclose(made, mean + 0.2 * (x[4] - mean), atol=1e-6)
    noisy = opened(data).arguments([0, 1, 2], "noise", 5)["x"]
    assert noisy.min() == pytest.approx(low) and noisy.max() == pytest.approx(high) and noisy.dtype == x.dtype
    raised = opened(data).arguments([2], "brightness", 1)["x"][0]
    inside = raised.amax(0) < high - 1e-4
    assert torch.allclose((raised.amax(0) - x[2].amax(0))[inside], torch.tensor(0.1 * (high - low)), atol=1e-5)


def test_images_of_whole_numbers_stay_whole():
    x = torch.randint(0, 256, (4, 1, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    made = opened(of(x, "image")).arguments([0, 1, 2, 3], "jpeg", 2)["x"]
    assert made.dtype == torch.uint8 and (made.int() - x.int()).abs().max() > 0


def test_jpeg_is_not_evaluated_for_other_numbers_of_channels_and_nothing_for_flat_images():
    several = opened(of(drawn(3, 4, 8, 8), "image"))
    assert "the images have 4" in several.problem("jpeg") and several.problem("blur") == ""
    assert "equal" in opened(of(torch.ones(3, 1, 8, 8), "image")).problem("noise")


def test_a_table_loses_values_where_the_plan_imputes_and_gets_means_elsewhere(tmp_path):
    table = a_table.changed(
        numeric={"age": {"mean": 40, "std": 10, "missing": 33}, "hours": None},
        categorical={"work": ["private", "state", "none"], "sex": {"values": ["f", "m"], "missing": "f"}},
    )
    data = a_table.rows(tmp_path, table=table)
    corrupted = opened(data)
    raws = [data.raw(i) for i in range(3)]
    options = {"age": None, "hours": sum(raw["hours"] for raw in raws) / 3, "work": "none", "sex": None}
    for row in range(3):
        made = corrupted.arguments([row], "missing", 5)["x"][0]  # half of four columns
        possible = [
            {**raws[row], first: options[first], second: options[second]}
            for first in options
            for second in options
            if first < second
        ]
        assert any(torch.equal(made, data.encode([raw])[0]) for raw in possible)
        assert not torch.isnan(made).any()


def test_numbers_of_a_table_move_by_a_share_of_their_columns_spread(tmp_path):
    lines = "".join(f"r{i},{20 + i % 50},private,{i % 7},f,1,low,A\n" for i in range(400))
    data = a_table.rows(tmp_path, "row,age,work,hours,sex,weight,income,town\n" + lines)
    moved = opened(data).arguments(range(400), "noise", 5)["x"] - data.batch(range(400))[0]
    spread = np.std([20 + i % 50 for i in range(400)])
    assert moved[:, 0].std() * 10 == pytest.approx(0.5 * spread, rel=0.1)
    assert not moved[:, 2:].any()


def test_swapped_values_come_from_other_rows_whatever_the_order_of_the_file(tmp_path):
    head, *lines = a_table.CSV.strip().split("\n")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = a_table.rows(tmp_path / "a", "\n".join([head, *lines]) + "\n")
    other = a_table.rows(tmp_path / "b", "\n".join([head, *lines[::-1]]) + "\n")
    first, second = opened(one).arguments([0, 1, 2], "swap", 5)["x"], opened(other).arguments([2, 1, 0], "swap", 5)["x"]
    assert torch.equal(first, second) and not torch.equal(first, one.batch([0, 1, 2])[0])
    assert "no other row" in Corrupted(one, [0], sample_keys(one.ids), 0).problem("swap")


def test_a_value_is_never_swapped_with_the_rows_own(tmp_path):
    lines = "".join(f"r{i},{20 + i},private,{i},f,1,low,A\n" for i in range(2))
    data = a_table.rows(tmp_path, "row,age,work,hours,sex,weight,income,town\n" + lines)
    for seed in range(20):
        moved = (opened(data, seed).arguments([0, 1], "swap", 5)["x"] != data.batch([0, 1])[0]).sum(dim=1)
        columns = [Draw(sample_keys([name]), "swap", seed).chosen(0.5, 4) for name in data.ids]
        assert moved.tolist() == [len({0, 1} & set(chosen)) for chosen in columns]  # age and hours differ, the rest does not


def test_texts_are_corrupted_before_they_are_cut_into_tokens(tmp_path):
    data = some_texts.rows(tmp_path)
    made = opened(data).arguments([2], "casing", 5)
    assert torch.equal(made["input_ids"], data.encode(["CALL NOW"])["input_ids"])
    dropped = opened(data).arguments([0, 2], "dropped_words", 1)
    assert dropped["lengths"].tolist()[1] < data.arguments([2])["lengths"].item() and list(dropped) == list(data.arguments([0]))


def test_padding_of_a_series_is_left_alone():
    items = [{"x": drawn(2, 12) * (torch.arange(12) < 5), "lengths": 5} for _ in range(3)]
    made = opened(of(items, "series")).arguments([0, 1], "jitter", 5)
    assert not made["x"][:, :, 5:].any() and (made["x"][:, :, :5] != items[0]["x"][:, :5]).all()
    assert made["lengths"].tolist() == [5, 5]
    assert opened(of(drawn(4, 9), "series")).arguments([1], "time_shift", 1)["x"].shape == (1, 9)


@pytest.mark.parametrize(
    ("items", "modality", "reason"),
    [
        (drawn(4, 5), "tabular", "rows of named columns"),
        (torch.arange(24).reshape(4, 6), "text", "token numbers"),
        (drawn(4, 2, 3, 4, 5), "image", "do not know: Tensor"),
    ],
)
def test_what_has_no_raw_rows_says_why_nothing_can_be_done(items, modality, reason):
    corrupted = opened(of(items, modality))
    assert reason in corrupted.problem("noise") and corrupted.picture(0) is None


def test_a_data_set_that_refuses_missing_values_gets_typical_ones():
    class Dataset(Given):
        def raw(self, i):
            return {"a": float(i), "b": "x" if i else "y"}

        def encode(self, raws):
            if any(value is None for raw in raws for value in raw.values()):
                raise AuditError("no value", found="None", expected="a value", fix="give one")
            return torch.stack([torch.tensor([raw["a"], float(raw["b"] == "x")]) for raw in raws])

    data = Rows(Dataset(drawn(5, 2)), ("a", "b"), "d", "tabular")
    rows = opened(data).arguments(range(5), "missing", 1)["x"]
    assert {(2.0, float(i > 0)) for i in range(5)} | {(float(i), 1.0) for i in range(5)} >= {tuple(r) for r in rows.tolist()}
