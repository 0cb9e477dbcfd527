"""Corruptions of images, on float64 values in [0, 1], [height, width, channels].

After Hendrycks & Dietterich, 2019, "Benchmarking neural network robustness to common corruptions and perturbations"
(https://arxiv.org/abs/1903.12261), whose amounts these are but for the blur, which follows the shorter edge. They
act on pictures as the files have them: a model that shrinks its pictures averages part of the noise away.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from auditor.inputs.corruptions.draw import Array, Draw


def noise(x: Array, amount: float, draw: Draw) -> Array:
    """x + N(0, amount²) in every value, cut to [0, 1]."""
    return np.clip(x + amount * draw.normal(*x.shape), 0.0, 1.0)


def blur(x: Array, amount: float, draw: Draw) -> Array:
    """Each channel convolved with a Gaussian of standard deviation amount · shorter edge; edges repeat.

    At 224 × 224 these are the paper's 1, 2, 3, 4 and 6 pixels.
    """
    sigma = amount * min(x.shape[:2])
    return np.asarray(gaussian_filter(x, (sigma, sigma, 0.0), mode="nearest"))


def brightness(x: Array, amount: float, draw: Draw) -> Array:
    """V + amount in the hue-saturation-value space, V cut to 1: x · V′/V, and grey V′ where x is black."""
    value = x.max(axis=2, keepdims=True)
    raised = np.minimum(value + amount, 1.0)
    return np.asarray(np.where(value > 0, x * raised / np.where(value > 0, value, 1.0), raised))


def contrast(x: Array, amount: float, draw: Draw) -> Array:
    """mean + amount · (x − mean), the mean over each channel's pixels."""
    mean = x.mean(axis=(0, 1))
    return np.asarray(np.clip(mean + amount * (x - mean), 0.0, 1.0))


def jpeg(x: Array, amount: float, draw: Draw) -> Array:
    """Written as JPEG of quality `amount` with 8 bits and read again; one channel as grey, three as red, green, blue."""
    pixels = np.round(x * 255).astype(np.uint8)
    sink = io.BytesIO()
    Image.fromarray(pixels[..., 0] if x.shape[2] == 1 else pixels).save(sink, "JPEG", quality=int(amount))
    with Image.open(sink) as image:
        return np.asarray(image, dtype=np.float64).reshape(x.shape) / 255


CORRUPTIONS = {"noise": noise, "blur": blur, "brightness": brightness, "contrast": contrast, "jpeg": jpeg}
