"""The linear system of `imputation`, solved directly on a CPU by a sparse factorisation that all channels share."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu
from torch import Tensor

BESIDE, ACROSS = 1 / 6, 1 / 12
AROUND = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0)]
WEIGHTS = np.array([ACROSS if down and right else BESIDE for down, right in AROUND])[:, None]


def solve(x: Tensor, kept: Tensor) -> None:
    """Write the solution into the removed pixels of one image.

    Args:
        x: [channels, height, width], on the CPU.
        kept: bool [height, width], at least one.
    """
    width = kept.shape[1] + 2
    number = np.full((kept.shape[0] + 2, width), -2)  # -2: beyond the border, -1: kept, else which unknown
    number[1:-1, 1:-1] = -1
    place = np.flatnonzero(np.pad(~kept.numpy(), 1))
    if len(place) == 0:
        return
    number.flat[place] = np.arange(len(place))
    neighbour = place + np.array([down * width + right for down, right in AROUND])[:, None]  # [8, unknowns]
    found = number.ravel()[neighbour]
    weight = np.where(found > -2, WEIGHTS, 0)
    image = np.pad(x.double().numpy(), ((0, 0), (1, 1), (1, 1))).reshape(len(x), -1)
    right = (image[:, neighbour] * np.where(found == -1, WEIGHTS, 0)).sum(axis=1)  # [channels, unknowns]
    joined, unknown = found >= 0, np.arange(len(place))
    rows = np.concatenate([unknown, np.broadcast_to(unknown, found.shape)[joined]])
    columns = np.concatenate([unknown, found[joined]])
    entries = np.concatenate([weight.sum(axis=0), -weight[joined]])
    matrix = csc_array((entries, (rows, columns)), shape=(len(place), len(place)))
    factors = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    x[:, ~kept] = torch.from_numpy(factors.solve(np.ascontiguousarray(right.T)).T.copy()).to(x)
