"""Models that read tokens: the layer found, its values replaced, gradients taken there."""

import pytest
import torch
from torch import nn

from auditor.inputs.embeddings import Replaced, reads_tokens
from auditor.inputs.model import TorchModel

IDS = torch.tensor([[1, 2, 3], [4, 0, 2]])


class Positions(nn.Module):
    """Two embeddings, of which the second reads the tokens."""

    def __init__(self):
        super().__init__()
        self.places, self.words = nn.Embedding(3, 4), nn.Embedding(5, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, input_ids, mask=None):
        values = self.places(torch.arange(3).expand_as(input_ids)) + self.words(input_ids)
        return self.head(torch.relu(values).sum(1))


def model():
    torch.manual_seed(0)
    made = TorchModel(Positions().eval(), ("p", "q"))
    made.choose_arguments({"input_ids": IDS})
    made.probe({"input_ids": IDS})
    return made


def test_the_layer_that_embeds_the_tokens_is_told_from_the_one_that_embeds_their_places():
    made = model()
    assert made.embedding == "words"
    assert {"gradient", "hooks"} <= made.can
    assert "background" in made.reasons


def test_logits_at_the_embeddings_themselves_are_the_logits_and_elsewhere_those_of_the_other_values():
    made = model()
    point, logits_of = made.differentiable({"input_ids": IDS})
    assert torch.equal(point, made.module.words.weight[IDS])
    assert torch.allclose(logits_of(point, torch.arange(2)), made.module(IDS))
    swapped = made.module.words.weight[torch.tensor([[3, 3, 3]])]
    assert torch.allclose(logits_of(swapped, torch.tensor([1])), made.module(torch.tensor([[3, 3, 3]])))


def test_only_the_first_call_is_replaced_and_the_hook_goes_also_when_the_model_raises():
    layer = nn.Embedding(4, 2)
    points = torch.ones(1, 3, 2)
    with Replaced(layer, points):
        assert torch.equal(layer(IDS[:1]), points)
        assert not torch.equal(layer(IDS[:1]), points)
    assert not layer._forward_hooks
    with pytest.raises(ZeroDivisionError), Replaced(layer, points):
        raise ZeroDivisionError
    assert not layer._forward_hooks


def test_a_model_whose_tokens_no_layer_embeds_says_so_and_has_no_gradient():
    class Hot(nn.Module):
        def forward(self, x):
            return nn.functional.one_hot(x, 5).float().sum(1)[:, :2]

    assert reads_tokens(Hot(), IDS, lambda: Hot()(IDS)) == ""
    made = TorchModel(Hot(), ("p", "q"))
    made.probe({"x": IDS})
    assert "nn.Embedding" in made.reasons["gradient"]
