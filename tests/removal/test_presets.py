"""Other tools' curves, each written down again slowly from its published code, and torch-cam's own numbers."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import nn
from torchcam.metrics import DeletionInsertionMetric

from auditor import faithfulness_curves
from auditor.errors import AuditError
from auditor.removal.presets import PRESETS, ImpulseBlur

IMAGES, SIDE = 5, 9


class Network(nn.Module):
    """Two channels, three classes."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 49, 3))

    def forward(self, x):
        return self.layers(x)


MODEL = Network().eval()
X = torch.randn(IMAGES, 2, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
MAPS = torch.randn(IMAGES, SIDE, SIDE, generator=torch.Generator().manual_seed(2))
TIED = (2 * MAPS).round() / 2  # most pixels have a twin
TARGETS = MODEL(X).argmax(1)


def scored(image, target, probability):
    with torch.no_grad():
        logits = MODEL(torch.from_numpy(image)[None].float())[0].double()
    return float(logits.softmax(0)[target] if probability else logits[target])


def changed_one_by_one(start, end, order, points, target, probability):
    """Scores while the pixels of `order` are set to `end` one after the other, read at `points`."""
    image, scores, done = start.copy(), [], 0
    for point in points:
        while done < point:
            row, column = divmod(int(order[done]), SIDE)
            image[:, row, column] = end[:, row, column]
            done += 1
        scores.append(scored(image, target, probability))
    return np.array(scores)


def rise(image, values, target):
    """The evaluation code of RISE for one image, at 28 steps: 1,792 pixels a step of a 224 × 224 image."""
    impulse = np.zeros((11, 11))
    impulse[5, 5] = 1
    kernel = gaussian_filter(impulse, 5)
    padded = np.pad(image, ((0, 0), (5, 5), (5, 5)))
    blurred = np.array(
        [[[(padded[c, r : r + 11, k : k + 11] * kernel).sum() for k in range(SIDE)] for r in range(SIDE)] for c in range(2)]
    )
    pixels = SIDE * SIDE
    step = -(-pixels // 28)
    points = [min(i * step, pixels) for i in range(-(-pixels // step) + 1)]
    order = sorted(range(pixels), key=lambda i: (values.flat[i], i))[::-1]
    curves = [
        changed_one_by_one(image, 0 * image, order, points, target, True),
        changed_one_by_one(blurred, image, order, points, target, True),
    ]
    areas = [(c.sum() - c[0] / 2 - c[-1] / 2) / (len(c) - 1) for c in curves]
    return points, curves, areas


def torchcam(image, values, target):
    pixels = SIDE * SIDE
    step = -(-pixels // 20)
    points = [*range(0, pixels, step), pixels]
    order = sorted(range(pixels), key=lambda i: (-values.flat[i], i))
    curves = [
        changed_one_by_one(image, 0 * image, order, points, target, False),
        changed_one_by_one(0 * image, image, order, points, target, False),
    ]
    x = np.array(points) / pixels
    return points, curves, [sum((x[i + 1] - x[i]) * (c[i] + c[i + 1]) / 2 for i in range(len(x) - 1)) for c in curves]


def xplique(image, values, target):
    points = [int(np.floor(k * SIDE * SIDE / 10)) for k in range(11)]
    order = sorted(range(SIDE * SIDE), key=lambda i: (values.flat[i], i))[::-1]
    curves = [
        changed_one_by_one(image, 0 * image, order, points, target, False),
        changed_one_by_one(0 * image, image, order, points, target, False),
    ]
    return points, curves, [np.mean(c[:-1] + c[1:]) * 0.5 for c in curves]


SLOW = {"rise-2018": rise, "torch-cam": torchcam, "xplique-10": xplique}


@pytest.mark.parametrize("maps", [MAPS, TIED], ids=["no ties", "ties"])
@pytest.mark.parametrize("protocol", SLOW)
def test_a_preset_is_the_tools_own_definition_pixel_by_pixel(protocol, maps):
    found = faithfulness_curves(MODEL, X, maps, protocol=protocol)
    assert bool((found.tie_share > 0.5).all()) == (maps is TIED)
    for i in range(IMAGES):
        points, curves, areas = SLOW[protocol](X[i].double().numpy(), maps[i].numpy(), int(TARGETS[i]))
        assert np.allclose(found.fractions[i] * SIDE * SIDE, points, atol=1e-4)
        assert np.allclose(found.deletion[i], curves[0], atol=1e-6) and np.allclose(found.insertion[i], curves[1], atol=1e-6)
        assert float(found.deletion_auc[i]) == pytest.approx(areas[0], abs=1e-6)
        assert float(found.insertion_auc[i]) == pytest.approx(areas[1], abs=1e-6)


class Given:
    """What torch-cam's metric asks of an extractor, with a map that is given."""

    def __init__(self, model, maps):
        self.model, self.maps = model, maps

    def __call__(self, *args, **kwargs):
        return [self.maps]

    def fuse_cams(self, cams):
        return cams[0]

    def _hooks_off(self):
        return torch.no_grad()


@pytest.mark.parametrize("maps", [MAPS, TIED], ids=["no ties", "ties"])
def test_torch_cam_itself_gives_the_same_means(maps):
    metric = DeletionInsertionMetric(Given(MODEL, maps))
    metric.update(X)
    theirs, ours = metric.summary(), faithfulness_curves(MODEL, X, maps, protocol="torch-cam")
    assert float(ours.deletion_auc.mean()) == pytest.approx(theirs["deletion_auc"], abs=1e-5)
    assert float(ours.insertion_auc.mean()) == pytest.approx(theirs["insertion_auc"], abs=1e-5)


class Sum(nn.Module):
    def forward(self, x):
        total = x.flatten(1).sum(1)
        return torch.stack([total, 0 * total], 1)


def test_torch_cams_own_case_of_two_steps_has_areas_of_point_four_and_point_six():
    # f = Σx, four pixels in their ideal order, two steps: deletion 1, .3, 0 and insertion 0, .7, 1
    from dataclasses import replace

    from auditor.functional_pieces import Pieces
    from auditor.removal.presets import preset_curves

    x = torch.tensor([[[[0.4, 0.3], [0.2, 0.1]]]])
    preset = replace(PRESETS["torch-cam"], steps=2)
    pieces = Pieces.of(Sum(), x, torch.tensor([0]), None, "zeros")
    found = preset_curves(preset, pieces.calls, pieces.batch, x.flatten(1))
    assert np.allclose(found.deletion, [[1, 0.3, 0]]) and np.allclose(found.insertion, [[0, 0.7, 1]])
    assert float(preset.areas(found.deletion, found.changed)) == pytest.approx(0.4)
    assert float(preset.areas(found.insertion, found.changed)) == pytest.approx(0.6)


def test_at_224_pixels_a_step_of_rise_has_1792_of_them_and_there_are_29_points():
    changed = PRESETS["rise-2018"].changed(224 * 224)
    assert len(changed) == 29 and set(np.diff(changed)) == {1792}


def test_the_kernel_of_rise_is_far_flatter_than_a_gaussian_of_that_deviation():
    impulse = np.zeros((11, 11))
    impulse[5, 5] = 1
    kernel = ImpulseBlur(dims=2).weights().numpy()
    assert np.allclose(np.outer(kernel, kernel), gaussian_filter(impulse, 5), atol=1e-12)
    assert kernel.min() / kernel.max() > 0.75 > np.exp(-0.5)


def test_xplique_averages_channels_with_their_sign_and_the_others_take_one_map():
    both = torch.stack([MAPS + 3, MAPS - 3], 1)
    ours = faithfulness_curves(MODEL, X, both, protocol="xplique-10")
    assert torch.allclose(ours.deletion, faithfulness_curves(MODEL, X, MAPS, protocol="xplique-10").deletion, atol=1e-5)
    with pytest.raises(AuditError, match="do not fit the protocol"):
        faithfulness_curves(MODEL, X, both, protocol="rise-2018")


def test_a_protocol_is_asked_for_by_its_name_alone():
    with pytest.raises(AuditError, match="decides on more") as raised:
        faithfulness_curves(MODEL, X, MAPS, protocol="rise-2018", steps=10)
    assert raised.value.found == "`steps` beside `protocol`"
    with pytest.raises(AuditError, match="Unknown protocol") as raised:
        faithfulness_curves(MODEL, X, MAPS, protocol="rise2018")
    assert "rise-2018" in raised.value.fix
    with pytest.raises(AuditError, match="do not fit the protocol"):
        faithfulness_curves(nn.Linear(4, 2), torch.randn(3, 4), torch.randn(3, 4), protocol="torch-cam")
