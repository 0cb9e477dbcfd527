"""Grad-CAM and Grad-CAM++: by-hand values, the layer rule, in-place layers, and the way from cells to features."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from auditor import attribute
from auditor.errors import AuditError
from auditor.explain._context import applies, fitted
from auditor.explain._layers import shares
from auditor.inputs.features import element_map
from auditor.inputs.model import NotAvailable
from auditor.methods import GradCam, GradCamPp
from auditor.run.prepare import method_facts
from tests.explain.models import OneConvolution, Transformer, context_of, network, traces, two_classes

X = torch.arange(16.0).reshape(1, 1, 4, 4)
ZERO = torch.tensor([0])


def cells(found, size=2):
    """The four quarters of a map, each of which must be constant."""
    blocks = found[0, 0].unfold(0, size, size).unfold(1, size, size).flatten(2)
    assert (blocks == blocks[..., :1]).all()
    return blocks[..., 0].tolist()


def test_the_one_convolution_model_by_hand():
    model = OneConvolution()
    at_convolution = attribute(model, X, ZERO, method=GradCam(layer="conv1", relu=False))
    assert cells(at_convolution) == [[11.25, 13.5], [20.25, 22.5]]
    assert cells(attribute(model, X, ZERO, method=GradCam(layer="relu1", relu=False))) == [[0, 4], [28, 32.5]]


@pytest.mark.parametrize("model", [OneConvolution(inplace=True), OneConvolution(functional=True)])
def test_a_following_layer_that_works_in_place_does_not_overwrite_what_was_seen(model):
    found = attribute(model, X, ZERO, method=GradCam(layer="conv1", relu=False))
    assert cells(found) == [[11.25, 13.5], [20.25, 22.5]]  # the values at relu1 are [[0, 4], [28, 32.5]]


def test_negative_evidence_is_cut_unless_relu_is_off():
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.Flatten(), nn.Linear(4, 2, bias=False))
    with torch.no_grad():
        model[0].weight.fill_(1)
        model[2].weight.copy_(torch.tensor([[1.0] * 4, [-1.0] * 4]))
    x = torch.tensor([[[[1.0, -2.0], [3.0, 0.0]]]])
    assert attribute(model, x, ZERO, method=GradCam(relu=False)).flatten().tolist() == [1, -2, 3, 0]
    assert attribute(model, x, ZERO, method="gradcam").flatten().tolist() == [1, 0, 3, 0]


def test_features_get_the_area_weighted_mean_of_the_cells_they_cover():
    # two cells over three pixels: the middle pixel lies half in each; a feature of pixels 1 and 2 is (a + (a + b) / 2) / 2
    assert torch.allclose(shares(2, 3), torch.tensor([[1, 0], [0.5, 0.5], [0, 1]]).double())
    assert torch.allclose(shares(3, 2), torch.tensor([[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]]).double())
    model = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4, 2, bias=False))
    with torch.no_grad():
        model[2].weight.copy_(torch.tensor([[1.0] * 4, [-1.0] * 4]))
    x = torch.rand(2, 1, 6, 6, generator=torch.Generator().manual_seed(0)) + 1
    context = context_of(model, x, torch.tensor([0, 0]))
    found = GradCam(relu=False).attribute(context)
    cell = x.unfold(2, 3, 3).unfold(3, 3, 3).mean((4, 5))[:, 0]  # mean gradient 1, so the map is the pooled input
    assert torch.allclose(found.values[:, 0, 0, 0].float(), cell[:, 0, 0])
    column = torch.arange(6) // 2  # three vertical stripes; the middle one lies half in each column of cells
    stripes = element_map(column.expand(1, 6, 6).contiguous())
    pooled = stripes.pool(found.values, "mean")
    left, right = cell[:, :, 0].mean(1), cell[:, :, 1].mean(1)
    assert torch.allclose(pooled, torch.stack([left, (left + right) / 2, right], 1))


def test_the_picture_is_smooth_and_the_measured_map_is_not():
    found = GradCam(relu=False).attribute(context_of(network(), torch.rand(2, 1, 8, 8)))
    assert found.display is not None and found.display.shape == found.values.shape
    assert len(found.values[0].unique()) <= 36 < len(found.display[0].unique())  # 3 cells over 8 pixels make 6 strips


def test_gradcam_agrees_with_captum():
    from captum.attr import LayerGradCam

    model, x = network(3).eval(), torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    targets = torch.tensor([0, 1, 2])
    theirs = LayerGradCam(model, model[2]).attribute(x, target=targets)
    ours = attribute(model, x, targets, method=GradCam(layer="2", relu=False))
    spread = torch.einsum("ih,bhw,jw->bij", shares(3, 8).float(), theirs[:, 0].detach(), shares(3, 8).float())
    assert torch.allclose(ours[:, 0], spread, atol=1e-6)


def test_gradcam_pp_follows_the_derivatives_of_the_exponential_logit():
    # equations 10 and 19 with the derivatives themselves, of y = exp(logit), cell by cell
    torch.manual_seed(2)
    layer, head = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU()).double(), nn.Linear(12, 2).double()
    model = nn.Sequential(layer, nn.Flatten(), head)
    x = torch.rand(1, 1, 4, 4, dtype=torch.float64)
    a = layer(x).detach().requires_grad_()
    y = head(a.flatten(1))[0, 1].exp()
    (first,) = torch.autograd.grad(y, a, create_graph=True)
    weights = torch.zeros(3, dtype=torch.float64)
    for k, i, j in torch.cartesian_prod(torch.arange(3), torch.arange(2), torch.arange(2)).tolist():
        (second,) = torch.autograd.grad(first[0, k, i, j], a, create_graph=True)
        (third,) = torch.autograd.grad(second[0, k, i, j], a, retain_graph=True)
        below = 2 * second[0, k, i, j] + a[0, k].sum() * third[0, k, i, j]
        weights[k] += (second[0, k, i, j] / below * first[0, k, i, j].relu()).detach()
    expected = (weights[:, None, None] * a.detach()[0]).sum(0).relu() / y.detach()
    found = attribute(model, x, torch.tensor([1]), method=GradCamPp(layer="0"))
    assert cells(found) == [pytest.approx(row) for row in expected.tolist()]


def layer_of(model, x):
    return context_of(model, x).model.grid_layer


def test_the_layer_is_the_last_one_on_a_grid():
    torch.manual_seed(0)
    x = torch.rand(2, 1, 8, 8)
    assert layer_of(network(), x) == "2"  # the pooling; flatten and dense layers follow
    features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.ReLU())
    whole = nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    assert layer_of(whole, x) == "0"  # the block that ends last; one cell is no grid
    assert layer_of(OneConvolution(), -torch.ones(1, 1, 4, 4)) == "relu1"  # no gradient at all: the last of them


def test_a_transformers_layer_is_the_first_norm_of_the_last_block_not_the_convolution_that_cuts_the_patches():
    torch.manual_seed(0)
    model, x = Transformer(), torch.rand(2, 1, 8, 8)
    assert layer_of(model, x) == "blocks.1.norm1"
    found = attribute(model, x, method=GradCam(relu=False))
    assert found.abs().sum() > 0 and len(cells(found[:1])) == 4


def test_a_table_has_no_layer_on_a_grid_and_is_told_so():
    table = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    with pytest.raises(AuditError, match="no layer of the model has values on a grid"):
        attribute(table, torch.randn(2, 4), method="gradcam")
    assert "no layer" in applies(GradCamPp(), context_of(table, torch.randn(2, 4)).model, 4)


def test_the_layer_that_was_used_is_recorded():
    model = context_of(network(), torch.rand(2, 1, 8, 8)).model
    assert fitted(GradCam(), model) == GradCam(layer="2")
    (fact, other) = method_facts({"gradcam": GradCam(), "gradcam_pp": GradCamPp(layer="0")}, model, 49)
    assert fact.options == {"layer": "2", "relu": True} and other.options["layer"] == "0"


def test_a_layer_that_does_not_exist_or_has_no_grid_is_answered_in_words():
    x = torch.rand(1, 1, 4, 4)
    with pytest.raises(AuditError, match="did you mean `conv1`"):
        attribute(OneConvolution(), x, method=GradCam(layer="conv"))
    with pytest.raises(AuditError, match="`fc1` has no values on a grid"):
        attribute(OneConvolution(), x, method=GradCam(layer="fc1"))


def test_nothing_is_left_on_the_model_also_when_it_raises():
    model = Transformer().train()
    before = traces(model)
    attribute(model, torch.rand(2, 1, 8, 8), method="gradcam")
    assert traces(model) == before
    with pytest.raises(AuditError):
        attribute(model, torch.rand(2, 1, 8, 8), method=GradCam(layer="head"))
    assert traces(model) == before


@pytest.mark.parametrize("method", ["gradcam", "gradcam_pp"])
def test_each_sample_is_explained_as_if_it_were_alone(method):
    model, x = network(1), torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(attribute(model, x, method=method)[:1], attribute(model, x[:1], method=method))


def test_features_that_are_no_part_of_the_plane_are_not_explained():
    context = context_of(two_classes(lambda x: x.sum((1, 2, 3))), torch.rand(1, 1, 4, 4))
    with pytest.raises(NotAvailable, match="plane of an image"):
        GradCam(layer=None).attribute(_with_columns(context))


def _with_columns(context):
    from dataclasses import replace

    return replace(context, batch=replace(context.batch, features=element_map(torch.arange(4))))
