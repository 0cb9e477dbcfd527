"""The user's model and process are left as they were found, also when an audit raises."""

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn

from auditor.inputs.ownership import borrowed


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.BatchNorm1d(8), nn.Linear(8, 3))


def state(model):
    return (
        [(m.training, getattr(m, "inplace", None), len(m._forward_hooks)) for m in model.modules()],
        [(p.requires_grad, None if p.grad is None else p.grad.clone()) for p in model.parameters()],
        torch.get_rng_state().tolist(),
        np.random.get_state()[1].tolist(),
        random.getstate(),
        torch.get_num_threads(),
        (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32),
    )


def meddle(model):
    torch.rand(3), np.random.rand(), random.random()
    model(torch.randn(4, 4))


@pytest.mark.parametrize("raises", [False, True])
def test_everything_is_restored(raises):
    model = network()
    model.train()
    model[0].weight.requires_grad_(False)
    model[4](torch.randn(2, 8)).sum().backward()
    before, weights = copy.deepcopy(state(model)), copy.deepcopy(model.state_dict())
    try:
        with borrowed(model, threads=1):
            assert not any(m.training for m in model.modules())
            assert not model[1].inplace and not any(p.requires_grad for p in model.parameters())
            meddle(model)
            if raises:
                raise KeyError
    except KeyError:
        pass
    after = state(model)
    assert repr(before) == repr(after)
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
