"""Integrated gradients with several baselines and with adaptive panels."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from auditor import attribute
from auditor.errors import AuditError
from auditor.explain.integrated_gradients import IntegratedGradients
from tests.explain.models import context_of, two_classes

ZERO = torch.tensor([0])


def smooth(seed: int = 0, inputs: int = 6) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(inputs, 12), nn.Tanh(), nn.Linear(12, 4))


def _at(context, row):
    """The same with one row in the place of the fill `zeros`, moved there: IG against it is IG of the shifted problem."""
    return _Shifted(context, row)


class _Shifted:
    def __init__(self, context, row):
        self._context, self._row = context, row

    def __getattr__(self, name):
        return getattr(self._context, name)

    def baseline(self, baseline, like):
        return self._row.expand_as(like)


def test_several_baselines_give_the_mean_of_each_alone():
    model, x = smooth(2), torch.randn(3, 6, generator=torch.Generator().manual_seed(6))
    alone = [attribute(model, x, method=IntegratedGradients(baseline=b)) for b in (0.0, 1.0, -0.5)]
    together = attribute(model, x, method=IntegratedGradients(baselines="zeros, 1, -0.5"))
    assert torch.allclose(together, torch.stack(alone).mean(0), atol=1e-6)
    found = IntegratedGradients(baselines="0, 1").attribute(context_of(model, x))
    assert found.facts["completeness_gap"].abs().max() < 1e-4


def test_reference_rows_as_baselines_are_drawn_per_case_without_repetition():
    model, x = smooth(2), torch.randn(3, 6, generator=torch.Generator().manual_seed(6))
    rows = torch.randn(4, 6, generator=torch.Generator().manual_seed(7))
    context = context_of(model, x, reference=rows)
    found = IntegratedGradients(baselines=4).attribute(context)  # all four, whatever the order
    exact = torch.stack([IntegratedGradients().attribute(_at(context, row)).values for row in rows]).mean(0)
    assert torch.allclose(found.values, exact, atol=1e-6)
    two = IntegratedGradients(baselines=2).attribute(context)
    first = IntegratedGradients(baselines=2).attribute(context_of(model, x[:1], reference=rows))
    assert torch.equal(two.values[:1], first.values)
    with pytest.raises(AuditError, match="fewer reference rows"):
        IntegratedGradients(baselines=5).attribute(context)


@pytest.mark.parametrize("baselines", [0, " , "])
def test_no_baselines_are_refused(baselines):
    with pytest.raises(AuditError, match="these baselines"):
        IntegratedGradients(baselines=baselines)


def test_adaptive_panels_resolve_a_kink_where_equal_ones_do_not():
    # relu(relu(3t) − 1 − relu(t)): a kink at t = 1/2; with the other at 0.1, 0.35 no equal panels meet them all
    model = two_classes(lambda x: torch.relu(x[:, 0] - 0.37) * 40 + torch.relu(x[:, 0] - 0.811) * 60)
    x = torch.tensor([[1.0], [0.2]])
    exact = [40 * 0.63 + 60 * 0.189, 0.0]
    equal = attribute(model, x, torch.tensor([0, 0]), method=IntegratedGradients(steps=16))[:, 0]
    assert (equal - torch.tensor(exact)).abs().max() > 0.3
    context = context_of(model, x, torch.tensor([0, 0]))
    found = IntegratedGradients(steps=16, adaptive=True).attribute(context)
    assert found.values[:, 0].tolist() == pytest.approx(exact, rel=0.01)
    assert 16 < found.facts["gradients"][0] <= 512 and found.facts["gradients"][1] == 16
    assert found.facts["completeness_gap"].abs().max() <= 0.01 * max(exact)


def test_adaptive_panels_stop_at_512_gradients_and_leave_smooth_models_alone():
    rough = two_classes(lambda x: 10 * torch.floor(50 * x[:, 0]) + x[:, 0])  # no rule finds the jumps
    found = IntegratedGradients(adaptive=True).attribute(context_of(rough, torch.tensor([[0.99]]), ZERO))
    assert 480 < found.facts["gradients"][0] <= 512
    model, x = smooth(4), torch.randn(2, 6, generator=torch.Generator().manual_seed(1))
    adaptive = IntegratedGradients(adaptive=True).attribute(context_of(model, x))
    assert adaptive.facts["gradients"].tolist() == [64, 64]
    assert torch.allclose(adaptive.values, attribute(model, x, method=IntegratedGradients()), atol=1e-6)
    with pytest.raises(AuditError, match="at most 512"):
        IntegratedGradients(steps=1024, adaptive=True)


def test_captum_gauss_legendre_agrees_and_its_trapezoid_does_not():
    from captum import attr as captum

    model = two_classes(lambda x: x[:, 0] ** 2 * x[:, 1])
    x = torch.tensor([[2.0, 3.0]])
    ours = attribute(model, x, ZERO, method="integrated_gradients")[0]
    leaf = x.clone().requires_grad_()
    theirs = captum.IntegratedGradients(model).attribute(leaf, target=0, method="gausslegendre")[0]
    assert ours.tolist() == pytest.approx(theirs.tolist(), rel=1e-5)
    biased = captum.IntegratedGradients(model).attribute(leaf, target=0, method="riemann_trapezoid")[0]
    assert biased.tolist() == pytest.approx([7.84163, 3.92082], abs=1e-4)  # weights that sum to (n − 1) / n
    assert (ours - biased).abs().max() > 0.1
