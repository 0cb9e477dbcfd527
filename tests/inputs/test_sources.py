"""What may stand for an evaluation set, and what may not."""

from __future__ import annotations

import pytest
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

from auditor.errors import AuditError
from auditor.inputs.datasets import wrap_data


def refusal(data) -> AuditError:
    with pytest.raises(AuditError) as caught:
        wrap_data(data, ("cat", "dog", "owl"), "animals", "tabular")
    return caught.value


def test_what_is_no_evaluation_set_is_named():
    for data in (None, "x.npz", 3, {"x": 1}, TensorDataset, torch.nn.ReLU()):
        assert refusal(data).message == "The data are not an evaluation set."
    assert refusal(Dataset()).fix == "define __len__ on the dataset"
    assert "instance" in refusal(TensorDataset).fix


def test_a_loader_that_picks_or_rebuilds_items_is_refused():
    data = TensorDataset(torch.ones(4, 2), torch.zeros(4, dtype=torch.int64))
    picks = torch.utils.data.SubsetRandomSampler([0, 1])
    assert refusal(DataLoader(data, sampler=picks)).found == "a sampler of its own"
    assert refusal(DataLoader(data, collate_fn=list)).found == "a collate function of its own"
