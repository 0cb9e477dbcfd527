"""An additive game with a known answer: what the synthetic methods say of it, and its curves."""

from __future__ import annotations

import numpy as np


def attributed(generator: np.random.Generator, method: str, own: np.ndarray) -> np.ndarray:
    """[features]: what a method of this name says of the contributions `own`."""
    noise = generator.normal(0.0, own.std(), own.shape)
    if method == "random":
        return generator.uniform(-1, 1, own.shape).astype(np.float32)
    return (np.abs(own + 2 * noise) if method == "saliency" else own + 0.2 * noise).astype(np.float32)


def removed_counts(features: int, steps: int) -> np.ndarray:
    """The symmetric grid n_k of the design, int [K + 1]."""
    steps = min(steps, features)
    counts = [int(k * features / steps + 0.5) for k in range(steps + 1)]
    for k in range(steps + 1):
        if k > steps / 2:
            counts[k] = features - counts[steps - k]
    if steps % 2 == 0:
        counts[steps // 2] = features // 2
    return np.array(counts)


def score_curve(own: np.ndarray, order: np.ndarray, removed: np.ndarray) -> np.ndarray:
    """Probability after removing the first features of `order`, at each count of `removed`."""
    gone = np.concatenate([[0.0], np.cumsum(own[order])])[removed]
    return (1 / (1 + np.exp(-(own.sum() - 2.5 - gone)))).astype(np.float32)
