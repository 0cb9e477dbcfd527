"""The noise fill: uniform noise of the reference rows' range, the same for every coalition of a case."""

import pytest
import torch

from auditor.errors import AuditError
from auditor.explain._context import cost_under
from auditor.explain.kernel_shap import KernelShap
from auditor.removal.material import Material, make_fill
from tests.removal.test_blur import batch_of

REFERENCE = torch.stack([torch.zeros(3, 8, 8), torch.ones(3, 8, 8)]) * torch.tensor([1.0, 10.0, 0.0])[:, None, None] - 2


def drawn(x, rows=REFERENCE, modality="image", draw=0, keep=None, index=None, **options):
    element = (
        torch.arange(x[0, 0].numel()).reshape(x.shape[2:])
        if modality == "image"
        else torch.arange(x[0].numel()).reshape(x.shape[1:])
    )
    batch = batch_of(x, element)
    index = torch.arange(len(x)) if index is None else index
    keep = torch.zeros(len(index), batch.features.spots, dtype=torch.bool) if keep is None else keep
    return make_fill("noise", Material(rows, **options), modality).apply(batch, index, keep, draw)["x"]


def test_each_channel_is_uniform_between_its_smallest_and_largest_reference_value():
    found = torch.stack([drawn(torch.zeros(40, 3, 8, 8), draw=draw) for draw in range(4)])
    for channel, (low, high) in enumerate([(-2, -1), (-2, 8), (-2, -2)]):
        values = found[:, :, channel].flatten()
        assert values.min() >= low and values.max() <= high
        assert values.mean().item() == pytest.approx((low + high) / 2, abs=0.02 * (high - low))
        assert values.var().item() == pytest.approx((high - low) ** 2 / 12, rel=0.05, abs=1e-12)
    shares = (found[:, :, 1] + 2) / 10
    assert torch.corrcoef(shares.flatten(2).reshape(160, 64)).fill_diagonal_(0).abs().max() < 0.6  # draws and cases differ


def test_every_coalition_of_a_case_meets_the_same_noise_whatever_its_neighbours():
    x = torch.full((3, 3, 8, 8), 99.0)
    keep = torch.rand(2, 64, generator=torch.Generator().manual_seed(0)) < 0.5
    some = drawn(x, keep=keep, index=torch.tensor([2, 2]))
    whole = drawn(x)[2]
    for job in range(2):
        kept = keep[job].reshape(8, 8).expand(3, -1, -1)
        assert torch.equal(some[job], torch.where(kept, x[2], whole))


def test_the_noise_belongs_to_the_sample_the_seed_and_the_draw():
    x = torch.zeros(2, 3, 8, 8)
    assert torch.equal(drawn(x)[0], drawn(x[:1])[0])
    assert (
        len(
            {
                drawn(x)[0].sum().item(),
                drawn(x)[1].sum().item(),
                drawn(x, draw=1)[0].sum().item(),
                drawn(x, seed=1)[0].sum().item(),
            }
        )
        == 4
    )


def test_a_table_has_a_range_per_column_and_a_series_per_channel():
    columns = torch.tensor([[0.0, 5.0], [1.0, 7.0]])
    found = drawn(torch.zeros(500, 2), columns, "tabular")
    assert found[:, 0].min() >= 0 and 0.95 < found[:, 0].max() <= 1 and found[:, 1].min() >= 5 and 6.95 < found[:, 1].max() <= 7
    series = torch.tensor([[[0.0, 1.0, 0.5], [5.0, 5.0, 7.0]]])
    found = drawn(torch.zeros(500, 2, 3), series, "series")
    assert (found[:, 0].amax(0) > 0.95).all() and (found[:, 1].amax(0) > 6.9).all() and (found[:, 1].amin(0) < 5.1).all()


def test_whole_numbers_are_drawn_as_often_as_each_other_ends_included():
    found = drawn(torch.zeros(4000, 1, dtype=torch.int64), torch.tensor([[1.0], [4.0]]), "tabular")
    assert found.dtype is torch.int64
    assert (torch.bincount(found[:, 0], minlength=5)[1:] - 1000).abs().max() < 5 * 1000**0.5 and found.max() == 4


def test_it_costs_its_draws_needs_reference_rows_and_says_what_it_is():
    assert cost_under(KernelShap(), 12, {"noise": 10}) == (10 * KernelShap().cost(12)[0], 0)
    with pytest.raises(AuditError, match="reference rows"):
        make_fill("noise", Material(None))
    fill = make_fill("noise", Material(REFERENCE, draws=6), "image")
    assert fill.draws == 6 and "each channel in 2 reference rows of the evaluation set, 6 draws per case" in fill.description


def test_its_digest_covers_ranges_draws_and_seed():
    rows = REFERENCE
    materials = (Material(rows), Material(rows, draws=5), Material(rows, seed=1), Material(rows + 1), Material(rows * 2))
    assert len({make_fill("noise", material, "image").sha256() for material in materials}) == 5
