"""Randomness as a function: splitmix64 of (sample key, purpose, seed, index).

The same on every device, whatever the batch, shard, order or worker; no generator and no global seed is touched.
Source: Steele, Lea & Flood, 2014, "Fast splittable pseudorandom number generators" (OOPSLA), the mix13 finaliser.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import torch
from torch import Tensor


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


_GOLDEN = _signed(0x9E3779B97F4A7C15)
_FIRST = _signed(0xBF58476D1CE4E5B9)
_SECOND = _signed(0x94D049BB133111EB)


def _logical_shift(x: Tensor, bits: int) -> Tensor:
    return (x >> bits) & ((1 << (64 - bits)) - 1)  # int64 shifts are arithmetic; the mask clears the copies of the sign


def _mix(x: Tensor) -> Tensor:
    x = (x ^ _logical_shift(x, 30)) * _FIRST
    x = (x ^ _logical_shift(x, 27)) * _SECOND
    return x ^ _logical_shift(x, 31)


def _word(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def sample_keys(ids: Sequence[str]) -> Tensor:
    """int64 [samples]: the first 8 bytes of SHA-256(id), what a sample's randomness is drawn from."""
    return torch.tensor([_word(name) for name in ids], dtype=torch.int64)


def uniform(key: Tensor, purpose: str, seed: int, shape: Sequence[int]) -> Tensor:
    """Uniform numbers in [0, 1), float64 [batch, *shape], one stream per (key, purpose, seed).

    Args:
        key: int64 [batch], from `sample_keys`.
        purpose: what the numbers are for; different purposes are independent.
        seed: the plan's seed.
        shape: shape of the numbers of one sample; number i is always the same whatever comes after it.
    """
    start = _mix(_mix(key ^ _word(purpose)) + _signed(_word(f"seed {seed}")))
    index = torch.arange(1, math.prod(shape) + 1, dtype=torch.int64, device=key.device)
    bits = _mix(start[:, None] + index * _GOLDEN)
    return (_logical_shift(bits, 11).double() * 2.0**-53).reshape(len(key), *shape)


def normal(key: Tensor, purpose: str, seed: int, shape: Sequence[int]) -> Tensor:
    """Standard normal numbers, float64 [batch, *shape]: √2 · erf⁻¹ of uniform numbers moved to the middle of their steps."""
    centred = (2 * uniform(key, purpose, seed, shape) - 1) + 2.0**-53  # never -1 or 1, whose inverse is infinite
    return math.sqrt(2) * torch.erfinv(centred)


def permutations(key: Tensor, purpose: str, seed: int, count: int, length: int) -> Tensor:
    """int64 [batch, count, length]: for each sample `count` random orders of `length` things (stable argsort of uniforms)."""
    return uniform(key, purpose, seed, (count, length)).argsort(dim=-1, stable=True)
