"""A vocabulary moved a little: by how much, where not, and why it cannot be."""

import copy

import pytest
import torch
from torch import nn

from auditor.inputs.embedding_noise import moved_embedding, noise_problem
from auditor.inputs.model import TorchModel


def reader(padding=0, scale=1.0):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Embedding(3000, 4, padding_idx=padding), nn.Flatten(), nn.Linear(12, 2)).eval()
    with torch.no_grad():
        module[0].weight.mul_(torch.tensor([1.0, 2.0, 0.5, 0.0]) * scale).add_(7)
    model = TorchModel(module, ("a", "b"))
    model.embedding = "0"
    return model


def test_each_number_of_a_vector_moves_by_its_share_of_the_spread_over_the_vocabulary():
    model = reader(None)
    noise = (moved_embedding(model, 1, 0, 0.01).module[0].weight - model.module[0].weight).detach().double()
    assert torch.allclose(noise.std(0), 0.01 * torch.tensor([1.0, 2.0, 0.5, 0.0]).double(), rtol=0.06, atol=1e-9)
    assert bool((noise.mean(0).abs() < 0.001).all())
    assert abs(float(torch.corrcoef(noise[:, :2].T)[0, 1])) < 0.06


def test_padding_and_the_model_itself_and_every_other_layer_stay():
    model = reader(0)
    before = copy.deepcopy(model.module.state_dict())
    moved = moved_embedding(model, 1, 0, 0.01).module
    assert all(torch.equal(before[name], value) for name, value in model.module.state_dict().items())
    assert torch.equal(moved[0].weight[0], before["0.weight"][0]) and not torch.equal(moved[0].weight[1], before["0.weight"][1])
    assert torch.equal(moved[2].weight, before["2.weight"])


def test_another_draw_is_another_noise_and_the_same_draw_the_same():
    model = reader()
    first, again, other = (moved_embedding(model, number, 0, 0.01).module[0].weight for number in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


class Locked(nn.Embedding):
    def __deepcopy__(self, memo):
        raise RuntimeError("one of a kind")


@pytest.mark.parametrize(
    ("module", "layer", "said"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(3, 2)), "", "not through an nn.Embedding"),
        (nn.Sequential(Locked(10, 2), nn.Flatten(), nn.Linear(6, 2)), "0", "cannot be copied: one of a kind"),
        (nn.Sequential(nn.Embedding(10, 2), nn.Flatten(), nn.Linear(6, 2)), "0", ""),
    ],
)
def test_what_stands_against_it_is_said(module, layer, said):
    model = TorchModel(module, ("a", "b"))
    model.embedding = layer
    assert said in noise_problem(model) and bool(said) == bool(noise_problem(model))
