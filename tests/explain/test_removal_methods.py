"""Occlusion by windows, RISE and LIME: the definitions again, slowly, and closed forms of linear models."""

import math

import pytest
import torch
from captum import attr as captum
from sklearn.linear_model import Ridge
from torch import nn

from auditor import attribute
from auditor.errors import AuditError
from auditor.explain._coalitions import paired_draws
from auditor.explain._masks import SmoothMasks
from auditor.explain.occlusion import grid_shape
from auditor.inputs.features import element_map
from auditor.inputs.randomness import sample_keys
from auditor.methods import Lime, Occlusion, Rise
from tests.explain.models import context_of, two_classes

ZERO = torch.tensor([0])
KEY = sample_keys(["0", "1"])  # of the first samples of a bare call


def image_network(seed=0, channels=1):
    torch.manual_seed(seed)
    layers = [nn.Conv2d(channels, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 36, 3)]
    return nn.Sequential(*layers).eval().requires_grad_(False)


def images(count, channels=1, side=8, seed=0):
    return torch.randn(count, channels, side, side, generator=torch.Generator().manual_seed(seed))


# occlusion


def test_windows_of_single_pixels_are_captums_occlusion():
    model, x, targets = image_network(), images(3), torch.tensor([0, 2, 1])
    theirs = captum.Occlusion(model).attribute(x, (1, 3, 3), (1, 1, 1), baselines=0.5, target=targets)
    ours = attribute(model, x, targets, method=Occlusion(window=3), fill=0.5)
    assert torch.allclose(ours, theirs.float(), atol=1e-5)
    with pytest.raises(AuditError, match="form a grid"):
        attribute(model, x, method=Occlusion(window=3), features=torch.arange(64).reshape(1, 8, 8).flip(2))


def at_pixels(context, value, side=8, size=1):
    """The context with patches of pixels as features and one value as fill."""
    from dataclasses import replace

    from auditor.removal.fill import ReferenceFill

    place = torch.arange(side) // size
    features = element_map(place[:, None] * int(place[-1] + 1) + place)
    fill = ReferenceFill("given", torch.tensor(value), "")
    return replace(context, batch=replace(context.batch, features=features), fills={"given": fill}, primary="given", games={})


def test_windows_with_a_stride_reach_the_edge_and_are_averaged_where_they_overlap():
    # 5 × 5 patches, windows of 2 every 2: they start at 0, 2 and 3. Logit = sum of pixels times 1, 2, 3 … row by row.
    weight = torch.arange(1.0, 26.0).reshape(5, 5)
    model = two_classes(lambda x: (x[:, 0] * weight).sum((1, 2)))
    context = at_pixels(context_of(model, torch.ones(1, 1, 5, 5), ZERO), 0.0, side=5)
    found = Occlusion(window=2, stride=2).attribute(context).values.reshape(5, 5)
    for row in range(5):
        for column in range(5):
            sums = [
                weight[top : top + 2, left : left + 2].sum().item()
                for top in (0, 2, 3)
                for left in (0, 2, 3)
                if top <= row < top + 2 and left <= column < left + 2
            ]
            assert found[row, column].item() == pytest.approx(sum(sums) / len(sums))
    assert Occlusion(window=2, stride=2).cost(25) == (9, 0)


def test_a_window_larger_than_the_grid_removes_everything():
    context = at_pixels(context_of(image_network(), images(2)), 0.0, size=4)
    game = context.game()
    found = Occlusion(window=5).attribute(context).values
    assert torch.allclose(found, (game.full() - game.empty())[:, None].expand(2, 4))


def test_features_that_form_a_grid_are_recognised():
    place = torch.tensor([0, 0, 1, 2, 2])
    assert grid_shape(element_map(torch.tensor([[0, 0, 1], [0, 1, 1]]))) is None
    assert grid_shape(element_map(place[:, None] * 2 + torch.tensor([0, 1, 1]))) == (3, 2)
    assert grid_shape(element_map(torch.arange(6).reshape(2, 3).flip(1))) is None
    assert grid_shape(element_map(torch.arange(6))) is None
    assert grid_shape(element_map(torch.tensor([[0, 1], [2, -1]]))) is None
    plane = torch.arange(6).reshape(2, 3)
    assert grid_shape(element_map(plane.expand(4, 2, 3))) == (2, 3)
    assert grid_shape(element_map(torch.stack([plane, plane + 6]))) is None


# LIME


def test_coefficients_and_fidelity_are_those_of_a_weighted_ridge_regression():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 3)).eval()
    x, targets = torch.randn(2, 6), torch.tensor([2, 0])
    method = Lime(coalitions=64, width=0.4, ridge=0.5)
    found = method.attribute(context_of(model, x, targets))
    drawn = paired_draws(KEY, "lime coalitions", 0, 32, 6)
    for i in range(2):
        kept = torch.cat([torch.ones(1, 6), (drawn[i] < 0.5).float()])
        v = model(torch.where(kept > 0, x[i], torch.zeros(6)))[:, targets[i]].detach().double().numpy()
        cosine = kept.sum(1) / (kept.norm(dim=1) * math.sqrt(6)).clamp(min=1e-9)
        weight = torch.sqrt(torch.exp(-((1 - cosine) ** 2) / 0.4**2)).double().numpy()  # as the authors' package writes it
        expected = Ridge(alpha=0.5).fit(kept.numpy(), v, sample_weight=weight)
        assert found.values[i].tolist() == pytest.approx(expected.coef_.tolist(), abs=1e-5)
        r2 = expected.score(kept.numpy(), v, sample_weight=weight)
        assert found.facts["surrogate_r2"][i].item() == pytest.approx(r2, abs=1e-5)


def test_a_linear_model_is_its_own_surrogate():
    w = torch.tensor([2.0, -3.0, 0.5, 1.0])
    x = torch.tensor([[1.0, 2.0, -4.0, 0.3]])
    context = context_of(two_classes(lambda x: x @ w + 0.7), x, ZERO)
    found = Lime(ridge=1e-9).attribute(context)
    assert found.values[0].tolist() == pytest.approx((w * x[0]).tolist(), rel=1e-5)
    assert found.facts["surrogate_r2"].item() == pytest.approx(1)


def test_a_constant_model_has_zeros_and_no_fidelity():
    found = Lime().attribute(context_of(two_classes(lambda x: x.sum(1) * 0 + 4), torch.randn(2, 5), torch.zeros(2).long()))
    assert (found.values == 0).all() and found.facts["surrogate_r2"].isnan().all()


def test_fewer_draws_than_features_are_refused_in_words():
    with pytest.raises(AuditError, match="64 features need at least 64 coalitions"):
        attribute(image_network(), images(1), method=Lime(coalitions=40))


# RISE


def slow_mask(masks, case, i, height, width, cells):
    """Linear interpolation between the four nodes around each pixel of the shifted grid."""
    nodes, (down, right) = masks.nodes[case, i].float(), masks.shift[case, i].tolist()
    tall, wide = -(-height // cells), -(-width // cells)
    found = torch.zeros(height, width)
    for y in range(height):
        for x in range(width):
            (r, a), (c, b) = divmod(y + down, tall), divmod(x + right, wide)
            a, b = a / tall, b / wide
            upper = (1 - b) * nodes[r, c] + b * nodes[r, c + 1]
            lower = (1 - b) * nodes[r + 1, c] + b * nodes[r + 1, c + 1]
            found[y, x] = (1 - a) * upper + a * lower
    return found


@pytest.mark.parametrize("centred", [True, False])
def test_maps_are_the_papers_sum_over_smooth_masks(centred):
    model, x, targets = image_network(channels=2), images(2, channels=2), torch.tensor([1, 0])
    method = Rise(masks=140, p=0.4, cells=3, centred=centred)  # added up in three parts
    found = method.attribute(context_of(model, x, targets))
    masks = SmoothMasks.drawn(KEY, 0, 140, 0.4, (8, 8, 3))
    for case in range(2):
        shown = torch.stack([slow_mask(masks, case, i, 8, 8, 3) for i in range(140)])
        v = model(shown[:, None] * x[case])[:, targets[case]]
        v = v - v.mean() if centred else v
        expected = (v[:, None, None] * shown).sum(0) / (140 * 0.4)
        assert torch.allclose(found.display[case], expected.expand(2, 8, 8), atol=0.01)  # weights in steps of 1/256
        assert torch.equal(found.values[case], found.display[case].flatten())


def test_every_pixel_is_kept_with_the_same_expectation_and_pairs_are_complements():
    masks = SmoothMasks.drawn(sample_keys([str(i) for i in range(300)]), 0, 20, 0.5, (9, 13, 4))
    shown = masks.keep(slice(0, 6000)).reshape(300, 20, 9, 13)
    assert torch.equal(shown[:, 10:], 1 - shown[:, :10])
    biased = SmoothMasks.drawn(sample_keys([str(i) for i in range(300)]), 0, 20, 0.3, (9, 13, 4))
    mean = biased.keep(slice(0, 6000)).mean(0)
    assert (mean - 0.3).abs().max() < 0.03  # at the border as in the middle
    assert shown.min() >= 0 and shown.max() <= 1 and len(shown.unique()) > 10


def test_columns_are_kept_one_by_one_and_a_linear_model_gives_half_of_weight_times_difference():
    w = torch.tensor([2.0, -3.0, 0.5, 1.0])
    x = torch.tensor([[1.0, 2.0, -4.0, 0.3]])
    model = two_classes(lambda x: x @ w + 50)
    centred, plain = (attribute(model, x, ZERO, method=Rise(masks=20_000, p=0.5, centred=c))[0] for c in (True, False))
    assert torch.allclose(centred, w * x[0] / 2, atol=0.12)  # E[v | kept] − E[v] = (1 − p) w x
    assert torch.allclose(plain, 50 + (w * x[0]).sum() / 2 + w * x[0] / 2, atol=0.12)  # complements make the level exact
    kept = paired_draws(KEY[:1], "rise masks", 0, 8, 4)[0] < 0.3
    v = (kept * x[0]) @ w + 50
    slow = (v - v.mean()) @ kept.float() / (16 * 0.3)
    assert torch.allclose(attribute(model, x, ZERO, method=Rise(masks=16, p=0.3))[0], slow, atol=1e-4)


def test_patches_get_the_mean_of_their_pixels():
    context = at_pixels(context_of(image_network(), images(2)), 0.0, size=4)
    found = Rise(masks=32).attribute(context)
    assert found.display.shape == (2, 8, 8)
    expected = found.display.reshape(2, 2, 4, 2, 4).mean((2, 4)).flatten(1)
    assert torch.allclose(found.values, expected, atol=1e-6)


def test_what_is_no_feature_is_never_masked():
    seen = []
    model = two_classes(lambda x: seen.append(x) or x.sum((1, 2, 3)))
    features = torch.arange(64).reshape(1, 8, 8) - 8  # the first row is none
    attribute(model, torch.ones(1, 1, 8, 8), ZERO, method=Rise(masks=16), features=features.clamp(min=-1))
    masked = torch.cat(seen[-1:])
    assert (masked[:, :, 0] == 1).all() and (masked[:, :, 1:] < 1).any()
