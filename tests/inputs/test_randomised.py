"""Weight-randomised copies: every tensor drawn anew, shared ones once, the model itself untouched."""

import copy
import warnings

import pytest
import torch
from torch import nn

from auditor.inputs.ensemble import Ensemble, Member
from auditor.inputs.model import NotAvailable, TorchModel
from auditor.inputs.randomised import Copies, copy_problem, randomised


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(30, 30, bias=False)
        self.second = nn.Linear(30, 30)
        self.second.weight = self.first.weight
        self.view = nn.Parameter(self.first.weight.data)  # another parameter over the same memory
        self.norm = nn.BatchNorm1d(30)
        self.flat = nn.Parameter(torch.full((500,), 3.0))
        self.scale = nn.LayerNorm(30)
        self.register_buffer("steps", torch.tensor([4, 5]))
        with torch.no_grad():
            self.norm.weight.copy_(torch.randn(30))
            self.norm.running_mean.copy_(torch.randn(30))

    def forward(self, x):
        return self.scale(self.norm(self.second(self.first(x))))


@pytest.fixture
def model():
    return TorchModel(Tied().eval(), tuple("abcdefghijklmnopqrstuvwxyz0123"))


def test_every_parameter_changes_and_keeps_its_mean_and_spread(model):
    before = copy.deepcopy(model.module.state_dict())
    other, drawn = randomised(model, 1, 0)
    for name, tensor in model.module.named_parameters():
        assert torch.equal(tensor, before[name])
        assert not torch.equal(tensor, other.module.get_parameter(name))
    weight, fresh = model.module.first.weight.detach(), other.module.first.weight.detach()
    assert float(fresh.mean()) == pytest.approx(float(weight.mean()), abs=4 * float(weight.std()) / 30)
    assert float(fresh.std()) == pytest.approx(float(weight.std()), rel=0.1)
    assert float(other.module.flat.detach().std()) == pytest.approx(0.02, rel=0.2)  # no spread of its own
    assert float(other.module.flat.detach().mean()) == pytest.approx(3.0, abs=0.01)
    # the shared weight, second.bias, flat; where normalisation has one value throughout norm.bias, scale.weight, scale.bias
    assert drawn.tensors == 6


def test_every_member_of_an_ensemble_is_drawn_and_each_gets_weights_of_its_own():
    torch.manual_seed(0)
    one = nn.Linear(8, 2)
    model = TorchModel(Ensemble([Member(name, copy.deepcopy(one)) for name in "abc"], 2, "softmax").eval(), ("p", "q"))
    other, drawn = randomised(model, 1, 0)
    found = [member.module.weight for member in other.module.members]
    assert not any(torch.equal(weight, one.weight) for weight in found)
    assert not any(torch.equal(found[i], found[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    assert drawn.tensors == 6


def test_shared_storage_is_drawn_once(model):
    other, _ = randomised(model, 1, 0)
    assert other.module.second.weight is other.module.first.weight
    assert torch.equal(other.module.view, other.module.first.weight)


def test_scales_and_running_statistics_change_places_and_other_buffers_stay(model):
    other, drawn = randomised(model, 1, 0)
    for name in ("weight", "running_mean"):
        old, new = getattr(model.module.norm, name), getattr(other.module.norm, name)
        assert not torch.equal(old, new)
        assert torch.equal(old.sort().values, new.sort().values)
    assert drawn.permuted == ("norm.weight", "norm.running_mean")
    assert drawn.untouched == ("steps", "norm.running_var", "norm.num_batches_tracked")
    assert torch.equal(other.module.steps, model.module.steps)


def test_a_copy_depends_on_its_number_and_the_seed_and_nothing_else(model):
    first, again = (randomised(model, 1, 0)[0].module.first.weight for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, randomised(model, 2, 0)[0].module.first.weight)
    assert not torch.equal(first, randomised(model, 1, 1)[0].module.first.weight)


def test_one_copy_is_kept_at_a_time(model):
    copies = Copies(0)
    one = copies.of(model, 1)
    assert copies.of(model, 1) is one
    copies.of(model, 2)
    assert copies.of(model, 1) is not one


class Uncopyable(nn.Linear):
    def __deepcopy__(self, memo):
        raise TypeError("cannot pickle a socket")


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (nn.Flatten(), "no parameters of floating point"),
        (Uncopyable(2, 2), "cannot be copied: cannot pickle a socket"),
    ],
)
def test_what_cannot_be_copied_says_why(module, words):
    problem, drawn = copy_problem(TorchModel(module, ("a", "b")), 0)
    assert words in problem and drawn is None
    with pytest.raises(NotAvailable):
        randomised(TorchModel(module, ("a", "b")), 1, 0)


def test_a_compiled_program_is_copied_too():
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        traced = torch.jit.trace(nn.Linear(3, 2), torch.randn(1, 3))
    other, _ = randomised(TorchModel(traced, ("a", "b")), 1, 0)
    assert not torch.equal(other.module.weight, traced.weight)
