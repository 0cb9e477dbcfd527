"""Removal along an order: the definitions again, slowly."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from auditor import faithfulness_curves
from auditor.removal.orders import levels, removal_counts


class Sum(nn.Module):
    """Logit of class 0 is the sum of the input."""

    def forward(self, x):
        total = x.flatten(1).sum(1)
        return torch.stack([total, -total], 1)


class Curved(nn.Module):
    """A fixed smooth network of five inputs and three classes."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.first = nn.Parameter(torch.randn(5, 16, generator=generator))
        self.second = nn.Parameter(torch.randn(16, 3, generator=generator))

    def forward(self, x):
        return torch.tanh(x @ self.first) @ self.second


@given(st.integers(1, 400), st.integers(1, 60))
def test_counts_rise_from_none_to_all_and_are_symmetric(features, steps):
    counts = removal_counts(features, steps)
    k = min(features, steps)
    assert len(counts) == k + 1 and counts[0] == 0 and counts[-1] == features
    assert all(b > a for a, b in pairwise(counts))
    for i in range(k + 1):
        if 2 * i != k:
            assert counts[i] + counts[k - i] == features
            assert abs(counts[i] - i * features / k) <= 0.5
    if k % 2 == 0:
        assert counts[k // 2] == features // 2


def test_the_example_of_torch_cam_has_areas_of_four_and_six_tenths():
    x = torch.tensor([[[[0.4, 0.3], [0.2, 0.1]]]])
    curves = faithfulness_curves(Sum(), x, x, torch.tensor([0]), steps=2, score="logit")
    assert torch.allclose(curves.deletion, torch.tensor([[1.0, 0.3, 0.0]]))
    assert torch.allclose(curves.insertion, torch.tensor([[0.0, 0.7, 1.0]]))
    assert curves.deletion_auc.item() == pytest.approx(0.4) and curves.insertion_auc.item() == pytest.approx(0.6)


def test_the_area_uses_true_fractions_where_steps_are_unequal():
    # 5 features in 2 steps: fractions 0, 0.4, 1. Equal spacing would give another number.
    x = torch.tensor([[1.0, 0.0, 0.0, 0.0, 0.0]])
    curves = faithfulness_curves(Sum(), x, torch.tensor([[5.0, 4.0, 3.0, 2.0, 1.0]]), torch.tensor([0]), steps=2, score="logit")
    assert curves.fractions.tolist() == [[0.0, pytest.approx(0.4), 1.0]]
    assert curves.deletion_auc.item() == pytest.approx(0.2)  # a triangle of width 0.4
    assert curves.insertion_fractions.tolist() == [[0.0, pytest.approx(0.6), 1.0]]
    assert curves.insertion_auc.item() == pytest.approx(0.7)


def slow_deletion(model, x, order, fill, target):
    """Remove one feature after the other by hand; probability of the target at every count."""
    points = []
    for n in range(len(order) + 1):
        row = x.clone()
        row[order[:n]] = fill
        points.append(torch.softmax(model(row[None]), 1)[0, target].item())
    return points


def test_curves_equal_removing_features_by_hand():
    model, generator = Curved(), torch.Generator().manual_seed(2)
    x, a = torch.randn(6, 5, generator=generator), torch.randn(6, 5, generator=generator)
    target = model(x).argmax(1)
    curves = faithfulness_curves(model, x, a, fill=0.25, steps=5)
    for i in range(6):
        order = a[i].argsort(descending=True)
        forth = slow_deletion(model, x[i], order, 0.25, target[i])
        back = slow_deletion(model, x[i], order.flip(0), 0.25, target[i])
        assert curves.deletion[i].tolist() == pytest.approx(forth, abs=1e-6)
        assert curves.insertion[i].tolist() == pytest.approx(back[::-1], abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), min_size=5, max_size=5), st.integers(2, 6))
def test_the_reversed_order_has_exactly_the_opposite_margin_also_under_ties(values, steps):
    model = Curved()
    x = torch.linspace(-1, 1, 5)[None]
    a = torch.tensor([values])
    there, back = (faithfulness_curves(model, x, sign * a, steps=steps) for sign in (1, -1))
    margin = there.insertion_auc - there.deletion_auc
    assert torch.allclose(margin, -(back.insertion_auc - back.deletion_auc), atol=1e-6)


def test_ties_are_averaged_over_orders_and_counted():
    # all features tied: the expected curve of a sum is a straight line, whatever the input
    x = torch.tensor([[8.0, 0.0, 0.0, 0.0]])
    curves = faithfulness_curves(Sum(), x, torch.zeros(1, 4), torch.tensor([0]), steps=4, score="logit")
    assert curves.tie_share.tolist() == [1.0]
    many = torch.eye(4).repeat(10, 1) * 8
    middle = faithfulness_curves(Sum(), many, torch.zeros(40, 4), many.argmax(1) * 0, steps=4, score="logit").deletion[:, 2]
    assert torch.allclose(middle, torch.full((40,), 4.0))  # antithetic pairs of tie orders make the middle exact
    untied = faithfulness_curves(Sum(), x, torch.tensor([[4.0, 3.0, 2.0, 1.0]]), torch.tensor([0]), steps=4)
    assert untied.tie_share.tolist() == [0.0]


def test_levels_join_what_is_closer_than_the_tolerance():
    values = torch.tensor([[1.0, 1.0 - 1e-8, 0.5, float("nan")]], dtype=torch.float64)
    assert levels(values).tolist() == [[0, 1, 2, 3]]
    assert levels(values, 1e-6).tolist() == [[0, 0, 1, 2]]
