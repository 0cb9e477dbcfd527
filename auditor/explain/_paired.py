"""Paired coalitions for Kernel SHAP: sizes enumerated while the budget allows, the rest drawn in balanced windows.

The Shapley kernel gives all coalitions of size s together the weight q(s) ∝ 1 / (s (n − s)). Sizes s and n − s are one
stratum of pairs (S, complement of S). Outer strata have few coalitions and much weight: they are listed completely, as in
shap's KernelExplainer. In the others pairs are drawn: consecutive windows of a random order, so that the coalitions of one
order are disjoint and each feature is in as many of them as any other; each window by itself is uniform among its size.
Sources: Lundberg & Lee, 2017, theorem 2; Covert & Lee, 2021, section 3.2 (pairs).
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from auditor.inputs.randomness import permutations


class PairedDesign(NamedTuple):
    """Pairs of coalitions for n features, by one member of each pair.

    Attributes:
        listed: bool [E, n], the enumerated ones.
        order, start, size: int64 [R] each, the drawn ones: which random order, where its window starts, how long it is.
        weight: float64 [E + R], of the pair; adds up to 1.
    """

    listed: Tensor
    order: Tensor
    start: Tensor
    size: Tensor
    weight: Tensor

    def kept(self, key: Tensor, seed: int) -> Tensor:
        """bool [cases, E + R, n] for cases with these keys."""
        n = self.listed.shape[1]
        listed = self.listed.expand(len(key), -1, -1)
        if not len(self.order):
            return listed
        place = permutations(key, "kernel_shap coalitions", seed, int(self.order[-1]) + 1, n).cpu().int()[:, self.order]
        first = self.start[:, None]
        return torch.cat([listed, (place >= first) & (place < first + self.size[:, None])], dim=1)


def least_coalitions(features: int) -> int:
    """Coalitions a case needs: size 1 listed with as many more, or all there are."""
    return min(4 * features, (1 << features) - 2)


@lru_cache(maxsize=64)
def paired_design(n: int, coalitions: int) -> PairedDesign:
    """At most `coalitions` coalitions of n features, in pairs; `coalitions` is at least `least_coalitions(n)`."""
    left = min(coalitions, 2**n - 2) // 2
    middle = [1.0 if 2 * s == n else 2.0 for s in range(n // 2 + 1)]
    mass = [0.0, *(middle[s] / (s * (n - s)) for s in range(1, n // 2 + 1))]
    pairs = [math.comb(n, s) // (2 if 2 * s == n else 1) for s in range(n // 2 + 1)]
    listed: list[tuple[int, ...]] = []
    weight: list[float] = []
    first = 1
    while first <= n // 2 and (first == 1 or left * mass[first] >= (pairs[first] - 1e-9) * sum(mass[first:])):
        listed.extend(itertools.islice(itertools.combinations(range(n), first), pairs[first]))  # the middle: those with 0
        weight.extend([mass[first] / pairs[first]] * pairs[first])
        left -= pairs[first]
        first += 1
    order, start, size = [], [], []
    number = 0
    for s, draws, each in _strata(mass, first, left):
        fit = 1 if 2 * s == n else n // s  # two windows of half the features would be each other's complement
        for k in range(draws):
            order.append(number + k // fit)
            start.append(k % fit * s)
            size.append(s)
            weight.append(each)
        number += -(-draws // fit)
    member = torch.zeros(len(listed), n, dtype=torch.bool)
    for j, chosen in enumerate(listed):
        member[j, list(chosen)] = True
    total = torch.tensor(weight, dtype=torch.float64)
    orders, starts, sizes = (torch.tensor(column, dtype=torch.int64) for column in (order, start, size))
    return PairedDesign(member, orders, starts, sizes, total / total.sum() if len(total) else total)


def _strata(mass: list[float], first: int, draws: int) -> list[tuple[int, int, float]]:
    """(size, draws, weight of each) of the strata from size `first` on: one draw each, the rest by the kernel's weight.

    There are always as many draws as strata: n are left after size 1 of `least_coalitions`, and listing a stratum leaves more.
    """
    sizes = range(first, len(mass))
    total = sum(mass[first:])
    spare = draws - len(sizes)
    wanted = [spare * mass[s] / total for s in sizes]
    given = [1 + int(w) for w in wanted]
    rest = sorted(range(len(given)), key=lambda i: int(wanted[i]) - wanted[i])
    for i in rest[: draws - sum(given)]:
        given[i] += 1
    return [(s, g, mass[s] / g) for s, g in zip(sizes, given, strict=True)]
