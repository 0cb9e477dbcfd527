"""Cascading randomisation: the layers from the output, and copies in which exactly these have other weights."""

import pytest
import torch
from torch import nn

from auditor.inputs.cascade import Cascades, cascade_levels, cascaded
from auditor.inputs.ensemble import Ensemble, Member
from auditor.inputs.model import NotAvailable, TorchModel
from auditor.inputs.randomised import randomised


class Crossed(nn.Module):
    """Its layers are declared in another order than they are called in; one parameter is its own."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.last = nn.Linear(4, 2)
        self.first = nn.Conv1d(1, 4, 3)
        self.norm = nn.BatchNorm1d(4)
        self.scale = nn.Parameter(torch.randn(4))
        self.norm.running_mean.copy_(torch.randn(4))

    def forward(self, x):
        return self.last(self.norm(self.first(x)).mean(-1) * self.scale)


X = {"x": torch.randn(3, 1, 8, generator=torch.Generator().manual_seed(1))}


def audited(module):
    return TorchModel(module.eval(), ("a", "b"))


def test_levels_go_from_the_layer_called_last_to_the_one_called_first():
    assert cascade_levels(audited(Crossed()), X) == (("last",), ("norm",), ("first",), ("",))


def test_more_than_ten_layers_are_joined_into_ten_levels_that_hold_each_once():
    layers = [nn.Linear(8, 8) for _ in range(24)]
    model = audited(nn.Sequential(*layers, nn.Flatten(), nn.Linear(8, 2)))
    levels = cascade_levels(model, X)
    assert len(levels) == 10 and {len(group) for group in levels} == {2, 3}
    assert [name for group in levels for name in group] == ["25", *(str(i) for i in reversed(range(24)))]


def test_a_copy_has_other_weights_exactly_in_the_chosen_layers():
    model = audited(Crossed())
    found = cascaded(model, ["last", "norm"], 5).module
    full = randomised(model, 0, 5)[0].module.state_dict()
    for name, own in model.module.state_dict().items():
        other = name.startswith(("last", "norm")) and name != "norm.num_batches_tracked"
        assert torch.equal(found.state_dict()[name], full[name] if other else own), name
        moved = other and name != "norm.running_var"  # one value throughout: nothing to permute
        assert torch.equal(found.state_dict()[name], own) != moved, name


def test_with_all_layers_the_copy_is_the_fully_randomised_one_and_earlier_levels_stay():
    model = audited(Crossed())
    levels = cascade_levels(model, X)
    cascades = Cascades(levels, 5)
    whole = cascades.of(model, 4).module.state_dict()
    assert all(torch.equal(whole[name], value) for name, value in randomised(model, 0, 5)[0].module.state_dict().items())
    two = cascades.of(model, 2).module.state_dict()
    assert all(torch.equal(two[name], whole[name]) for name in two if name.startswith(("last", "norm")))


def test_a_shared_tensor_counts_as_randomised_with_the_first_layer_that_is():
    first, last = nn.Linear(8, 8), nn.Linear(8, 8)
    last.weight = first.weight
    model = audited(nn.Sequential(first, nn.Flatten(), last))
    found = cascaded(model, ["2"], 0).module
    assert found[0].weight is found[2].weight and not torch.equal(found[0].weight, first.weight)
    assert torch.equal(found[0].bias, first.bias)


def together(*modules):
    return audited(Ensemble([Member(str(place), module) for place, module in enumerate(modules)], 2, "softmax"))


def test_each_level_of_an_ensemble_holds_the_same_part_of_every_member():
    levels = cascade_levels(together(Crossed(), Crossed()), X)
    assert levels == tuple(
        tuple(f"members.{place}.module{layer}" for place in (0, 1)) for layer in (".last", ".norm", ".first", "")
    )


def test_a_member_of_fewer_layers_shares_them_out_over_the_levels_and_none_is_lost_or_named_twice():
    shallow = nn.Sequential(nn.Flatten(), nn.Linear(8, 2))
    levels = cascade_levels(together(Crossed(), shallow), X)
    assert len(levels) == 4 and [len(group) for group in levels].count(2) == 1
    names = [name for group in levels for name in group]
    assert len(names) == len(set(names)) == 5 and "members.1.module.1" in names


def test_a_level_of_an_ensemble_changes_exactly_these_layers_in_each_member():
    model = together(Crossed(), Crossed())
    found = cascaded(model, cascade_levels(model, X)[0], 5).module
    for name, own in model.module.named_parameters():
        assert torch.equal(dict(found.named_parameters())[name], own) != (".last." in name), name
    first, second = (found.members[place].module.last.weight for place in (0, 1))
    assert not torch.equal(first, second)  # each member draws weights of its own


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_a_compiled_model_or_member_has_no_order_of_layers():
    compiled = torch.jit.trace(Crossed().eval(), X["x"])
    for model in (audited(compiled), together(Crossed(), compiled)):
        with pytest.raises(NotAvailable, match="TorchScript"):
            cascade_levels(model, X)
