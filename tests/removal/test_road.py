"""The fill ROAD against its definition, written out as a sparse system and solved by scipy."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse import lil_array
from scipy.sparse.linalg import spsolve
from torch import nn

from auditor.errors import AuditError
from auditor.evidence.store import Reader
from auditor.functional import attribute, faithfulness_curves
from auditor.methods import Occlusion
from auditor.removal import imputation
from auditor.removal.imputation import impute
from auditor.removal.material import Material, make_fill
from auditor.report.build import build_report
from auditor.run.audit import audit
from tests.plan.a_plan import GOOD, only
from tests.removal.test_blur import batch_of
from tests.run import small

WEIGHT = {(a, b): 1 / 12 if a and b else 1 / 6 for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)}


def defined(image, kept):
    """Σ w (x_neighbour − x) = 0 over the neighbours inside the image, for each removed pixel."""
    unknown = {place: i for i, place in enumerate(zip(*np.nonzero(~kept), strict=True))}
    matrix, right = lil_array((len(unknown), len(unknown))), np.zeros((len(unknown), len(image)))
    if not unknown:
        return image
    for (row, column), i in unknown.items():
        for (down, across), weight in WEIGHT.items():
            place = (row + down, column + across)
            if 0 <= place[0] < kept.shape[0] and 0 <= place[1] < kept.shape[1]:
                matrix[i, i] += weight
                if place in unknown:
                    matrix[i, unknown[place]] = -weight
                else:
                    right[i] += weight * image[:, place[0], place[1]]
    made = image.copy()
    made[:, ~kept] = spsolve(matrix.tocsc(), right).reshape(len(unknown), -1).T
    return made


def masks(height, width):
    draw = np.random.default_rng(5)
    rows, columns = np.mgrid[:height, :width]
    patches = np.kron(draw.random((-(-height // 8), -(-width // 8))) < 0.3, np.ones((8, 8), bool))[:height, :width]
    return {
        **{f"{share} random": draw.random((height, width)) >= share for share in (0.1, 0.5, 0.9, 0.97)},
        "patches": patches,
        "a blob": (rows - height / 2) ** 2 + (columns - width / 3) ** 2 > (min(height, width) / 3) ** 2,
        "a corner is left": (rows < 2) & (columns < 2),
        "two pixels are left": (rows * width + columns == 3) | (rows * width + columns == height * width - 5),
        "one pixel is left": (rows == 4) & (columns == 2),
        "a half": columns < width // 2,
        "stripes": rows % 5 == 0,
        "all but a line": ~((columns == 5) & (rows > 3)),
        "nothing is removed": rows >= 0,
    }


def image(height, width, channels=3):
    wave = np.sin(np.arange(height) / 5)[:, None] * np.cos(np.arange(width) / 7) * 40
    return 100 + wave + np.random.default_rng(1).standard_normal((channels, height, width)) * 5


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ([1, 1, 1, 1, 0, 1, 1, 1, 1], {4: 4.0}),
        ([0, 1, 1, 1, 1, 1, 1, 1, 1], {0: 2.4}),
        ([0, 0, 1, 1, 1, 1, 1, 1, 1], {0: 10 / 3, 1: 10 / 3}),
    ],
)
def test_the_values_of_the_papers_code_on_nine_pixels(kept, expected):
    found = impute(torch.arange(9.0).reshape(1, 1, 3, 3), torch.tensor(kept).bool().reshape(1, 3, 3)).flatten()
    assert all(found[place].item() == pytest.approx(value, abs=1e-4) for place, value in expected.items())


@pytest.mark.parametrize("size", [(45, 60), (31, 32), (4, 9)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_each_mask_gives_the_sparse_solution(size, dtype):
    x, known = image(*size), [kept for kept in masks(*size).values() if kept.any()]
    found = impute(torch.tensor(np.stack([x] * len(known)), dtype=dtype), torch.tensor(np.stack(known)))
    assert found.dtype is dtype
    for made, kept in zip(found.double().numpy(), known, strict=True):
        assert np.abs(made - defined(x, kept)).max() < 5e-5 * np.ptp(x)


def test_a_large_image_too_with_many_pixels_removed_and_with_few():
    x = image(120, 101)
    known = [
        kept for name, kept in masks(120, 101).items() if name in ("a corner is left", "0.1 random", "a blob", "all but a line")
    ]
    found = impute(torch.tensor(np.stack([x] * len(known))).float(), torch.tensor(np.stack(known)))
    for made, kept in zip(found.double().numpy(), known, strict=True):
        assert np.abs(made - defined(x, kept)).max() < 5e-5 * np.ptp(x)


def test_an_image_is_imputed_as_if_it_were_alone(monkeypatch):
    x, known = (
        torch.tensor(image(24, 20)).float(),
        torch.tensor(np.stack([kept for kept in masks(24, 20).values() if kept.any()])),
    )
    together = impute(x.expand(len(known), -1, -1, -1), known)
    monkeypatch.setattr(imputation, "AT_ONCE", 1)
    assert torch.allclose(together, impute(x.expand(len(known), -1, -1, -1), known), atol=1e-4)
    assert torch.equal(together[known[:, None].expand_as(together)], x.expand_as(together)[known[:, None].expand_as(together)])


def filled(x, keep, rows=None, material=None, element=None):
    batch = batch_of(x, torch.arange(x[0, 0].numel()).reshape(x.shape[2:]) if element is None else element)
    rows = torch.arange(len(x)) if rows is None else torch.tensor(rows)
    return make_fill("road", material or Material(None), "image").apply(batch, rows, keep, 0)["x"]


def test_noise_of_a_hundredth_comes_on_top_of_the_solution_and_not_on_kept_pixels():
    x = torch.tensor(image(30, 30)).float()[None]
    keep = torch.rand(1, 900, generator=torch.Generator().manual_seed(0)) < 0.4
    made, kept = filled(x, keep), keep.reshape(1, 1, 30, 30).expand_as(x)
    noise = (made - impute(x, kept[:, 0]))[~kept]
    assert torch.equal(made[kept], x[kept])
    assert noise.std().item() == pytest.approx(0.01, rel=0.1) and abs(noise.mean().item()) < 4 * 0.01 / math.sqrt(len(noise))


def test_the_noise_is_drawn_anew_for_each_coalition_case_and_seed_and_never_twice_differently():
    x = torch.ones(2, 3, 6, 6)
    some = torch.arange(36)[None] < 20
    other = some.clone()
    other[0, 0] = False
    last = filled(x[:1], some)[0, :, 5]
    assert not torch.equal(last, filled(x[:1], other)[0, :, 5])
    assert not torch.equal(last, filled(x, some.expand(2, -1))[1, :, 5])
    assert not torch.equal(last, filled(x[:1], some, material=Material(None, seed=1))[0, :, 5])
    again = filled(x, torch.cat([other, some, some]), rows=[1, 0, 0])
    assert torch.allclose(again[1, :, 5], last, atol=1e-6) and torch.equal(again[1], again[2])


def test_an_image_that_is_all_removed_becomes_the_mean_and_the_same_kind_of_noise():
    x = torch.tensor(image(30, 30)).float()[None]
    none = torch.zeros(1, 900, dtype=torch.bool)
    reference = torch.randn(5, 3, 30, 30, generator=torch.Generator().manual_seed(2))
    noise = filled(x, none, material=Material(reference)) - reference.mean(0)
    assert noise.std().item() == pytest.approx(0.01, rel=0.1)
    bare = filled(x, none) - x.mean((2, 3), keepdim=True)
    assert bare.std().item() == pytest.approx(0.01, rel=0.1)


def test_channels_that_are_features_of_their_own_are_imputed_one_by_one():
    x = torch.tensor(image(6, 7, 2)).float()[None]
    element = torch.arange(84).reshape(2, 6, 7)
    keep = torch.rand(1, 84, generator=torch.Generator().manual_seed(4)) < 0.5
    keep[0, 42:] = False  # nothing of the second channel is kept
    made = filled(x, keep, element=element)
    kept = keep.reshape(2, 6, 7).numpy()
    assert np.abs(made[0, :1].numpy() - defined(x[0, :1].double().numpy(), kept[0])).max() < 0.05
    assert (made[0, 1] - x[0, 1].mean()).abs().max() < 0.05


def test_it_serves_curves_and_is_refused_by_methods_and_by_inputs_without_pixels():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3)).eval()
    x = torch.randn(2, 1, 6, 6, generator=torch.Generator().manual_seed(2))
    found = faithfulness_curves(model, x, x[:, 0], fill="road", score="logit")
    grey = model(x.mean((2, 3), keepdim=True).expand_as(x)).gather(1, model(x).argmax(1)[:, None])[:, 0]
    assert torch.allclose(found.deletion[:, -1], grey, atol=0.05)
    for method, fill in ((Occlusion(), "road"), (Occlusion(fill="road"), "zeros")):
        with pytest.raises(AuditError, match="Occlusion cannot use this fill") as error:
            attribute(model, x, method=method, fill=fill)
        assert "curves only" in error.value.expected
    assert attribute(model, x, method="saliency", fill="road").shape == x.shape  # plays no removal game
    with pytest.raises(AuditError, match="imputes pixels"):
        faithfulness_curves(nn.Linear(4, 2), torch.randn(2, 4), torch.randn(2, 4), fill="road")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("occlusion: {size: 2}", "occlusion: {fill: road}", "line 13"),
        ("gates:", "primary: {fill: road}\ngates:", "line 15"),
    ],
)
def test_a_plan_that_would_let_methods_use_it_is_refused(tmp_path, old, new, line):
    mistake = only(tmp_path, GOOD.replace(old, new))
    assert f"{line}: The fill `road` serves curves only" in str(mistake) and "`fills: [road]`" in mistake.fix


@pytest.mark.parametrize("name", ["blur", "noise", "road"])
def test_a_plan_that_takes_it_for_a_baseline_is_refused(tmp_path, name):
    plan = GOOD.replace("- integrated_gradients", f"- integrated_gradients: {{baseline: {name}}}")
    assert f"The fill `{name}` cannot be a baseline" in str(only(tmp_path, plan))


def test_an_audit_has_curves_and_results_under_each_fill(tmp_path):
    plan = small.PLAN.replace("samples: 150", "samples: 60\nfills: [mean, blur, noise, road]\nreference: {draws: 2}")
    audit(
        small.write(tmp_path, plan.replace("integrated_gradients, ", "").replace("{steps", "{method: saliency, steps")),
        tmp_path / "run",
    )
    table = Reader(tmp_path / "run").table("curves")
    assert set(table.column("fill").to_pylist()) == {"mean", "blur", "noise", "road"}
    assert not any(table.column("error").to_pylist())
    ends = table.select(["fill", "order", "sample_id"]).to_pylist()
    last = {tuple(row.values()): scores[-1] for row, scores in zip(ends, table.column("score").to_pylist(), strict=True)}
    assert all(score == last[fill, "random:0", sample] for (fill, _, sample), score in last.items())
    report = build_report(tmp_path / "run")
    for fill in ("mean", "blur", "noise", "road"):
        results = [r for r in report.results if r.slice == {"method": "saliency", "fill": fill}]
        assert {"estimate"} == {r.kind for r in results if r.name in ("deletion_auc", "insertion_auc")}
    described = {fill.name: fill.description for fill in report.prepared.fills}
    assert "1/12 diagonal" in described["road"] and "cut to 11 by 11 pixels" in described["blur"]
