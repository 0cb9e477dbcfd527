"""SmoothGrad, VarGrad, expected gradients, and what all gradient methods have to hold."""

from __future__ import annotations

import random
from statistics import NormalDist

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from auditor import attribute
from auditor.errors import AuditError
from auditor.explain.integrated_gradients import IntegratedGradients
from auditor.inputs.randomness import normal, sample_keys, uniform
from auditor.methods import DeepLiftShap, ExpectedGradients, SmoothGrad, VarGrad
from tests.explain.models import context_of, network, two_classes

ZERO = torch.tensor([0])


def smooth(seed: int = 0, inputs: int = 6) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(inputs, 12), nn.Tanh(), nn.Linear(12, 4))


def logit(model, x, targets):
    return model(x).gather(1, targets[:, None])[:, 0]


def test_normal_numbers_are_the_quantiles_of_the_uniform_ones_and_always_finite():
    key = sample_keys(["a", "b"])
    found, drawn = normal(key, "noise", 3, (50_000,)), uniform(key, "noise", 3, (50_000,))
    assert found[0, :5].tolist() == pytest.approx([NormalDist().inv_cdf(u) for u in drawn[0, :5].tolist()], rel=1e-9)
    assert found.mean().abs() < 0.01 and abs(found.std() - 1) < 0.01 and torch.isfinite(found).all()
    edge = torch.tensor([0.0, 1 - 2.0**-53], dtype=torch.float64)
    assert torch.isfinite(torch.erfinv((2 * edge - 1) + 2.0**-53)).all()  # the two ends a uniform number can take


def test_smoothgrad_and_vargrad_are_mean_and_variance_of_gradients_at_the_same_noisy_inputs():
    model, x = smooth(1), torch.randn(3, 6, generator=torch.Generator().manual_seed(2))
    targets = torch.tensor([0, 2, 1])
    key = sample_keys(["0", "1", "2"])
    scale = 0.2 * (x.amax(1) - x.amin(1))[:, None].double()
    gradients = []
    for k in range(6):
        leaf = (x + scale * normal(key, f"gradient noise {k}", 0, (6,))).float().requires_grad_()
        gradients.append(torch.autograd.grad(logit(model, leaf, targets).sum(), leaf)[0].double())
    every = torch.stack(gradients)
    found = attribute(model, x, targets, method=SmoothGrad(samples=6, noise=0.2))
    assert torch.allclose(found.double(), every.mean(0).abs(), atol=1e-6)
    spread = attribute(model, x, targets, method=VarGrad(samples=6, noise=0.2))
    assert torch.allclose(spread.double(), every.var(0, unbiased=False), atol=1e-7)


def test_noise_is_a_fraction_of_each_samples_own_range():
    # logit = Σ x²: the gradient is 2 (x + ε), so its variance is 4 σ², σ = noise × range: 1 × 10 and 0.1 × 10
    model = two_classes(lambda x: (x**2).sum(1))
    wide = torch.linspace(0, 10, 400)[None]
    found = attribute(model, torch.cat([wide, wide / 10]), torch.tensor([0, 0]), method=VarGrad(samples=64, noise=0.1)).mean(1)
    assert found.tolist() == pytest.approx([4.0, 0.04], rel=0.05)


@pytest.mark.parametrize("method", [SmoothGrad, VarGrad])
def test_noise_that_is_none_is_refused(method):
    with pytest.raises(AuditError, match=r"noise: 0\.0"):
        method(noise=0.0)


def test_expected_gradients_are_the_mean_of_integrated_gradients_over_the_reference():
    model, x = smooth(3), torch.randn(2, 6, generator=torch.Generator().manual_seed(1))
    targets, rows = torch.tensor([1, 3]), torch.randn(7, 6, generator=torch.Generator().manual_seed(4))
    context = context_of(model, x, targets, rows)
    found = ExpectedGradients(samples=6000).attribute(context)
    exact = torch.stack([IntegratedGradients().attribute(_at(context, row)).values for row in rows]).mean(0)
    assert (found.values - exact).abs().max() < 0.06
    difference = logit(model, x, targets) - torch.stack([model(rows)[:, t].mean() for t in targets])
    assert torch.allclose(found.facts["completeness_difference"].float(), difference, atol=1e-5)
    gap = found.facts["completeness_gap"]
    assert torch.allclose(gap.float(), found.values.sum(1) - difference, atol=1e-5) and (gap.abs() < 0.1).all()
    few = ExpectedGradients(samples=4).attribute(context).facts["completeness_gap"]
    assert few.abs().max() > gap.abs().max()  # sampling error, and said to be one


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


def test_expected_gradients_agree_with_captum_in_the_mean():
    from captum import attr as captum

    model, x = smooth(5), torch.randn(1, 6, generator=torch.Generator().manual_seed(8))
    rows = torch.randn(5, 6, generator=torch.Generator().manual_seed(9))
    with torch.random.fork_rng():
        np.random.seed(0)
        torch.manual_seed(0)
        theirs = captum.GradientShap(model).attribute(x, rows, n_samples=4000, target=2)
    ours = ExpectedGradients(samples=4000).attribute(context_of(model, x, torch.tensor([2]), rows)).values
    assert (ours - theirs).abs().max() < 0.06


def test_global_seeds_change_nothing_and_are_not_touched():
    model, x = network(), torch.randn(2, 1, 8, 8)
    for method in (SmoothGrad(samples=4), VarGrad(samples=4), ExpectedGradients(samples=4, baseline=0.5)):
        found = []
        for seed in (0, 1):
            torch.manual_seed(seed)
            np.random.seed(seed)
            random.seed(seed)
            before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
            found.append(attribute(model, x, method=method))
            after = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
            assert torch.equal(before[0], after[0]) and before[1:] == after[1:]
        assert torch.equal(*found)
        assert not torch.equal(found[0], attribute(model, x, method=method, seed=1))


@pytest.mark.parametrize("method", [ExpectedGradients(), DeepLiftShap(), IntegratedGradients(baselines=3)])
def test_without_reference_rows_a_bare_call_is_told_what_to_give(method):
    with pytest.raises(AuditError, match=r"baseline=0\.0|baselines='0, 1'"):
        attribute(smooth(), torch.randn(1, 6), method=method)


def test_all_complete_methods_of_a_linear_model_are_weight_times_difference():
    w = torch.tensor([2.0, -3.0, 0.5])
    model = nn.Linear(3, 2, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.stack([w, -w]))
    x = torch.tensor([[1.0, 2.0, -4.0]])
    for baseline in (0.0, 1.0):
        for method in (
            IntegratedGradients(baseline=baseline, adaptive=True),
            ExpectedGradients(baseline=baseline, samples=3),
            DeepLiftShap(baseline=baseline),
        ):
            found = attribute(model, x, ZERO, method=method)
            assert found[0].tolist() == pytest.approx((w * (x[0] - baseline)).tolist(), abs=1e-5)
    for method in ("deeplift", "lrp"):
        assert attribute(model, x, ZERO, method=method)[0].tolist() == pytest.approx((w * x[0]).tolist(), rel=1e-5)


DETERMINISTIC = [IntegratedGradients(adaptive=True), ExpectedGradients(samples=8, baseline=0.0), "deeplift"]


@given(st.integers(0, 10_000), st.sampled_from([*DETERMINISTIC, SmoothGrad(samples=4), VarGrad(samples=4)]))
def test_an_input_the_model_ignores_gets_zero(seed, method):
    model = smooth(seed)
    with torch.no_grad():
        model[0].weight[:, 2] = 0
    found = attribute(model, torch.randn(2, 6, generator=torch.Generator().manual_seed(seed)), method=method)
    assert (found[:, 2].abs() < 1e-6).all() and (found.abs().sum(1) > 0).all()


@given(st.integers(0, 10_000), st.sampled_from(DETERMINISTIC))
def test_inputs_the_model_treats_alike_get_the_same(seed, method):
    model = smooth(seed)
    with torch.no_grad():
        model[0].weight[:, 1] = model[0].weight[:, 4]
    x = torch.randn(2, 6, generator=torch.Generator().manual_seed(seed))
    x[:, 1] = x[:, 4]
    found = attribute(model, x, method=method)
    assert torch.allclose(found[:, 1], found[:, 4], atol=1e-5)


@pytest.mark.parametrize(
    "method",
    [
        SmoothGrad(samples=4),
        VarGrad(samples=4),
        ExpectedGradients(samples=4, baseline=0.3),
        IntegratedGradients(adaptive=True),
        IntegratedGradients(baselines="0, 1"),
    ],
)
def test_each_sample_is_explained_as_if_it_were_alone(method):
    model, x = network(), torch.randn(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(attribute(model, x, method=method)[:1], attribute(model, x[:1], method=method))
