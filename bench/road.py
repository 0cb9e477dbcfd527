"""ROAD's imputation against scipy's sparse direct solver on the same system (224 × 224 pixels, 3 channels, 4 images).

Both build the system from the image and the mask and solve it for all channels at once; the noise is left out. On a GPU ours
is timed on the device by the clock, with scipy on one thread of the same machine.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from _ratio import ratio
from scipy.sparse import csc_array
from scipy.sparse.linalg import spsolve

from auditor.removal.imputation import impute

torch.set_num_threads(1)
EDGE, BATCH = 224, 4


def masks() -> dict[str, np.ndarray]:
    """Which pixels are kept, bool [224, 224], by name."""
    draw = np.random.default_rng(0)
    random = draw.permutation(EDGE * EDGE).reshape(EDGE, EDGE) / EDGE**2
    patch = np.kron(draw.permutation(196).reshape(14, 14) / 196, np.ones((16, 16)))
    row, column = np.mgrid[:EDGE, :EDGE]
    away = (row - 0.45 * EDGE) ** 2 + (column - 0.55 * EDGE) ** 2
    return {
        **{f"{share:.0%} of the pixels, at random": random >= share for share in (0.1, 0.5, 0.9)},
        **{f"{share:.0%} of 196 patches": patch >= share for share in (0.3, 0.7)},
        "a blob of 30 %": away >= np.quantile(away, 0.3),
    }


def direct(image: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The imputed image [channels, height, width], by scipy's spsolve."""
    number = np.full(kept.shape, -1)
    number[~kept] = np.arange((~kept).sum())
    row, column = np.nonzero(~kept)
    diagonal, right = np.zeros(len(row)), np.zeros((len(row), len(image)))
    entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for down, across in [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]:
        weight = 1 / 12 if down and across else 1 / 6
        y, x = row + down, column + across
        inside = np.nonzero((y >= 0) & (y < EDGE) & (x >= 0) & (x < EDGE))[0]
        diagonal[inside] += weight
        y, x = y[inside], x[inside]
        known = kept[y, x]
        right[inside[known]] += weight * image[:, y[known], x[known]].T
        entries.append((np.full((~known).sum(), -weight), inside[~known], number[y[~known], x[~known]]))
    entries.append((diagonal, np.arange(len(row)), np.arange(len(row))))
    value, i, j = (np.concatenate(part) for part in zip(*entries, strict=True))
    made = image.copy()
    made[:, ~kept] = spsolve(csc_array((value, (i, j)), shape=(len(row), len(row))), right).T
    return made


def clocked(bare: Callable[[], object], ours: Callable[[], object]) -> tuple[float, float, float]:
    """Like `ratio`, by the clock and with the GPU's queue emptied."""

    def seconds(work: Callable[[], object]) -> float:
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        return time.perf_counter() - start

    bare(), ours()
    found = [seconds(bare) / seconds(ours) for _ in range(7)]
    return statistics.median(found), min(found), max(found)


def main() -> None:
    """Print the ratio, and the largest difference as a fraction of the image's range, for each mask and for all of them."""
    draw = np.random.default_rng(1)
    coarse = torch.from_numpy(draw.standard_normal((3, 1, 15, 15)))
    smooth = torch.nn.functional.interpolate(coarse, (EDGE, EDGE), mode="bicubic")[:, 0].numpy()
    image = smooth + 0.3 * draw.standard_normal((3, EDGE, EDGE))
    place, timed = ("cuda", clocked) if torch.cuda.is_available() else ("cpu", ratio)
    batch = torch.from_numpy(image).float().expand(BATCH if place == "cpu" else 64, -1, -1, -1).to(place)
    copies = len(batch) / BATCH  # scipy solves BATCH images whatever the batch of ours
    works: list[tuple[str, Callable[[], object], Callable[[], object]]] = []
    for name, kept in masks().items():
        many = torch.from_numpy(kept).expand(len(batch), -1, -1).to(place)
        error = np.abs(impute(batch, many)[0].double().cpu().numpy() - direct(image, kept)).max() / np.ptp(image)

        def bare(kept: np.ndarray = kept) -> None:
            for _ in range(BATCH):
                direct(image, kept)

        def ours(many: torch.Tensor = many) -> None:
            impute(batch, many)

        found = [copies * value for value in timed(bare, ours)]
        print(f"{name}: {found[0]:.2f} times scipy's speed (median of 7, {found[1]:.2f} to {found[2]:.2f}); error {error:.0e}")
        works.append((name, bare, ours))
    whole = timed(lambda: [bare() for _, bare, _ in works], lambda: [ours() for _, _, ours in works])
    found = [copies * value for value in whole]
    print(
        f"all six together: {found[0]:.2f} ({found[1]:.2f} to {found[2]:.2f}); bound {20 if place == 'cuda' else 1}, on {place}"
    )


if __name__ == "__main__":
    main()
