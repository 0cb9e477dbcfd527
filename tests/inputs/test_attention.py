"""Attention maps: read from every kind of transformer as their own code gives them, and nothing left behind."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from auditor.inputs.attention import Attention, _Watching, attention_maps, heads_apart, places
from auditor.inputs.ensemble import Ensemble, Member
from auditor.inputs.ownership import borrowed
from tests.explain.models import Transformer, network, traces
from tests.explain.transformers_small import Embedded, Written, bert, texts, tried, vit

IMAGES = torch.randn(3, 1, 16, 16, generator=torch.Generator().manual_seed(0))


def read(module, *inputs, **named):
    rows = len([*inputs, *named.values()][0])
    maps, logits = attention_maps(lambda: module(*inputs, **named), rows)
    return [heads_apart(one, rows) for one in maps], logits


def as_logits(returned):
    return returned if isinstance(returned, torch.Tensor) else returned.logits


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_maps_of_transformers_are_those_it_returns_itself(attention):
    inputs = texts()
    for make, named in ((bert, inputs), (vit, {"pixel_values": IMAGES})):
        expected = make()(**named, output_attentions=True).attentions
        maps, returned = read(make(attention), **named)
        assert len(maps) == 2 and all(torch.allclose(one, own, atol=1e-6) for one, own in zip(maps, expected, strict=True))
        assert torch.allclose(returned.logits, make(attention)(**named).logits, atol=1e-6)


@pytest.mark.parametrize("settings", [{}, {"batch_first": True}, {"batch_first": True, "norm_first": True, "bias": False}])
def test_maps_of_torchs_encoder_layers_are_those_of_their_own_attention(settings):
    torch.manual_seed(0)
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, **settings), 2, enable_nested_tensor=False).eval()
    x = torch.randn(4, 5, 8)
    x = x if settings.get("batch_first") else x.transpose(0, 1)
    padded = torch.zeros(4, 5, dtype=torch.bool)
    padded[1, 3:] = True
    maps, _ = attention_maps(lambda: encoder(x, src_key_padding_mask=padded), 4)
    for number, layer in enumerate(encoder.layers):
        into = x if number == 0 else encoder.layers[0](x, src_key_padding_mask=padded)
        into = layer.norm1(into) if settings.get("norm_first") else into
        _, own = layer.self_attn(into, into, into, key_padding_mask=padded, average_attn_weights=False)
        assert torch.allclose(heads_apart(maps[number], 4), own, atol=1e-6)


@pytest.mark.parametrize(("need", "average"), [(True, True), (True, False), (False, True)])
def test_who_asks_torchs_attention_for_weights_still_gets_them_as_asked(need, average):
    torch.manual_seed(0)
    attention, x = nn.MultiheadAttention(8, 2, batch_first=True).eval(), torch.randn(2, 5, 8)
    _, expected = attention(x, x, x, need_weights=need, average_attn_weights=average)
    with torch.no_grad(), _Watching(2, 0) as watching:
        _, weights = attention(x, x, x, need_weights=need, average_attn_weights=average)
    assert len(watching.maps) == 1 and (weights is None) == (expected is None)
    assert expected is None or torch.allclose(weights, expected, atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"scale": 0.3},
        {"attn_mask": torch.tensor([[True, False, True]] * 2 + [[False] * 3])},
        {"attn_mask": torch.tensor([[0.0, -math.inf, 1.0]] * 3)},
        {"enable_gqa": True},
    ],
)
def test_fused_attention_is_replaced_by_its_definition(options):
    query, key, value = torch.randn(3, 2, 4, 3, 5, generator=torch.Generator().manual_seed(0)).unbind()
    if "enable_gqa" in options:
        key, value = key[:, :2], value[:, :2]
    expected = F.scaled_dot_product_attention(query, key, value, **options)
    with _Watching(2, 0) as watching:
        found = F.scaled_dot_product_attention(query, key, value, **options)
    assert torch.allclose(found, expected, atol=1e-6) and watching.maps[0].shape == (2, 4, 3, 3)


def test_exported_programs_are_read_and_torchscript_says_why_not():
    x = torch.rand(2, 1, 8, 8)
    program = torch.export.export(Transformer().eval(), (x,)).module()
    assert tried(program, {"x": x}).attention == Attention(2, "token 1", 1, False)
    with pytest.warns(DeprecationWarning, match="jit"):
        scripted = torch.jit.script(nn.Linear(4, 3))
    assert "TorchScript" in tried(scripted, {"x": torch.rand(2, 4)}).reasons["attention"]


class Windows(nn.Module):
    """Attention within two halves of the tokens, as windows of a Swin transformer: no map over all tokens."""

    def forward(self, x):
        halves = x.unflatten(1, (2, -1)).flatten(0, 1)[:, None]
        mixed = torch.softmax(halves @ halves.mT, -1) @ halves
        return mixed.reshape(x.shape).mean(1)


class Halving(nn.Module):
    """Two layers with different numbers of tokens."""

    def forward(self, x):
        for _ in "12":
            x = torch.softmax(x @ x.mT, -1) @ x
            x = x[:, ::2]
        return x.mean(1)


@pytest.mark.parametrize(
    ("module", "x", "words"),
    [
        (network(), torch.rand(2, 1, 8, 8), "no attention between tokens was seen"),
        (Windows(), torch.randn(3, 8, 3), "no attention between tokens was seen"),
        (Halving(), torch.randn(3, 8, 3), "different numbers of tokens: 4, 8"),
        (Ensemble([Member("a", Written()), Member("b", Written())], 3, "softmax"), torch.randn(3, 5, 6), "any was not read"),
        (Written(), torch.randn(3, 5, 6), "5 tokens do not match"),
    ],
)
def test_a_model_whose_maps_cannot_be_used_says_why(module, x, words):
    model = tried(module, {"x": x})
    assert words in model.reasons["attention"] and "attention" not in model.can and model.attention is None


@pytest.mark.parametrize(
    ("readout", "masked", "words"),
    [
        ("first", False, "token 1"),
        ("last", False, "token 5"),
        ("mean", False, "mean over all tokens"),
        ("mean", True, "mean over the tokens that the logits of the case depend on"),
    ],
)
def test_the_readout_is_found_by_what_the_logits_depend_on(readout, masked, words):
    inputs = {"input_ids": torch.randint(30, (3, 5), generator=torch.Generator().manual_seed(0))}
    if masked:
        inputs["attention_mask"] = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0]])
    model = tried(Embedded(readout), inputs)
    assert model.attention is not None and model.attention.readout == words and "attention" in model.can


READ_FIRST, READ_ALL, READ_LAST = Attention(2, "", 1, False), Attention(2, "", 17, False), Attention(2, "", 1, True)


@pytest.mark.parametrize(
    ("tokens", "shape", "attention", "expected"),
    [
        (10, (10,), READ_FIRST, (0, (10,))),  # a text whose first token is the class token
        (10, (10,), READ_LAST, (0, (10,))),
        (6, (5,), READ_FIRST, (1, (5,))),  # columns of a table and a class token
        (6, (5,), READ_LAST, (0, (5,))),  # the class token is the last one
        (17, (3, 16, 16), READ_FIRST, (1, (4, 4))),
        (16, (3, 16, 16), READ_ALL._replace(read=16), (0, (4, 4))),
        (18, (3, 16, 16), READ_FIRST._replace(read=2), (2, (4, 4))),  # class and distillation token
        (21, (3, 16, 16), READ_FIRST, (5, (4, 4))),  # class token and four registers
        (9, (1, 16, 32), READ_FIRST, (1, (2, 4))),  # a wide image
        (5, (3, 20), READ_FIRST, (1, (4,))),  # a series in four pieces and a class token …
        (5, (3, 20), READ_ALL._replace(read=5), (0, (5,))),  # … or in five pieces
        (46, (3, 16, 16), READ_FIRST, None),
        (7, (3, 20), READ_FIRST, None),
        (30, (10,), READ_FIRST, None),
    ],
)
def test_tokens_are_matched_with_the_parts_of_the_input(tokens, shape, attention, expected):
    assert places(tokens, shape, attention) == expected


def test_a_model_that_works_on_its_weights_in_place_changes_neither_map_nor_gradient():
    class Doubling(nn.Module):
        def forward(self, x):
            return (torch.softmax(x @ x.mT, -1).mul_(2) @ x).sum(1)

    x = torch.randn(2, 4, 3)
    (own,), logits = attention_maps(lambda: Doubling()(x), 2)
    (slope,) = torch.autograd.grad(logits.sum(), own)
    assert torch.allclose(own, torch.softmax(x @ x.mT, -1)) and torch.allclose(slope, 2 * x.sum(2)[:, None].expand(2, 4, 4))


def test_later_maps_alone_can_be_followed_by_gradients():
    module, x = Written(), torch.randn(2, 5, 6)
    module.requires_grad_(False)
    maps, logits = attention_maps(lambda: module(x), 2, since=1)
    assert not maps[0].requires_grad and maps[1].is_leaf and maps[1].requires_grad and logits.requires_grad


@pytest.mark.parametrize("module", [Transformer(), vit(), vit("sdpa")], ids=["torch", "eager", "sdpa"])
def test_nothing_is_left_on_the_model_or_in_the_process_also_when_it_raises(module):
    x = torch.rand(2, 1, 8, 8) if isinstance(module, Transformer) else IMAGES
    plain = {key: value for key, value in traces(module).items() if "values" not in key}
    expected = as_logits(module(x)).detach()
    read(module, x)
    handle = list(module.modules())[-1].register_forward_hook(lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        read(module, x)
    handle.remove()
    assert torch.overrides._get_current_function_mode() is None and torch.is_grad_enabled()
    assert {key: value for key, value in traces(module).items() if "values" not in key} == plain
    assert torch.equal(as_logits(module(x)), expected)


@pytest.mark.parametrize("enabled", [True, False])
def test_torchs_fast_path_is_off_while_a_model_is_borrowed_and_put_back(enabled):
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(enabled)
    try:
        with suppress(KeyError), borrowed(nn.Linear(2, 2)):
            assert not torch.backends.mha.get_fastpath_enabled()
            raise KeyError
        assert torch.backends.mha.get_fastpath_enabled() == enabled
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
