"""Kernel SHAP against captum's cases and the libraries where they are right, and designs against their definition."""

import math

import pytest
import torch
from captum import attr as captum
from torch import nn

from auditor import attribute
from auditor.explain._coalitions import shapley_least_squares
from auditor.explain._paired import least_coalitions, paired_design
from auditor.methods import KernelShap, PermutationShapley
from tests.explain.models import two_classes

ZERO = torch.tensor([0])
BORROWED_NOISE = pytest.mark.filterwarnings("ignore")  # what shap and its dependencies say on import


def multi_layer(x):
    s = x.sum(1)
    return torch.relu(s - 10) + 3 * torch.relu(s + 1) - 1


def smooth(seed, inputs):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), nn.Linear(16, 3)).eval().requires_grad_(False)


@pytest.mark.parametrize("name", ["kernel_shap", "exact_shapley", "permutation_shapley"])
def test_grouped_features_have_the_values_of_captums_test(name):
    model, mask = two_classes(multi_layer), torch.tensor([0, 0, 1])
    found = attribute(model, torch.tensor([[20.0, 50.0, 30.0]]), ZERO, method=name, features=mask)
    assert found[0].tolist() == pytest.approx([137.5, 137.5, 115])  # 275 for the pair, spread evenly
    x = torch.tensor([[2.0, 10.0, 3.0], [20.0, 50.0, 30.0]])
    masks = torch.tensor([[0, 0, 1], [1, 1, 0]])
    both = attribute(model, x, torch.zeros(2).long(), method=name, features=masks)
    assert both[0].tolist() == pytest.approx([19.75, 19.75, 10.5])
    assert both[1].tolist() == pytest.approx([137.5, 137.5, 115])


@pytest.mark.parametrize("features", [1, 2, 3])
def test_few_features_are_exact(features):
    model, x = smooth(0, features), torch.randn(3, features)
    exact = attribute(model, x, method="exact_shapley")
    assert torch.allclose(attribute(model, x, method=KernelShap(coalitions=6)), exact, atol=1e-6)


def test_captums_shapley_values_agree():
    model, x, targets = smooth(1, 6), torch.randn(2, 6), torch.tensor([2, 0])
    torch.manual_seed(0)
    theirs = captum.ShapleyValues(model).attribute(x, target=targets)
    assert torch.allclose(attribute(model, x, targets, method="exact_shapley"), theirs, atol=1e-5)
    assert torch.allclose(attribute(model, x, targets, method=KernelShap(coalitions=64)), theirs, atol=1e-5)


@BORROWED_NOISE
def test_shaps_explainers_agree():
    shap = pytest.importorskip("shap", minversion="0.51")
    model, x = smooth(2, 7), torch.randn(2, 7)
    background = torch.full((1, 7), 0.25)

    def logit(rows):
        return model(torch.from_numpy(rows).float())[:, 1].numpy()

    kernel = shap.KernelExplainer(logit, background.numpy()).shap_values(x.numpy(), nsamples=2**7, l1_reg=False, silent=True)
    exact = shap.explainers.Exact(logit, shap.maskers.Independent(background.numpy()))(x.numpy()).values
    targets = torch.ones(2, dtype=torch.int64)
    for name in ("exact_shapley", "kernel_shap"):
        found = attribute(model, x, targets, method=name, fill=0.25)
        assert torch.allclose(found, torch.from_numpy(kernel).float(), atol=1e-5)
        assert torch.allclose(found, torch.from_numpy(exact).float(), atol=1e-5)


@BORROWED_NOISE
def test_the_error_is_below_that_of_captum_and_shap_at_the_same_number_of_coalitions():
    shap = pytest.importorskip("shap", minversion="0.51")
    import numpy as np

    np.random.seed(0)
    torch.manual_seed(0)
    model, x = smooth(3, 14), torch.randn(8, 14, generator=torch.Generator().manual_seed(0))
    targets = torch.zeros(8, dtype=torch.int64)
    precise = attribute(model, x, targets, method=PermutationShapley(permutations=4000))
    explainer = shap.KernelExplainer(lambda rows: model(torch.from_numpy(rows).float())[:, 0].numpy(), np.zeros((1, 14)))
    theirs = torch.from_numpy(explainer.shap_values(x.double().numpy(), nsamples=128, l1_reg=False, silent=True)).float()
    other = torch.cat([captum.KernelShap(model).attribute(x[i : i + 1], target=0, n_samples=130) for i in range(8)])
    ours = attribute(model, x, targets, method=KernelShap(coalitions=128))
    error = [(values - precise).square().mean().sqrt().item() for values in (ours, theirs, other)]
    assert error[0] < error[1] < error[2]


def test_an_interaction_of_two_features_is_exact_however_few_coalitions_are_drawn():
    # pairs cancel what is even about the middle: a game of order two is solved by any design of full rank
    model = two_classes(lambda x: x.sum(1) + x[:, 0] * x[:, 9] - 2 * x[:, 3] * x[:, 4])
    x = torch.rand(3, 16, generator=torch.Generator().manual_seed(0))
    expected = x.clone()
    for a, b, c in ((0, 9, 1.0), (3, 4, -2.0)):
        for j in (a, b):
            expected[:, j] += c * x[:, a] * x[:, b] / 2
    found = attribute(model, x, torch.zeros(3).long(), method=KernelShap(coalitions=64))
    assert torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("n", [2, 3, 5, 8, 13, 49])
def test_a_design_spends_its_budget_on_different_kinds_of_pairs(n):
    for coalitions in (least_coalitions(n), least_coalitions(n) + 37, 4000):
        design = paired_design(n, coalitions)
        pairs = min(coalitions, 2**n - 2) // 2
        assert len(design.weight) == pairs and design.weight.sum().item() == pytest.approx(1)
        assert (design.start + design.size <= n).all() and (design.size <= n / 2).all()
        listed = {tuple(row) for row in design.listed.tolist()}
        assert len(listed) == len(design.listed) and not any(tuple(not kept for kept in row) in listed for row in listed)
        sizes = torch.minimum(design.listed.sum(1), n - design.listed.sum(1)).tolist()
        for size in set(sizes):
            assert sizes.count(size) == math.comb(n, size) // (2 if 2 * size == n else 1)
    if 2**n - 2 <= 4000:
        assert not len(design.order)


def test_least_squares_meet_the_constraint_and_are_stationary_on_it():
    generator = torch.Generator().manual_seed(0)
    kept = torch.rand(3, 40, 6, generator=generator) < 0.5
    weight = torch.rand(40, dtype=torch.float64, generator=generator)
    target, total = torch.randn(3, 40, dtype=torch.float64, generator=generator), torch.tensor([1.0, -2.0, 0.0]).double()
    found = shapley_least_squares(kept, weight, target, total)
    assert torch.allclose(found.sum(1), total, atol=1e-12)
    slope = torch.einsum("cmn,m,cm->cn", kept.double(), weight, target - (kept.double() @ found[:, :, None])[:, :, 0])
    assert torch.allclose(slope, slope.mean(1, keepdim=True).expand_as(slope), atol=1e-9)  # only along the constraint


def test_coalitions_of_one_order_are_disjoint_and_no_pair_is_drawn_twice_from_it():
    design = paired_design(12, 200)
    drawn = design.kept(torch.tensor([5, 6]), seed=0)[:, len(design.listed) :]
    assert 6 in design.size  # half of the features: the other half of the order would be the complement
    for kept in drawn:
        for i in range(len(design.order)):
            for j in range(i):
                if design.order[i] == design.order[j]:
                    assert not (kept[i] & kept[j]).any() and not torch.equal(kept[i], ~kept[j])
