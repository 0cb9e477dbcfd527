"""Attention rollout and attention × gradient against their definitions, written out in matrices and differences."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch
from torch import nn

from auditor import adapt, attribute
from auditor.errors import AuditError, UserCodeError
from auditor.explain._context import Context, applies, fitted
from auditor.inputs.batch import Batch
from auditor.inputs.features import FeatureMap, element_map
from auditor.inputs.model import NotAvailable
from auditor.inputs.randomness import sample_keys
from auditor.methods import AttentionGradient, AttentionRollout
from auditor.methods import __dir__ as method_classes
from auditor.observe.attributions import pooled_values
from auditor.removal.calls import Calls
from auditor.run.prepare import method_facts
from tests.explain.models import context_of, network, traces
from tests.explain.transformers_small import Embedded, bert, texts, tried, vit

METHODS = [AttentionRollout(), AttentionGradient()]
NAMED = {"ids": lambda method: type(method).__name__}
MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0]])
IMAGES = torch.randn(4, 1, 16, 16, generator=torch.Generator().manual_seed(0))


def words(length, special=0):
    """Features of texts: each token a word, but for the first and the last `special` ones."""
    place = torch.arange(length) - special
    return element_map(torch.where((place < 0) | (place >= length - 2 * special), -1, place))


def read(module, inputs, features, targets=None, rows=4):
    """What a method gets in an audit of texts."""
    model = tried(module, inputs)
    calls = Calls(model, rows)
    count = len(inputs["input_ids"])
    ids = tuple(str(i) for i in range(count))
    targets = torch.arange(count) % 3 if targets is None else targets
    batch = Batch(ids, sample_keys(ids), inputs, "input_ids", features, targets, targets, torch.zeros(count, 3))
    return Context(model, calls, batch, {}, "zeros", 0)


def written(readout, masked=False):
    module = Embedded(readout).eval().double()
    inputs = {"input_ids": torch.randint(30, (3, 5), generator=torch.Generator().manual_seed(0))}
    return module, {**inputs, "attention_mask": MASK} if masked else inputs


def weights_of(readout, masked, row):
    own = MASK[row] if masked else torch.ones(5)
    return {"first": torch.eye(5)[0], "last": torch.eye(5)[4], "mean": own / own.sum()}[readout].double()


READOUTS = [("first", False), ("last", False), ("mean", False), ("mean", True), ("first", True)]


@pytest.mark.parametrize(("readout", "masked"), READOUTS)
def test_rollout_is_the_product_of_the_layers_with_the_identity_added(readout, masked):
    module, inputs = written(readout, masked)
    found = AttentionRollout().attribute(read(module, inputs, words(5))).values
    module(**inputs)
    for row in range(3):
        first, second = (torch.eye(5) + weights[row].mean(0) for weights in module.layers.weights)
        first, second = (one / one.sum(1, keepdim=True) for one in (first, second))
        assert torch.allclose(found[row], weights_of(readout, masked, row) @ (second @ first), atol=1e-12)
    assert torch.allclose(found.sum(1), torch.ones(3).double()) and (found >= 0).all()
    assert not masked or (found[MASK == 0] == 0).all()


@pytest.mark.parametrize(("readout", "masked"), READOUTS)
def test_attention_gradient_follows_the_papers_rule_with_derivatives_taken_by_differences(readout, masked):
    module, inputs = written(readout, masked)
    targets = torch.tensor([2, 0, 1])
    found = AttentionGradient().attribute(read(module, inputs, words(5), targets)).values
    step, layers = 1e-6, module.layers
    module(**inputs)
    weights, relevance = layers.weights, torch.eye(5).double().repeat(3, 1, 1)
    for number, own in enumerate(weights):
        slope = torch.zeros_like(own)
        for head, i, j in itertools.product(range(2), range(5), range(5)):
            values = []
            for sign in (1, -1):
                added = torch.zeros(2, 5, 5).double()
                added[head, i, j] = sign * step
                layers.added = [added if number == k else 0.0 for k in (0, 1)]
                values.append(module(**inputs).gather(1, targets[:, None])[:, 0])
            slope[:, head, i, j] = (values[0] - values[1]) / (2 * step)
        layers.added = [0.0, 0.0]
        relevance = relevance + (slope * own).relu().mean(1) @ relevance
    for row in range(3):
        expected = weights_of(readout, masked, row) @ (relevance[row] - torch.eye(5))
        assert torch.allclose(found[row], expected, atol=1e-8)
    assert found.abs().max() > 0.01


def test_rollout_is_the_same_for_every_class_and_attention_gradient_is_not():
    module, inputs = written("first")
    for method, same in ((AttentionRollout(), True), (AttentionGradient(), False)):
        one, two = (method.attribute(read(module, inputs, words(5), torch.full((3,), t))).values for t in (0, 1))
        assert torch.equal(one, two) == same


@pytest.mark.parametrize("method", METHODS, **NAMED)
@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_special_tokens_and_padding_of_a_bert_are_no_features(method, attention):
    inputs = texts()
    element = torch.arange(10).repeat(4, 1) - 1
    element[:, 0], element[:, 9], element[1, 6:] = -1, -1, -1
    names = tuple(tuple(f"word {i}" for i in range(8)) for _ in range(4))
    context = read(bert(attention), inputs, FeatureMap(element, torch.tensor([8, 5, 8, 8]), names, 8))
    found = method.attribute(context)
    assert found.values.shape == (4, 10) and (found.values[1, 7:] == 0).all() and (found.values[:, 1:6] > 0).all()
    pooled = pooled_values(context, method, found)
    assert torch.allclose(pooled[0], found.values[0, 1:9].float()) and pooled[1].isnan().tolist() == [False] * 5 + [True] * 3


@pytest.mark.parametrize("method", METHODS, **NAMED)
def test_patches_of_a_vision_transformer_are_spread_over_their_pixels(method):
    module, targets = vit(), torch.tensor([0, 1, 2, 0])
    found = method.attribute(image_context(module, IMAGES, targets))
    blocks = found.values[:, 0].unfold(1, 4, 4).unfold(2, 4, 4).flatten(3)
    assert found.values.shape == IMAGES.shape and (blocks == blocks[..., :1]).all()
    maps = module(IMAGES, output_attentions=True).attentions
    if isinstance(method, AttentionRollout):
        first, second = ((torch.eye(17) + one.mean(1)) / 2 for one in maps)
        expected = (second @ first)[:, 0, 1:]
    else:
        with torch.enable_grad():
            returned = module(IMAGES.clone().requires_grad_(), output_attentions=True)
            own = returned.logits.gather(1, targets[:, None]).sum()
            slopes = torch.autograd.grad(own, returned.attentions)
        first, second = ((a * g).relu().mean(1).detach() for a, g in zip(returned.attentions, slopes, strict=True))
        expected = ((torch.eye(17) + second) @ (torch.eye(17) + first) - torch.eye(17))[:, 0, 1:]
    assert torch.allclose(blocks[..., 0].flatten(1).float(), expected, rtol=1e-4, atol=1e-7)
    assert found.display is not None and len(found.display[0].unique()) > 16


def image_context(module, x, targets=None):
    """A context as `context_of` gives, of a model that returns more than logits."""
    return context_of(adapt(module, forward=lambda module, x: module(x).logits), x, targets)


@pytest.mark.parametrize("method", METHODS, **NAMED)
@pytest.mark.parametrize("readout", ["first", "mean"])
def test_rows_have_the_same_bits_whatever_stands_beside_them(method, readout):
    module, inputs = written(readout, True)
    module = module.float()
    together = method.attribute(read(module, inputs, words(5))).values
    for row in range(3):
        alone = {name: value[row : row + 1] for name, value in inputs.items()}
        assert torch.equal(method.attribute(read(module, alone, words(5), torch.tensor([row]))).values[0], together[row])


@pytest.mark.parametrize("method", METHODS, **NAMED)
def test_nothing_is_left_on_the_model_also_when_it_raises(method):
    module, inputs = bert(), texts()
    context = read(module, inputs, words(10, 1))
    before, state, fast = traces(module), torch.get_rng_state(), torch.backends.mha.get_fastpath_enabled()
    method.attribute(context)
    assert traces(module) == before and torch.equal(torch.get_rng_state(), state)
    handle = module.classifier.register_forward_hook(raising)
    with pytest.raises(UserCodeError):
        method.attribute(context)
    handle.remove()
    assert traces(module) == before and torch.backends.mha.get_fastpath_enabled() == fast
    assert torch.overrides._get_current_function_mode() is None and not torch.is_inference_mode_enabled()


def raising(*_):
    raise ValueError("no")


@pytest.mark.parametrize("method", METHODS, **NAMED)
def test_a_model_without_attention_is_told_so_and_the_report_says_where_tokens_are_read(method):
    with pytest.raises(AuditError, match="no attention between tokens was seen"):
        attribute(network(), torch.rand(2, 1, 8, 8), method=method)
    model = read(*written("mean", True), words(5)).model
    assert applies(method, model, 5) == "" and fitted(method, model).readout.startswith("mean over the tokens")
    name = "attention_rollout" if isinstance(method, AttentionRollout) else "attention_gradient"
    (fact,) = method_facts({name: method}, model, 5)
    assert fact.options["readout"] == fitted(method, model).readout and "not an attribution" in fact.title
    assert not fact.signed and fact.pool == "mean" and type(method).__name__ in method_classes()


def test_features_that_lie_elsewhere_are_not_explained():
    module, inputs = written("first")
    context = read(module, inputs, words(4))
    with pytest.raises(NotAvailable, match="along the tokens"):
        AttentionRollout().attribute(context)
    image = image_context(vit(), IMAGES)
    with pytest.raises(NotAvailable, match="plane of an image"):
        AttentionRollout().attribute(replace(image, batch=replace(image.batch, features=element_map(torch.arange(16)))))


def test_a_series_gets_its_values_along_time_alike_for_every_channel():
    class OverTime(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.cut, self.head = nn.Conv1d(3, 8, 4, 4), nn.Linear(8, 3)
            self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

        def forward(self, x):
            return self.head(self.layer(self.cut(x).transpose(1, 2)).mean(1))

    module, x = OverTime().eval(), torch.randn(2, 3, 20)
    found = AttentionRollout().attribute(context_of(module, x)).values
    into = module.cut(x).transpose(1, 2)
    _, own = module.layer.self_attn(into, into, into)
    expected = ((torch.eye(5) + own) / 2).mean(1).repeat_interleave(4, 1)[:, None].expand(2, 3, 20)
    assert torch.allclose(found.float(), expected, atol=1e-6)
