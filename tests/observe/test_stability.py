"""Input noise of the size it says, padding left alone; methods that draw are known as such."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from auditor import explain
from auditor.explain.integrated_gradients import IntegratedGradients
from auditor.inputs.batch import Batch
from auditor.inputs.features import FeatureMap
from auditor.inputs.randomness import sample_keys
from auditor.observe.stability import DRAWING, Noisy, draws, noise_deviation

CASES = 4000


def batch(x, element):
    count = int(element.max()) + 1
    names = tuple(f"f{j}" for j in range(count))
    none = torch.zeros(len(x), dtype=torch.int64)
    ids = tuple(f"row-{i}" for i in range(len(x)))
    return Batch(
        ids=ids,
        key=sample_keys(ids),
        inputs={"x": x},
        primary="x",
        features=FeatureMap(element[None], torch.tensor([count]), (names,), count),
        targets=none,
        labels=none,
        clean=torch.zeros(len(x), 2),
    )


def test_the_deviation_is_one_percent_of_each_elements_over_the_reference_rows():
    reference = torch.randn(200, 2, 5, generator=torch.Generator().manual_seed(0)) * torch.arange(5.0)
    assert np.allclose(noise_deviation(reference), 0.01 * reference.double().numpy().std(axis=0), atol=1e-12)


def test_noise_has_its_deviation_at_each_element_and_spares_padding_and_elements_that_never_vary():
    deviation = torch.tensor([0.0, 0.5, 2.0, 1.0])
    x = torch.full((CASES, 4), 7.0)
    own = batch(x, torch.tensor([0, 1, 2, -1]))
    moved = Noisy(1, deviation.double()).moved(SimpleNamespace(batch=own, seed=0)) - x
    assert np.allclose(moved.std(dim=0), [0.0, 0.5, 2.0, 0.0], rtol=4 / np.sqrt(CASES))
    assert np.allclose(moved.mean(dim=0), 0, atol=4 * 2 / np.sqrt(CASES))
    again = Noisy(2, deviation.double()).moved(SimpleNamespace(batch=own, seed=0)) - x
    assert abs(np.corrcoef(moved[:, 1], again[:, 1])[0, 1]) < 4 / np.sqrt(CASES)


def test_noise_moves_all_channels_of_a_feature():
    x = torch.zeros(50, 3, 2, 2)
    own = batch(x, torch.tensor([[0, 1], [2, -1]]))
    moved = Noisy(1, torch.ones(3, 2, 2).double()).moved(SimpleNamespace(batch=own, seed=0))
    assert bool((moved[:, :, 0, 0] != 0).all()) and bool((moved[:, :, 1, 1] == 0).all())


def test_a_method_that_draws_is_known_as_one():
    marks = ("context.seed", "drawn_rows(", "noisy(")
    files = {path.stem: path.read_text() for path in Path(explain.__path__[0]).glob("[a-z]*.py")}
    drawing = {name for name, text in files.items() if any(mark in text for mark in marks)}
    assert drawing - {"random", "integrated_gradients"} == set(DRAWING)
    assert draws("integrated_gradients", IntegratedGradients(baselines=3))
    assert not draws("integrated_gradients", IntegratedGradients(baselines="zeros, mean"))
    assert not draws("integrated_gradients", IntegratedGradients())
