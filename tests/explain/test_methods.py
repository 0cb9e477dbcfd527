"""Attribution methods against closed forms, by-hand numbers, captum-free definitions, and the traps of the field."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from auditor import attribute
from auditor.errors import AuditError
from auditor.explain.integrated_gradients import IntegratedGradients, gauss_legendre
from auditor.explain.occlusion import Occlusion
from auditor.methods import __dir__ as method_classes


def two_classes(f):
    """A module whose class 0 has logit f(x) and class 1 logit -f(x)."""

    class Model(nn.Module):
        def forward(self, x):
            value = f(x)
            return torch.stack([value, -value], 1)

    return Model()


ZERO = torch.tensor([0])
RELU = torch.relu


def multi_layer(x):
    """captum's BasicModel_MultiLayer, class 0, in one line: S is the sum of the inputs."""
    s = x.sum(1)
    return RELU(s - 10) + 3 * RELU(s + 1) - 1


def test_integrated_gradients_of_the_papers_example():
    f = two_classes(lambda x: RELU(RELU(x[:, 0]) - 1 - RELU(x[:, 1])))
    found = attribute(f, torch.tensor([[3.0, 1.0]]), ZERO, method=IntegratedGradients(steps=512))
    assert found[0].tolist() == pytest.approx([1.5, -0.5], abs=0.02)  # a kink at 2/3 of the path


def test_integrated_gradients_do_not_depend_on_the_implementation():
    f = two_classes(lambda x: RELU(RELU(x[:, 0] - 1) - RELU(x[:, 1])))
    found = attribute(f, torch.tensor([[3.0, 1.0]]), ZERO, method=IntegratedGradients(steps=512))
    assert found[0].tolist() == pytest.approx([1.5, -0.5], abs=0.02)


def test_integrated_gradients_of_a_polynomial_are_exact_and_not_the_biased_trapezoid():
    f = two_classes(lambda x: x[:, 0] ** 2 * x[:, 1])
    found = attribute(f, torch.tensor([[2.0, 3.0]]), ZERO, method=IntegratedGradients(steps=8))[0]
    assert found.tolist() == pytest.approx([8.0, 4.0], rel=1e-6)
    assert abs(found[0].item() - 7.84163) > 0.1  # what a trapezoid rule with weights summing to (n-1)/n gives


def test_the_rule_integrates_polynomials_of_degree_fifteen_exactly():
    for steps in (8, 64):
        for degree in (0, 1, 7, 15):
            total = sum(w * t**degree for t, w in gauss_legendre(steps))
            assert total == pytest.approx(1 / (degree + 1), rel=1e-13)


@pytest.mark.parametrize("steps", [0, 4, 12])
def test_steps_that_are_no_multiple_of_eight_are_refused_with_the_nearest_one(steps):
    with pytest.raises(AuditError, match="multiple of 8"):
        IntegratedGradients(steps=steps)


def test_occlusion_of_the_multi_layer_model():
    x = torch.tensor([[20.0, 50.0, 30.0], [2.0, 10.0, 3.0]])
    targets = torch.zeros(2, dtype=torch.int64)
    model = two_classes(multi_layer)
    assert attribute(model, x, targets, method="occlusion").tolist() == [[80, 200, 120], [8, 35, 12]]
    mask = torch.tensor([0, 0, 1])
    grouped = attribute(model, x[:1], targets[:1], method="occlusion", features=mask)
    assert grouped.tolist() == [[140, 140, 120]]  # 280 for the pair, spread evenly
    shifted = attribute(model, x[:1], targets[:1], method="occlusion", features=mask, fill=4.0)
    assert shifted.tolist() == [[124, 124, 104]]  # 248 for the pair


def test_all_gradient_methods_of_a_linear_model_are_weight_times_difference():
    w, b = torch.tensor([2.0, -3.0, 0.5]), 0.7
    model = two_classes(lambda x: x @ w + b)
    x = torch.tensor([[1.0, 2.0, -4.0]])
    for method in ("input_x_gradient", "integrated_gradients", "occlusion"):
        assert attribute(model, x, ZERO, method=method)[0].tolist() == pytest.approx((w * x[0]).tolist(), rel=1e-5)
    assert attribute(model, x, ZERO, method="saliency")[0].tolist() == pytest.approx([2, 3, 0.5])
    from_one = attribute(model, x, ZERO, method=IntegratedGradients(baseline=1.0))
    assert from_one[0].tolist() == pytest.approx((w * (x[0] - 1)).tolist(), abs=1e-5)


def smooth(seed, inputs=6, classes=4):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(inputs, 12), nn.Tanh(), nn.Linear(12, classes))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_integrated_gradients_are_complete(seed):
    model = smooth(seed)
    x = torch.randn(3, 6, generator=torch.Generator().manual_seed(seed))
    target = torch.tensor([0, 3, 1])
    difference = (model(x) - model(torch.zeros_like(x))).gather(1, target[:, None])[:, 0]
    found = attribute(model, x, target, method="integrated_gradients")
    assert torch.allclose(found.sum(1), difference, atol=2e-5)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["saliency", "input_x_gradient", "integrated_gradients", "occlusion"]))
def test_an_input_the_model_ignores_gets_exactly_zero(seed, method):
    model = smooth(seed)
    with torch.no_grad():
        model[0].weight[:, 2] = 0
    x = torch.randn(2, 6, generator=torch.Generator().manual_seed(seed))
    found = attribute(model, x, method=method)
    assert (found[:, 2].abs() < 1e-6).all() and (found.abs().sum(1) > 0).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["saliency", "input_x_gradient", "integrated_gradients", "occlusion"]))
def test_inputs_the_model_treats_alike_get_the_same_attribution(seed, method):
    model = smooth(seed)
    with torch.no_grad():
        model[0].weight[:, 1] = model[0].weight[:, 4]
    x = torch.randn(2, 6, generator=torch.Generator().manual_seed(seed))
    x[:, 1] = x[:, 4]
    found = attribute(model, x, method=method)
    assert torch.allclose(found[:, 1], found[:, 4], atol=1e-5)


@pytest.mark.parametrize("method", ["saliency", "input_x_gradient", "integrated_gradients", "occlusion", "random"])
def test_each_sample_is_explained_as_if_it_were_alone(method):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))
    x = torch.randn(5, 1, 8, 8)
    together = attribute(model, x, method=method)
    alone = attribute(model, x[:1], method=method)
    assert torch.equal(together[:1], alone)


def test_saliency_of_an_image_is_a_gradient_per_element():
    model = two_classes(lambda x: 3 * x[:, 0, 0, 0] - 5 * x[:, 1, 1, 1])
    found = attribute(model, torch.ones(1, 2, 2, 2), ZERO, method="saliency")
    assert found[0, 0, 0, 0] == 3 and found[0, 1, 1, 1] == 5 and found.sum() == 8


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "occlusion"])
def test_models_that_work_in_place_are_explained_and_their_inputs_untouched(method):
    torch.manual_seed(0)
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(4, 3))
    functional = two_classes(lambda x: torch.relu_(x).sum(1))
    x = torch.randn(2, 4)
    before = x.clone()
    plain = nn.Sequential(nn.ReLU(), model[1])
    assert torch.equal(attribute(model, x, method=method), attribute(plain, x, method=method))
    attribute(functional, x, method=method)
    assert torch.equal(x, before) and model[0].inplace


def test_a_model_in_train_mode_is_explained_in_evaluation_mode_and_handed_back_in_train_mode():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.9), nn.Linear(8, 3)).train()
    x = torch.randn(2, 4)
    found = attribute(model, x, method="input_x_gradient")
    assert model.training and torch.equal(found, attribute(model.eval(), x, method="input_x_gradient"))


@pytest.mark.parametrize(
    ("inputs", "targets", "words"),
    [
        (torch.ones(2, 3, dtype=torch.int64), None, "floating point"),
        (torch.ones(3), None, "floating point"),
        (torch.ones(2, 3), torch.tensor([0]), "one class per sample"),
        (torch.ones(2, 3), torch.tensor([0, 9]), "do not exist"),
    ],
)
def test_inputs_and_targets_that_do_not_fit_are_refused_in_words(inputs, targets, words):
    with pytest.raises(AuditError, match=words):
        attribute(two_classes(lambda x: x.sum(1)), inputs, targets, method="saliency")


def test_unknown_methods_are_answered_with_the_nearest_name():
    with pytest.raises(AuditError, match="did you mean `integrated_gradients`"):
        attribute(two_classes(lambda x: x.sum(1)), torch.ones(1, 3), method="integrated_gradient")


def test_a_model_gradients_cannot_follow_says_so():
    model = two_classes(lambda x: x.detach().sum(1))
    with pytest.raises(AuditError, match="gradients can follow"):
        attribute(model, torch.ones(1, 3), method="saliency")
    assert attribute(model, torch.ones(1, 3), ZERO, method="occlusion").tolist() == [[1, 1, 1]]


def test_every_method_of_the_folder_has_a_class_with_its_name():
    assert "IntegratedGradients" in method_classes() and "InputXGradient" in method_classes()
    assert Occlusion(fill="mean").fill == "mean"
