"""Random streams of the resampling: counter-based, keyed by seed and purpose, so that results repeat bit for bit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

ELEMENTS = 2_000_000


def stream(seed: int, purpose: str, index: int = 0) -> np.random.Generator:
    """A Philox generator; streams of different purpose or index are independent."""
    key = int.from_bytes(hashlib.sha256(f"{seed}:{purpose}".encode()).digest()[:8], "little")
    return np.random.Generator(np.random.Philox(key=np.array([key, index], dtype=np.uint64)))


def chunks(resamples: int, width: int) -> Iterator[tuple[int, int]]:
    """(index, resamples) of chunks that keep [resamples, width] arrays small.

    The cut depends on the width alone, so the first 2,000 of 10,000 resamples are the 2,000.
    """
    size = int(np.clip(ELEMENTS // max(width, 1), 8, 500))
    for index, first in enumerate(range(0, resamples, size)):
        yield index, min(size, resamples - first)


def counts_of_draws(generator: np.random.Generator, resamples: int, first: np.ndarray, size: np.ndarray) -> np.ndarray:
    """How often each row is drawn: with replacement, as many draws as rows, within consecutive blocks.

    Args:
        resamples: number of resamples.
        first, size: int [rows], the block each row lies in: its first row and its number of rows.

    Returns:
        float64 [resamples, rows].
    """
    rows = len(first)
    place = generator.random((resamples, rows))
    place *= size
    drawn = place.astype(np.int64)
    np.minimum(drawn, size - 1, out=drawn)
    drawn += first
    drawn += np.arange(resamples)[:, None] * rows
    return np.bincount(drawn.ravel(), minlength=resamples * rows).reshape(resamples, rows).astype(np.float64)
