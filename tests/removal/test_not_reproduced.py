"""Mistakes of other tools, each with the value it would give: curves and fills here must not have it."""

import numpy as np
import pytest
import torch
from torch import nn

from auditor import faithfulness_curves
from auditor.removal.presets import PRESETS


class Recording(nn.Module):
    """Class 0: a weighted sum; remembers every input it was given."""

    def __init__(self, weight):
        super().__init__()
        self.weight, self.seen = weight, []

    def forward(self, x):
        self.seen.extend(row.clone() for row in x)
        total = (x * self.weight).flatten(1).sum(1)
        return torch.stack([total, 0 * total], 1)


def test_the_mean_of_a_fill_does_not_drift_while_features_are_removed():
    # a mean taken again of the array with holes drifts: 3.263, 3.123, … for x = 1 … 8 (Quantus, pixel flipping)
    x = torch.arange(1.0, 9.0)[None]
    model = Recording(torch.ones(8))
    found = faithfulness_curves(model, x, x, torch.tensor([0]), fill=float(x.mean()), steps=8, score="logit")
    removed = np.arange(9)
    expected = [sum(range(1, 9 - n)) + 4.5 * n for n in removed]
    assert np.allclose(found.deletion[0], expected, atol=1e-5)


def test_four_pixels_of_three_channels_are_four_features_and_each_goes_whole():
    x = torch.rand(1, 3, 2, 2, generator=torch.Generator().manual_seed(0)) + 0.1
    model = Recording(torch.ones(3, 2, 2))
    found = faithfulness_curves(model, x, x.sum(1), torch.tensor([0]), steps=12)
    assert found.fractions.shape == (1, 5)
    for row in model.seen:
        gone = row == 0
        assert torch.equal(gone.any(0), gone.all(0))


def test_insertion_puts_the_input_in_step_by_step():
    # replacing a baseline by the baseline (Quantus, monotonicity) would leave one distinct input over all steps
    x = torch.rand(1, 64, generator=torch.Generator().manual_seed(0)) + 0.1
    model = Recording(torch.ones(64))
    found = faithfulness_curves(model, x, x, torch.tensor([0]), steps=64, score="logit")
    assert len({tuple(row.tolist()) for row in model.seen}) >= 64
    assert bool((found.insertion.diff() > 0).all())


def test_an_area_is_the_trapezoid_over_true_fractions_unless_a_protocol_says_otherwise():
    # five pixels, two a step: fractions 0, .4, .8, 1; equal spacing counts the last step like the others
    weight = torch.tensor([0.5, 0.3, 0.1, 0.06, 0.04]).reshape(1, 1, 5)
    x, model = torch.ones(1, 1, 1, 5), Recording(weight)
    scores = [1, 0.2, 0.04, 0]
    true = 0.4 * (1 + 0.2) / 2 + 0.4 * (0.2 + 0.04) / 2 + 0.2 * 0.04 / 2
    equal = (sum(scores) - 0.5) / 3
    unnormalised = (0.2 + 0.04) / 2 + 0.04 / 2  # and without the point at 0: Quantus
    found = faithfulness_curves(model, x, weight, torch.tensor([0]), steps=3, score="logit")
    curve = torch.tensor([scores])
    assert float(PRESETS["torch-cam"].areas(curve, [0, 2, 4, 5])) == pytest.approx(true, abs=1e-6)
    assert float(PRESETS["rise-2018"].areas(curve, [0, 2, 4, 5])) == pytest.approx(equal, abs=1e-6)
    assert float(found.deletion_auc) == pytest.approx(float(np.trapezoid(found.deletion[0], found.fractions[0])), abs=1e-6)
    assert len({round(value, 3) for value in (true, equal, unnormalised)}) == 3


@pytest.mark.parametrize("protocol", PRESETS)
def test_every_point_of_a_protocol_is_another_input(protocol):
    # RISE's own code, given a tensor on a GPU, changes a copy and scores the untouched image at every step
    x = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0)) + 0.1
    model = Recording(torch.linspace(1, 2, 64).reshape(8, 8) * 0.05)
    found = faithfulness_curves(model, x, x[:, 0], torch.tensor([0]), protocol=protocol)
    assert len(set(found.deletion[0].tolist())) == found.deletion.shape[1]
    assert len(set(found.insertion[0].tolist())) == found.insertion.shape[1]
