"""Every method that plays the removal game: each case by itself, the model handed back as it was found."""

import pytest
import torch
from torch import nn

from auditor import attribute
from auditor.errors import UserCodeError
from auditor.explain._context import Context
from auditor.functional_pieces import Pieces
from auditor.inputs.ownership import borrowed
from auditor.methods import ExactShapley, KernelShap, Lime, Occlusion, PermutationShapley, Rise
from tests.explain.models import context_of, network, traces

TABLE = [ExactShapley(), KernelShap(coalitions=40), PermutationShapley(permutations=4), Lime(coalitions=40), Rise(masks=40)]
IMAGE = [
    Occlusion(),
    Rise(masks=40),
    Lime(coalitions=64),
    KernelShap(coalitions=300),
    PermutationShapley(permutations=4),
]
NAMED = {"ids": lambda method: type(method).__name__}


def smooth(seed, inputs=8):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(inputs, 12), nn.Tanh(), nn.Linear(12, 3))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("method", IMAGE, **NAMED)
def test_each_sample_has_the_same_bits_whatever_stands_beside_it(method, threads):
    model, x = network(7), torch.randn(6, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    with borrowed(model, threads):
        together = attribute(model, x, method=method)
        alone = attribute(model, x[:1], method=method)
        others = attribute(model, torch.cat([x[:1], x[3:5] * 2]), method=method)
    assert torch.equal(together[:1], alone) and torch.equal(others[:1], alone)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("method", [*TABLE, KernelShap(coalitions=512), Lime()], **NAMED)
def test_rows_of_a_table_have_the_same_bits_whatever_stands_beside_them(method, threads):
    inputs = 12 if isinstance(method, ExactShapley) else 19
    model, x = smooth(1, inputs), torch.randn(65, inputs, generator=torch.Generator().manual_seed(0))
    if isinstance(method, KernelShap) and method.coalitions < 80:
        x, model = x[:, :9], smooth(1, 9)
    with borrowed(model, threads):
        context = context_of(model, x)
        found = method.attribute(context)
        alone = method.attribute(context_of(model, x[:1]))
    assert torch.equal(found.values[:1], alone.values)
    assert all(torch.equal(found.facts[name][:1], alone.facts[name]) for name in found.facts)


@pytest.mark.parametrize("method", TABLE, **NAMED)
def test_samples_with_fewer_features_are_explained_as_if_they_were_alone(method):
    model, x = smooth(2), torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    features = torch.tensor([[0, 1, 2, 3, 4, 5, 6, 7], [0, 0, 1, 1, 2, 2, -1, -1], [0] * 8])
    model.eval().requires_grad_(False)
    pieces = Pieces.of(model, x, None, features, "zeros")
    context = Context(pieces.model, pieces.calls, pieces.batch, {"zeros": pieces.fill}, "zeros", 0)
    values = method.attribute(context).values
    assert values.isnan().sum(1).tolist() == [0, 5, 7]
    some = torch.tensor([1])
    own = Context(pieces.model, pieces.calls, pieces.batch.take([1]), {"zeros": pieces.fill}, "zeros", 0)
    assert torch.equal(method.attribute(own).values[:, :3], values[some, :3])


@pytest.mark.parametrize("method", [m for m in TABLE if m.complete], **NAMED)
def test_complete_methods_store_the_gap_and_what_it_is_compared_with(method):
    model, x = smooth(3), torch.randn(4, 8)
    found = method.attribute(context_of(model, x))
    logits = model(x)
    expected = (logits - model(torch.zeros_like(x))).gather(1, logits.argmax(1)[:, None])[:, 0]
    assert torch.allclose(found.facts["completeness_difference"].float(), expected, atol=1e-6)
    gap = found.values.double().sum(1) - found.facts["completeness_difference"]
    assert torch.allclose(found.facts["completeness_gap"], gap, atol=1e-12) and gap.abs().max() < 1e-6


@pytest.mark.parametrize("method", [*TABLE, Occlusion()], **NAMED)
def test_models_of_double_precision_give_the_same_values_in_their_own_type(method):
    model, x = smooth(4), torch.randn(3, 8)
    single = attribute(model, x, method=method)
    double = attribute(model.double(), x.double(), method=method)
    assert double.dtype == torch.float64 and torch.allclose(double.float(), single, atol=1e-5)


class Fragile(nn.Module):
    """A network that raises from its eighth call on, in the middle of the game."""

    def __init__(self):
        super().__init__()
        self.inner, self.calls = network(), 0
        self.inner[0].weight.requires_grad_(False)
        self.inner.train()

    def forward(self, x):
        self.calls += 1
        if self.calls >= 8:
            raise ValueError("no more")
        return self.inner(x)


@pytest.mark.parametrize("method", IMAGE, **NAMED)
def test_the_model_and_the_process_are_left_as_they_were_also_when_the_model_raises(method):
    x = torch.randn(8, 1, 8, 8)
    for model, raises in ((network().train(), False), (Fragile(), True)):
        before, state, threads, grad = traces(model), torch.get_rng_state(), torch.get_num_threads(), torch.is_grad_enabled()
        if raises:
            with pytest.raises(UserCodeError, match="no more"):
                attribute(model, x, method=method)
        else:
            attribute(model, x, method=method)
        after = traces(model)
        assert {k: v for k, v in after.items() if k != " attributes"} == {k: v for k, v in before.items() if k != " attributes"}
        assert torch.equal(torch.get_rng_state(), state) and torch.get_num_threads() == threads
        assert torch.is_grad_enabled() == grad


@pytest.mark.parametrize("method", TABLE[1:], **NAMED)
def test_the_seed_changes_what_is_drawn(method):
    model, x = smooth(5), torch.randn(2, 8)
    first, again, other = (attribute(model, x, method=method, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_a_linear_model_has_one_answer():
    torch.manual_seed(0)
    model, x = nn.Linear(6, 3), torch.randn(2, 6)
    gradient = attribute(model, x, method="input_x_gradient")
    for method in ("integrated_gradients", "exact_shapley", "kernel_shap", "permutation_shapley", "occlusion"):
        assert torch.allclose(attribute(model, x, method=method), gradient, atol=1e-5)
