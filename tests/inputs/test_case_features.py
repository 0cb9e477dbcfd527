"""Features that differ from case to case: series of their own length, tokens, segments of an image."""

import numpy as np
import torch

from auditor.inputs.case_features import case_features
from auditor.inputs.datasets import wrap_data
from auditor.inputs.segments import segments
from auditor.plan.fields import FeaturesPlan


class Items(torch.utils.data.Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def opened(items, modality):
    return wrap_data(Items(items), ("no", "yes"), "noise", modality)


def test_windows_of_a_series_run_along_time_and_are_named_by_channel_and_steps():
    data = opened([{"input": torch.zeros(2, 7), "label": 0}], "series")
    found = case_features(FeaturesPlan(size=3, names=("east", "west")), data, [0])
    assert found.facts.names == (
        "east, steps 1–3", "west, steps 1–3", "east, steps 4–6", "west, steps 4–6", "east, step 7", "west, step 7",
    )  # fmt: skip
    assert found.shared.element[0].tolist() == [[0, 0, 0, 2, 2, 2, 4], [1, 1, 1, 3, 3, 3, 5]]


def test_a_shorter_series_has_the_first_windows_and_its_padding_is_no_feature():
    data = opened([{"input": {"x": torch.zeros(2, 7), "lengths": n}, "label": 0} for n in (7, 4, 3)], "series")
    found = case_features(FeaturesPlan(size=3), data, [0, 1, 2])
    batch = found.of([1, 2], data.arguments([1, 2]))
    assert batch.counts.tolist() == [4, 2]
    assert batch.element[0].tolist() == [[0, 0, 0, 2, -1, -1, -1], [1, 1, 1, 3, -1, -1, -1]]
    pooled = batch.pool(torch.ones(2, 2, 7), "sum")
    assert pooled[0, :4].tolist() == [3, 3, 1, 1]
    assert pooled[0, 4:].isnan().all()
    assert "no feature" in found.facts.description


def test_tokens_without_words_are_features_by_their_number_unless_masked():
    ids, mask = torch.tensor([5, 9, 5, 0]), torch.tensor([1, 1, 1, 0])
    data = opened([{"input": {"input_ids": ids, "attention_mask": mask}, "label": 1}], "text")
    batch = case_features(FeaturesPlan(), data, [0]).of([0], data.arguments([0]))
    assert batch.names == (("token 5", "token 9", "token 5"),)
    assert batch.element.tolist() == [[0, 1, 2, -1]]


def test_features_a_data_set_gives_with_its_items_are_used_as_they_are():
    items = [
        {"input": torch.zeros(1, 2, 2), "label": 0, "features": (torch.tensor([[0, 0], [1, 1]]), ["sky", "sea"])},
        {"input": torch.zeros(1, 2, 2), "label": 0, "features": (torch.tensor([[0, 1], [2, -1]]), ["sky", "sea", "sand"])},
    ]
    data = opened(items, "image")
    found = case_features(FeaturesPlan(), data, [0, 1])
    assert (found.shared, found.spots, found.facts.most) == (None, 3, 3)
    batch = found.of([0, 1], data.arguments([0, 1]))
    assert batch.names == (("sky", "sea"), ("sky", "sea", "sand"))
    assert batch.pool(torch.ones(2, 2, 2), "sum")[0, :2].tolist() == [2, 2]


def test_segments_are_connected_numbered_in_reading_order_and_follow_the_edges_of_the_picture():
    x = torch.zeros(3, 40, 40)
    x[:, :, 20:] = 4.0
    found = segments(x, 8)
    element = found.element.numpy()
    first = [int(np.argmax(element.flatten() == k)) for k in range(len(found.names))]
    assert first == sorted(first)
    assert len(found.names) == element.max() + 1 <= 16
    assert not set(element[:, :20].flatten()) & set(element[:, 20:].flatten())  # none crosses the edge
    assert torch.equal(segments(x, 8).element, found.element)


def test_an_image_without_contrast_has_segments_too():
    assert len(segments(torch.full((1, 16, 16), 2.0), 4).names) >= 1
