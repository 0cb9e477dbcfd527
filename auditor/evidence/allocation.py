"""How many cases of each stratum are explained: shares fixed beforehand, and those a first look finds best."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

FIRST, PER_STRATUM, PER_CLASS = 100, 30, 50
"""Cases of a first look: in all, of each stratum, and of each predicted class, or all there are."""


def allocate(sizes: Sequence[int], total: int) -> list[int]:
    """Equal shares with a ceiling: no item gets more than its size, what it leaves goes to the others.

    Monotone in `total`, so a larger sample contains the smaller. Remainders go to the first items.
    """
    shares = [0] * len(sizes)
    left = min(total, sum(sizes))
    while left:
        hungry = [i for i, size in enumerate(sizes) if shares[i] < size]
        step = max(1, left // len(hungry))
        for i in hungry:
            given = min(step, sizes[i] - shares[i], left)
            shares[i] += given
            left -= given
    return shares


def first_look(sizes: Sequence[int], predicted: Sequence[int]) -> list[int]:
    """Cases of each stratum at the first look: 30 or all; 50 of each predicted class or all; 100 in all or all.

    Args:
        sizes: rows of each stratum.
        predicted: class of each stratum.
    """
    shares = [min(size, PER_STRATUM) for size in sizes]
    parts = [([i for i, own in enumerate(predicted) if own == c], PER_CLASS) for c in sorted(set(predicted))]
    for members, least in [*parts, (list(range(len(sizes))), FIRST)]:
        short = least - sum(shares[i] for i in members)
        for i, given in zip(members, allocate([sizes[i] - shares[i] for i in members], max(0, short)), strict=True):
            shares[i] += given
    return shares


def neyman(sizes: Sequence[int], begun: Sequence[int], spread: Sequence[float], total: int) -> list[int]:
    """Cases of each stratum that make the variance of a stratified mean smallest, from those begun with on.

    One case after the other goes to the stratum of the largest N_h s_h/√(n_h (n_h + 1)): a larger total contains the smaller.

    Args:
        sizes: N_h, rows of each stratum.
        begun: cases it has already; at least 1 of each stratum with rows.
        spread: s_h, standard deviation of the values in it; where no stratum has any, all count as equal.
        total: cases wanted in all.

    Source: Neyman, 1934, Journal of the Royal Statistical Society 97; in whole numbers Wright, 2012, American Statistician 66.
    """
    shares = list(begun)
    gain = [size * own for size, own in zip(sizes, spread if any(spread) else [1.0] * len(sizes), strict=True)]
    queue = [(-gain[i] / (n * (n + 1)) ** 0.5, i) for i, n in enumerate(shares) if n < sizes[i] and gain[i] > 0]
    heapq.heapify(queue)
    left = min(total, sum(sizes)) - sum(shares)
    while left > 0 and queue:
        _, i = heapq.heappop(queue)
        shares[i] += 1
        left -= 1
        if shares[i] < sizes[i]:
            heapq.heappush(queue, (-gain[i] / (shares[i] * (shares[i] + 1)) ** 0.5, i))
    rest = allocate([size - share for size, share in zip(sizes, shares, strict=True)], max(0, left))
    return [share + more for share, more in zip(shares, rest, strict=True)]
