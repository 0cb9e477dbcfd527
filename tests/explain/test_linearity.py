"""The linearity axiom (Sundararajan, Taly & Yan 2017, section 4.2): a mix of two models gets the mix of their attributions."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from auditor import methods, registry
from auditor.methods import (
    ExactShapley,
    ExpectedGradients,
    InputXGradient,
    IntegratedGradients,
    KernelShap,
    Lime,
    Occlusion,
    PermutationShapley,
    Rise,
)
from tests.explain.models import context_of, two_classes

LINEAR = [
    InputXGradient(),
    IntegratedGradients(),
    IntegratedGradients(steps=16, baselines="zeros, 0.5"),
    IntegratedGradients(steps=16, baselines=3),
    ExpectedGradients(samples=16),
    Occlusion(),
    ExactShapley(),
    PermutationShapley(permutations=4),
    KernelShap(coalitions=40),
    Lime(coalitions=40),
    Rise(masks=40),
    Rise(masks=40, centred=False),
]
NOT_LINEAR = {
    "attention_gradient": "a positive part",
    "attention_rollout": "does not look at the logits",
    "deconvolution": "rules of single layers",
    "deeplift": "rules of single layers",
    "deeplift_shap": "rules of single layers",
    "gradcam": "a positive part, of one layer of one model",
    "gradcam_pp": "a positive part, of one layer of one model",
    "guided_backprop": "rules of single layers",
    "lrp": "rules of single layers",
    "random": "does not look at the model",
    "saliency": "a magnitude",
    "smoothgrad": "a magnitude",
    "vargrad": "a variance",
}


def named(method):
    """Its class and what is not as usual."""
    return repr(method).replace("'", "")


def network(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(8, 12), nn.Tanh(), nn.Linear(12, 1)).requires_grad_(False)


@pytest.mark.parametrize("method", LINEAR, ids=named)
@settings(max_examples=6)
@given(seed=st.integers(0, 10_000), a=st.floats(-3, 3), b=st.floats(-3, 3))
def test_a_mix_of_two_models_gets_the_mix_of_their_attributions(method, seed, a, b):
    f, g = network(seed), network(seed + 1)
    draw = torch.Generator().manual_seed(seed)
    x, reference = torch.randn(2, 8, generator=draw), torch.randn(5, 8, generator=draw)
    target = torch.zeros(2, dtype=torch.int64)

    def values(of):
        return method.attribute(context_of(two_classes(of), x, target, reference)).values.double()

    both = values(lambda x: a * f(x)[:, 0] + b * g(x)[:, 0])
    expected = a * values(lambda x: f(x)[:, 0]) + b * values(lambda x: g(x)[:, 0])
    assert both.shape == (2, 8) and torch.allclose(both, expected, atol=2e-5)


def test_every_method_is_either_tested_here_or_is_known_not_to_be_linear():
    tested = {type(method).__name__ for method in LINEAR}
    linear = {name for name in registry.names("explain") if methods._class_name(name) in tested}
    assert linear | set(NOT_LINEAR) == set(registry.names("explain")) and not linear & set(NOT_LINEAR)
    assert tested == {methods._class_name(name) for name in linear}
