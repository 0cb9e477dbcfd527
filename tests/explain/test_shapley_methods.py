"""Shapley values: closed forms, axioms, and agreement of the three ways to get them."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from auditor import attribute
from auditor.errors import AuditError
from auditor.explain._paired import paired_design
from auditor.explain.exact_shapley import shapley_matrix
from auditor.methods import ExactShapley, KernelShap, PermutationShapley

ZERO = torch.tensor([0])
ALL = [ExactShapley(), KernelShap(coalitions=2**12), PermutationShapley(permutations=64)]
EXACT = ALL[:2]


def two_classes(f):
    class Model(nn.Module):
        def forward(self, x):
            value = f(x)
            return torch.stack([value, -value], 1)

    return Model()


def multi_layer(x):
    s = x.sum(1)
    return torch.relu(s - 10) + 3 * torch.relu(s + 1) - 1


def smooth(seed, inputs=6, classes=3):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(inputs, 12), nn.Tanh(), nn.Linear(12, classes))


def slow_shapley(value, n):
    """Mean marginal contribution over all orders, one by one."""
    found = [0.0] * n
    for order in itertools.permutations(range(n)):
        before = value(frozenset())
        for k, j in enumerate(order):
            after = value(frozenset(order[: k + 1]))
            found[j] += (after - before) / math.factorial(n)
            before = after
    return found


@pytest.mark.parametrize("method", EXACT, ids=lambda m: m.title)
def test_the_multi_layer_models_values_are_those_of_captums_test(method):
    x = torch.tensor([[20.0, 50.0, 30.0], [2.0, 10.0, 3.0]])
    found = attribute(two_classes(multi_layer), x, torch.zeros(2, dtype=torch.int64), method=method)
    assert found[0].tolist() == pytest.approx([76.66667, 196.66667, 116.66667], rel=1e-5)
    assert found[1].tolist() == pytest.approx([7.0, 32.5, 10.5], rel=1e-5)


@pytest.mark.parametrize("method", ALL, ids=lambda m: m.title)
def test_a_product_shares_its_interaction_evenly(method):
    found = attribute(two_classes(lambda x: x[:, 0] ** 2 * x[:, 1]), torch.tensor([[2.0, 3.0]]), ZERO, method=method)
    assert found[0].tolist() == pytest.approx([6.0, 6.0], rel=1e-5)  # 12 in all; integrated gradients give (8, 4)


@pytest.mark.parametrize("method", EXACT, ids=lambda m: m.title)
def test_the_game_of_two_partners_among_seven_players(method):
    # v(S) = |S| / 7 + [both partners in S]
    model = two_classes(lambda x: x.sum(1) / 7 + x[:, 1] * x[:, 2])
    found = attribute(model, torch.ones(1, 7), ZERO, method=method)[0]
    assert found.tolist() == pytest.approx([1 / 7 + (0.5 if j in (1, 2) else 0) for j in range(7)], rel=1e-5)


@pytest.mark.parametrize("method", EXACT, ids=lambda m: m.title)
def test_values_equal_the_mean_over_all_orders(method):
    model, x = smooth(0, inputs=5), torch.randn(1, 5, generator=torch.Generator().manual_seed(1))

    def value(kept):
        mask = torch.tensor([j in kept for j in range(5)])
        return model(torch.where(mask, x[0], torch.zeros(5))[None])[0, 1].item()

    found = attribute(model, x, torch.tensor([1]), method=method)
    assert found[0].tolist() == pytest.approx(slow_shapley(value, 5), abs=1e-5)


def test_the_matrix_gives_a_single_player_all_and_adds_up():
    kept, matrix = shapley_matrix(4)
    v = torch.randn(16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert (matrix @ v).sum().item() == pytest.approx((v[-1] - v[0]).item())
    assert kept[5].tolist() == [True, False, True, False]


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from(range(3)))
def test_values_are_complete_and_dummies_get_nothing(seed, which):
    model = smooth(seed)
    with torch.no_grad():
        model[0].weight[:, 2] = 0
    x = torch.randn(2, 6, generator=torch.Generator().manual_seed(seed))
    target = torch.tensor([0, 2])
    found = attribute(model, x, target, method=ALL[which])
    difference = (model(x) - model(torch.zeros_like(x))).gather(1, target[:, None])[:, 0]
    assert torch.allclose(found.sum(1), difference, atol=1e-5)
    assert found[:, 2].abs().max() < 1e-5


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.sampled_from(range(2)))
def test_features_the_model_treats_alike_get_the_same(seed, which):
    model = smooth(seed)
    with torch.no_grad():
        model[0].weight[:, 1] = model[0].weight[:, 4]
    x = torch.randn(2, 6, generator=torch.Generator().manual_seed(seed))
    x[:, 1] = x[:, 4]
    found = attribute(model, x, method=EXACT[which])
    assert torch.allclose(found[:, 1], found[:, 4], atol=1e-5)


@pytest.mark.parametrize("method", ALL, ids=lambda m: m.title)
def test_values_of_a_linear_model_are_weight_times_difference(method):
    w = torch.tensor([2.0, -3.0, 0.5, 1.0])
    x = torch.tensor([[1.0, 2.0, -4.0, 0.3]])
    found = attribute(two_classes(lambda x: x @ w + 0.7), x, ZERO, method=method, fill=0.5)
    assert found[0].tolist() == pytest.approx((w * (x[0] - 0.5)).tolist(), abs=1e-5)


def test_more_coalitions_come_closer_to_the_exact_values():
    model, x = smooth(3, inputs=11), torch.randn(8, 11, generator=torch.Generator().manual_seed(3))
    exact = attribute(model, x, method="exact_shapley")
    error = [(attribute(model, x, method=KernelShap(coalitions=c)) - exact).square().mean().item() for c in (64, 256, 1024)]
    assert error[0] > 2 * error[1] > 4 * error[2] > 0
    assert (attribute(model, x, method=KernelShap(coalitions=2**11)) - exact).abs().max() < 1e-5


def test_the_drawn_designs_share_of_each_size_is_the_shapley_kernels():
    for n, coalitions in ((12, 200), (20, 512), (9, 100)):
        design = paired_design(n, coalitions)
        kept = design.kept(torch.arange(300, dtype=torch.int64) * 7919, seed=0)
        assert 2 * kept.shape[1] <= coalitions
        size = kept[0].sum(1)
        size = torch.minimum(size, n - size)
        mass = torch.tensor([(1 if 2 * s == n else 2) / (s * (n - s)) for s in range(1, n // 2 + 1)], dtype=torch.float64)
        found = torch.stack([design.weight[size == s].sum() for s in range(1, n // 2 + 1)])
        assert torch.allclose(found, mass / mass.sum(), atol=1e-9)
        often = (design.weight[:, None] * torch.where(kept, 1.0, 0.0).mean(0)).sum(0)
        assert often.max() - often.min() < 0.05  # no feature is favoured


def test_permutations_report_a_standard_error_of_the_right_size():
    from auditor.explain._context import Context
    from auditor.functional_pieces import Pieces

    model, x = smooth(5), torch.randn(200, 6, generator=torch.Generator().manual_seed(5))
    exact = attribute(model, x, method="exact_shapley")
    pieces = Pieces.of(model, x, None, None, "zeros")
    context = Context(pieces.model, pieces.calls, pieces.batch, {"given": pieces.fill}, "given", 0)
    found = PermutationShapley(permutations=16).attribute(context)
    error = (found.values - exact).square().mean().sqrt().item()
    assert 0.6 < found.facts["standard_error"].mean().item() / error < 1.5


@pytest.mark.parametrize(
    "method", [ExactShapley(), KernelShap(coalitions=40), PermutationShapley(permutations=4)], ids=lambda m: m.title
)
def test_a_sample_is_explained_as_if_it_were_alone(method):
    model, x = smooth(7, inputs=8), torch.randn(5, 8, generator=torch.Generator().manual_seed(7))
    assert torch.equal(attribute(model, x, method=method)[:1], attribute(model, x[:1], method=method))


def test_too_many_features_or_too_few_coalitions_say_why():
    wide = smooth(0, inputs=20)
    with pytest.raises(AuditError, match="2\\^20 coalitions"):
        attribute(wide, torch.ones(1, 20), method="exact_shapley")
    with pytest.raises(AuditError, match="at least 80 coalitions"):
        attribute(wide, torch.ones(1, 20), method=KernelShap(coalitions=60))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ExactShapley(limit=15), "at most 14"),
        (lambda: KernelShap(coalitions=2.5), "whole number"),
        (lambda: PermutationShapley(permutations=7), "an even number"),
    ],
)
def test_options_out_of_range_are_refused(make, words):
    with pytest.raises(AuditError, match=words):
        make()
