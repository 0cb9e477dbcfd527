"""Methods that run through Captum: known values, our rows and baselines, completeness per case, and no trace on the model."""

from __future__ import annotations

import pytest
import torch
from captum import attr as captum
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from auditor import attribute
from auditor.errors import AuditError
from auditor.inputs.model import NotAvailable
from auditor.methods import Deconvolution, DeepLift, DeepLiftShap, GuidedBackprop, Lrp
from tests.explain.models import OneConvolution, Reused, TwoRelus, context_of, network

X = torch.arange(16.0).reshape(1, 1, 4, 4)
ZERO = torch.tensor([0])
QUIET = pytest.mark.filterwarnings("ignore:.*(Setting|Input Tensor).*")  # captum itself, called by the test


def relative_gap(found):
    return found.facts["completeness_gap"].abs() / found.facts["completeness_difference"].abs()


def test_deeplift_of_two_relus_by_hand():
    found = DeepLift().attribute(context_of(TwoRelus(), torch.tensor([[1.0, 2.0]]), ZERO))
    assert found.values.tolist() == [[2.0, 1.0]]
    assert found.facts["completeness_gap"].tolist() == [0] and found.facts["completeness_difference"].tolist() == [3]


def test_relevance_of_the_one_convolution_model_by_hand():
    found = Lrp().attribute(context_of(OneConvolution(), X, ZERO))
    expected = [[0, 1, 2, 3], [0, 5, 6, 7], [0, 9, 10, 11], [0, 0, 0, 0]]
    assert torch.allclose(found.values[0, 0], torch.tensor(expected).float(), atol=1e-4)
    assert found.facts["completeness_gap"].abs() < 1e-4 and found.facts["completeness_difference"] == 54


def test_relevance_of_dense_layers_by_hand():
    model = nn.Sequential(nn.Linear(3, 3, bias=False), nn.ReLU(), nn.Linear(3, 2, bias=False), nn.Dropout(0.01))
    with torch.no_grad():
        model[0].weight.fill_(2)
        model[2].weight.fill_(3)
    found = attribute(model, torch.tensor([[1.0, 2.0, 3.0]]), ZERO, method="lrp")
    assert found[0].tolist() == pytest.approx([18, 36, 54], rel=1e-6)


def test_epsilon_absorbs_its_share_of_the_relevance():
    model = nn.Linear(1, 2, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[3.0], [-3.0]]))
    found = Lrp(epsilon=1.0).attribute(context_of(model, torch.tensor([[2.0]]), ZERO))
    assert found.values.item() == pytest.approx(6 * 6 / 7) and found.facts["completeness_gap"].item() == pytest.approx(-6 / 7)
    with pytest.raises(AuditError, match="epsilon above 0"):
        Lrp(epsilon=0.0)


@pytest.mark.parametrize("inplace", [False, True])
def test_in_place_layers_change_nothing(inplace):
    found = attribute(OneConvolution(inplace=inplace), X, ZERO, method="lrp")
    assert found[0, 0, 2].tolist() == pytest.approx([0, 9, 10, 11], abs=1e-4)


def test_a_module_used_twice_is_refused_by_deeplift():
    with pytest.raises(AuditError, match=r"DeepLIFT cannot follow this model: .*ReLU"):
        attribute(Reused(), torch.randn(2, 3), method="deeplift")
    with pytest.raises(NotAvailable, match="DeepLIFT cannot follow"):
        DeepLift().attribute(context_of(Reused(), torch.randn(2, 3)))


class Hidden(nn.Module):
    """The same network twice: its ReLU a module, or a function Captum cannot see."""

    def __init__(self, seen):
        super().__init__()
        torch.manual_seed(1)
        self.first, self.relu, self.second, self.seen = nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 3), seen

    def forward(self, x):
        hidden = self.first(x)
        return self.second(self.relu(hidden) if self.seen else torch.relu(hidden))


def test_a_function_deeplift_takes_for_a_plain_gradient_is_caught_by_the_completeness_gap():
    x = torch.randn(8, 6, generator=torch.Generator().manual_seed(2))
    honest, hidden = (DeepLift(baseline=1.0).attribute(context_of(Hidden(seen), x)) for seen in (True, False))
    assert (relative_gap(honest) < 1e-4).all()
    assert (relative_gap(hidden) > 0.05).float().mean() > 0.5  # the tolerance of the report; no list of modules decides


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Linear(5, 5, bias=False), nn.Linear(5, 2, bias=False)

    def forward(self, x):
        return self.second(x + self.first(x))


def test_an_addition_lrp_cannot_see_is_caught_by_the_completeness_gap():
    found = Lrp().attribute(context_of(Residual(), torch.randn(6, 5, generator=torch.Generator().manual_seed(1))))
    assert (relative_gap(found) > 0.05).all()


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_deeplift_and_relevance_are_complete_where_every_step_has_a_rule(seed):
    model = network(seed)
    x = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(seed))
    found = DeepLift(baseline=0.5).attribute(context_of(model, x))
    assert found.facts["completeness_gap"].abs().max() < 1e-4
    rows = torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(seed + 1))
    shap = DeepLiftShap(baselines=3).attribute(context_of(model, x, reference=rows))
    assert shap.facts["completeness_gap"].abs().max() < 1e-4
    with torch.no_grad():
        for layer in (0, 4, 6):
            model[layer].bias.zero_()
    found = Lrp().attribute(context_of(model, x))
    assert found.facts["completeness_gap"].abs().max() < 1e-4


@QUIET
def test_values_are_captums_where_captum_is_right():
    model, x = network(4).eval(), torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(3))
    del model[1]  # in Captum's DeepLIFT a ReLU right before a max pooling goes wrong, see below
    targets = torch.tensor([2, 0, 1])
    leaf = x.clone().requires_grad_()
    theirs = captum.GuidedBackprop(model).attribute(leaf, target=targets).abs()
    assert torch.allclose(attribute(model, x, targets, method="guided_backprop"), theirs, atol=1e-6)
    theirs = captum.Deconvolution(model).attribute(leaf, target=targets).abs()
    assert torch.allclose(attribute(model, x, targets, method="deconvolution"), theirs, atol=1e-6)
    for row in range(3):  # one at a time: in larger calls captum's max pooling depends on the other rows
        theirs = captum.DeepLift(model).attribute(leaf[row : row + 1], target=targets[row : row + 1])
        ours = attribute(model, x, targets, method="deeplift")[row : row + 1]
        assert torch.allclose(ours, theirs, atol=1e-5)
    plain = OneConvolution().eval()
    theirs = captum.LRP(plain).attribute(X.clone().requires_grad_(), target=1)
    assert torch.allclose(attribute(plain, X, torch.tensor([1]), method="lrp"), theirs, atol=1e-6)


@QUIET
def test_deeplift_shap_is_captums_over_the_same_baselines():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 3)).eval()
    x, rows = torch.randn(4, 6), torch.randn(5, 6)
    targets = torch.tensor([0, 1, 2, 0])
    theirs = captum.DeepLiftShap(model).attribute(x.clone().requires_grad_(), rows, target=targets)
    ours = DeepLiftShap(baselines=5).attribute(context_of(model, x, targets, rows)).values
    assert torch.allclose(ours, theirs, atol=1e-5)


@QUIET
def test_captums_own_deeplift_does_not_add_up_where_max_pooling_follows_relu_and_ours_does():
    model = network(0).eval()
    x = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    rows = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    targets = model(x).argmax(1)
    _, theirs = captum.DeepLift(model).attribute(x.requires_grad_(), rows, target=targets, return_convergence_delta=True)
    ours = DeepLiftShap(baselines=1).attribute(context_of(model, x.detach(), targets, rows))
    assert theirs.abs() > 0.005 and ours.facts["completeness_gap"].abs() < 1e-6


@pytest.mark.parametrize("method", ["guided_backprop", "deconvolution"])
def test_rules_for_relu_do_not_apply_where_there_is_no_relu_module(method):
    tanh = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2))
    with pytest.raises(AuditError, match=r"no torch\.nn\.ReLU module"):
        attribute(tanh, torch.randn(1, 4), method=method)


def test_what_fails_sanity_checks_says_so():
    assert "Fails sanity checks" in GuidedBackprop.failings and "Fails sanity checks" in Deconvolution.failings


def test_guided_backpropagation_and_deconvolution_by_hand():
    # units relu(x), relu(−x) weighted 1 and −1: at x = 2 the first is on. Guided: 1. Deconvolution: relu(1) − relu(−1) = 1.
    model = nn.Sequential(nn.Linear(1, 2, bias=False), nn.ReLU(), nn.Linear(2, 2, bias=False))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
        model[2].weight.copy_(torch.tensor([[1.0, 3.0], [-1.0, -1.0]]))
    x = torch.tensor([[2.0]])
    assert attribute(model, x, ZERO, method="guided_backprop").tolist() == [[1]]
    assert attribute(model, x, ZERO, method="deconvolution").tolist() == [[2]]  # |1 · 1 + 3 · −1|
    assert attribute(model, x, torch.tensor([1]), method="guided_backprop").tolist() == [[0]]
