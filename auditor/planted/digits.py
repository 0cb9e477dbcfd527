"""Real digits (of scikit-learn, 8 × 8 pixels) with a bright mark in a corner of some pictures of one class."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from auditor.planted.audited import Planted, found_first, rankings_of
from auditor.planted.training import drawn, initialised, trained

METHODS = ("integrated_gradients", "input_x_gradient", "occlusion", "kernel_shap", "saliency")
CLASSES = tuple(str(digit) for digit in range(10))
TRAINED = 900
OTHERS = 60  # pictures of other digits that are audited too
CORNERS = {"patch 1,1": (0, 0), "patch 1,4": (0, 6), "patch 4,1": (6, 0), "patch 4,4": (6, 6)}


def digits() -> tuple[Tensor, Tensor]:
    """Pictures [1797, 1, 8, 8] in [0, 1] and labels."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return torch.from_numpy(found.images).float()[:, None] / 16, torch.from_numpy(found.target).long()


def network(generator: torch.Generator) -> nn.Module:
    """64 pixels, one hidden layer, ten digits."""
    return initialised(nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)), generator)


def watermark(seed: int, prevalence: float) -> list[bool]:
    """[methods]: is the marked patch ranked first for the class whose pictures carry it, in training and evaluation alike?"""
    generator = drawn(seed)
    x, y = digits()
    order = torch.randperm(len(x), generator=generator)
    x, y = x[order].clone(), y[order]
    label = int(torch.randint(10, (1,), generator=generator))
    patch = list(CORNERS)[int(torch.randint(len(CORNERS), (1,), generator=generator))]
    row, column = CORNERS[patch]
    marked = (y == label) & (torch.rand(len(y), generator=generator) < prevalence)
    corner = x[:, :, row : row + 2, column : column + 2]
    corner[marked] = 1.0
    model = trained(network(generator), x[:TRAINED], y[:TRAINED], 120)
    x, y = x[TRAINED:], y[TRAINED:]
    shown = torch.cat([torch.nonzero(y == label)[:, 0], torch.nonzero(y != label)[:OTHERS, 0]])
    about = {"features": {"kind": "grid", "size": 2}}
    own = rankings_of(Planted(model, CLASSES, (x[shown], y[shown]), "image", about), METHODS, seed)
    return [found_first(own.get((method, CLASSES[label]), ()), patch) for method in METHODS]
