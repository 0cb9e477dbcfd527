"""The blur fill: removed elements take their value in a Gaussian blur of the input itself."""

import gc
import math

import pytest
import torch
from torch import nn

from auditor.errors import AuditError
from auditor.explain._context import Context
from auditor.functional import attribute, faithfulness_curves
from auditor.inputs.batch import Batch
from auditor.inputs.features import element_map
from auditor.inputs.model import TorchModel
from auditor.inputs.randomness import sample_keys
from auditor.methods import Occlusion
from auditor.removal.calls import Calls
from auditor.removal.fills import blur
from auditor.removal.material import Material, make_fill


def batch_of(x, element):
    ids = tuple(str(i) for i in range(len(x)))
    known = torch.zeros(len(x), dtype=torch.int64)
    return Batch(ids, sample_keys(ids), {"x": x}, "x", element_map(element), known, known, known[:, None].float())


def filled(x, modality="image", element=None, keep=None):
    """Everything removed, unless `keep` [jobs, F] says otherwise."""
    batch = batch_of(x, torch.zeros(x.shape[2:], dtype=torch.int64) if element is None else element)
    keep = torch.zeros(len(x), batch.features.spots, dtype=torch.bool) if keep is None else keep
    return make_fill("blur", Material(None), modality).apply(batch, torch.arange(len(x)), keep, 0)["x"]


def test_an_impulse_becomes_the_gaussian_of_the_paper():
    x = torch.zeros(1, 2, 21, 25, dtype=torch.float64)
    x[0, 1, 10, 12] = 1
    found = filled(x)
    total = sum(math.exp(-(i**2) / 50) for i in range(-5, 6))
    for row in range(21):
        for column in range(25):
            down, right = row - 10, column - 12
            inside = abs(down) <= 5 and abs(right) <= 5
            expected = math.exp(-(down**2 + right**2) / 50) / total**2 if inside else 0.0
            assert found[0, 1, row, column].item() == pytest.approx(expected, abs=1e-15)
    assert (found[0, 0] == 0).all()  # channels do not mix


def test_a_constant_image_stays_itself_but_at_the_border_where_zeros_come_in():
    found = filled(torch.full((1, 1, 20, 20), 3.0))
    assert torch.allclose(found[..., 5:15, 5:15], torch.tensor(3.0))
    weight = [math.exp(-(i**2) / 50) for i in range(-5, 6)]
    share = sum(weight[5:]) / sum(weight)  # at the very border the half beyond it counts as 0
    assert found[0, 0, 0, 10].item() == pytest.approx(3 * share, rel=1e-6)
    assert found[0, 0, 0, 0].item() == pytest.approx(3 * share**2, rel=1e-6)


def test_a_series_is_blurred_along_time_only():
    x = torch.zeros(1, 3, 30)
    x[0, 1, 15] = 1
    found = filled(x, "series", torch.zeros(3, 30, dtype=torch.int64))
    total = sum(math.exp(-(i**2) / 50) for i in range(-5, 6))
    assert found[0, 1, 13].item() == pytest.approx(math.exp(-4 / 50) / total)
    assert (found[0, 0] == 0).all() and (found[0, 2] == 0).all() and found[0, 1, 9] == 0
    assert torch.equal(found, filled(x, None, torch.zeros(3, 30, dtype=torch.int64)))  # bare: no two sides, so a series


def test_kept_elements_are_the_inputs_and_a_share_lies_between():
    x = torch.randn(2, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    halves = (torch.arange(36).reshape(6, 6) >= 18).long()
    smooth = filled(x)
    assert torch.equal(smooth[1:], filled(x[1:]))
    found = filled(x, element=halves, keep=torch.tensor([[True, False], [False, True]]))
    assert torch.equal(found[0, :, :3], x[0, :, :3]) and torch.equal(found[0, :, 3:], smooth[0, :, 3:])
    assert torch.equal(found[1, :, :3], smooth[1, :, :3]) and torch.equal(found[1, :, 3:], x[1, :, 3:])
    part = filled(x, element=halves, keep=torch.tensor([[0.25, 1.0], [0.0, 0.5]]))
    assert torch.allclose(part[0, :, :3], 0.25 * x[0, :, :3] + 0.75 * smooth[0, :, :3], atol=1e-6)


def test_whole_numbers_are_rounded():
    x = torch.randint(0, 255, (1, 1, 12, 12), generator=torch.Generator().manual_seed(1))
    assert torch.equal(filled(x), filled(x.double()).round().long())


def test_the_blur_is_computed_once_per_batch_and_goes_with_it(monkeypatch):
    made = []
    monkeypatch.setattr(blur.BlurFill, "blurred", lambda self, x: made.append(1) or torch.zeros_like(x))
    fill, rows = make_fill("blur", Material(None), "image"), torch.tensor([1, 0, 1])
    before = len(blur._BLURRED._made)
    for number in range(2):
        batch = batch_of(torch.randn(2, 1, 4, 4), torch.zeros(4, 4, dtype=torch.int64))
        for _ in range(3):
            fill.apply(batch, rows, torch.zeros(3, 1, dtype=torch.bool), 0)
        assert len(made) == number + 1
        del batch
        gc.collect()
        assert len(blur._BLURRED._made) == before


def test_it_is_no_baseline_and_no_fill_of_a_table():
    x = torch.zeros(1, 1, 4, 4)
    model = TorchModel(nn.Flatten(), ("a", "b"))
    context = Context(model, Calls(model, 1), batch_of(x, torch.zeros(4, 4, dtype=torch.int64)), {}, "blur", 0)
    with pytest.raises(AuditError, match="cannot be a baseline"):
        context.baseline("blur", like=x)
    with pytest.raises(AuditError, match="makes no sense for tabular data"):
        make_fill("blur", Material(None), "tabular")


def test_bare_calls_take_it_for_curves_and_for_methods():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(2 * 6 * 6, 3)).eval()
    x = torch.randn(2, 2, 6, 6, generator=torch.Generator().manual_seed(2))
    smooth = filled(x)
    quarters = (torch.arange(6) // 3)[:, None] * 2 + (torch.arange(6) // 3)
    found = faithfulness_curves(model, x, quarters.expand(2, -1, -1).double(), features=quarters, fill="blur", score="logit")
    target = model(x).argmax(1)
    assert torch.allclose(found.deletion[:, -1], model(smooth).gather(1, target[:, None])[:, 0], atol=1e-5)
    values = attribute(model, x, method=Occlusion(fill="blur"), features=quarters.expand(2, -1, -1))
    change = ((x - smooth)[:, :, :3, :3] * model[1].weight[target].reshape(2, 2, 6, 6)[:, :, :3, :3]).sum((1, 2, 3))
    assert torch.allclose(values[:, :, :3, :3].sum((1, 2, 3)), change, atol=1e-5)
