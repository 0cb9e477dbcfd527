"""Grad-CAM as torchcam 0.5 has it, and Grad-CAM++ where torchcam's is right."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchcam.methods import GradCAM, GradCAMpp

from auditor.methods import GradCam, GradCamPp
from tests.explain.models import context_of, network

X = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(1))
TARGETS = [2, 0, 1]


def theirs(kind, model, layer):
    """Their map [batch, h, w], unscaled, on the cells of the layer."""
    with kind(model, layer, input_shape=(1, 8, 8)) as extractor:
        scores = model(X.clone().requires_grad_())
        (found,) = extractor(TARGETS, scores, normalized=False)
    return found


def ours(method, model, cells):
    """Our map at the centre of each cell [batch, cells, cells]; 8 pixels lie in a whole number of cells."""
    found = method.attribute(context_of(model, X, torch.tensor(TARGETS))).values[:, 0]
    centre = ((torch.arange(cells) + 0.5) * 8 / cells).long()
    return found[:, centre][:, :, centre].float()


def scaled(found):
    """Each map divided by its largest value."""
    return found / found.flatten(1).amax(1)[:, None, None]


def pooled(channels):
    """Convolution, ReLU and pooling to 4 × 4 cells, then a dense layer over them whose weights are mostly positive."""
    torch.manual_seed(5)
    convolution, dense = nn.Conv2d(1, channels, 3, padding=1), nn.Linear(16 * channels, 3)
    with torch.no_grad():
        dense.weight.normal_(0.5, 1)
    return nn.Sequential(convolution, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), dense)


@pytest.mark.parametrize("layer", ["0", "1", "2"])
def test_gradcam_is_torchcams(layer):
    expected = theirs(GradCAM, pooled(6), layer)
    found = ours(GradCam(layer=layer), pooled(6), expected.shape[-1])
    assert torch.allclose(found, expected, atol=1e-6) and (found.flatten(1).amax(1) > 0.01).all()


def test_gradcam_of_another_network_is_torchcams_in_the_cells_pixels_lie_in_whole():
    expected = theirs(GradCAM, network(), "2")  # 3 × 3 cells over 8 pixels; the middle of each lies in one cell
    assert torch.allclose(ours(GradCam(layer="2"), network(), 3), expected, atol=1e-6)


def test_gradcam_pp_of_one_channel_is_torchcams_up_to_its_size():
    # one channel has one weight, so any positive weight gives the same map
    expected, found = theirs(GradCAMpp, pooled(1), "2"), ours(GradCamPp(layer="2"), pooled(1), 4)
    assert torch.allclose(scaled(found), scaled(expected), atol=1e-6)


def test_gradcam_pp_of_several_channels_is_not_torchcams_which_leaves_the_denominator_out():
    # torchcam divides a copy in place: `alpha[mask].div_(…)`; what is left of the weights is Σ g² relu(g)
    model = pooled(6)
    values = model[:3](X).detach().requires_grad_()
    own = model[3:](values).gather(1, torch.tensor(TARGETS)[:, None]).sum()
    (g,) = torch.autograd.grad(own, values)
    a = values.detach()
    without = ((g**2 * g.relu()).sum((2, 3), keepdim=True) * a).sum(1).relu()
    expected = theirs(GradCAMpp, model, "2")
    assert torch.allclose(expected, without, rtol=1e-4, atol=1e-9)
    alpha = torch.where(g != 0, g**2 / (2 * g**2 + a.sum((2, 3), keepdim=True) * g**3), 0)
    definition = ((alpha * g.relu()).sum((2, 3), keepdim=True) * a).sum(1).relu()
    found = ours(GradCamPp(layer="2"), model, 4)
    assert torch.allclose(found, definition, rtol=1e-4, atol=1e-7)
    assert (scaled(found) - scaled(expected)).abs().max() > 0.01
