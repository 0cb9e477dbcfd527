"""Ratios of process CPU time: two pieces of work in turn, one thread, so that drift of the machine hits both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def cpu(work: Callable[[], object]) -> float:
    """Process CPU seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ratio(bare: Callable[[], object], ours: Callable[[], object], repeats: int = 7) -> tuple[float, float, float]:
    """Median, smallest and largest of bare / ours over alternating repeats, after one warm-up of each.

    1.0 means ours costs what the bare work costs; above, less.
    """
    bare(), ours()
    found = [cpu(bare) / cpu(ours) for _ in range(repeats)]
    return statistics.median(found), min(found), max(found)


def report(name: str, found: tuple[float, float, float], bound: float) -> None:
    """One line, with the bound it is held to."""
    print(f"{name}: {found[0]:.3f} of bare speed (median of 7, {found[1]:.3f} to {found[2]:.3f}); bound {bound}")
