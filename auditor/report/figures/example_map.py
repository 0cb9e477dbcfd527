"""One case as pictures: the input, and one method's attribution laid over it."""

from __future__ import annotations

import base64
import hashlib
import io

import numpy as np
from markupsafe import Markup, escape

from auditor.report.figures._style import Picture
from auditor.report.language.translate import say

_POSITIVE, _NEGATIVE = np.array([178, 60, 20]), np.array([0, 90, 160])
_SINGLE = np.array([55, 56, 128])
EDGE = 168
"""Pixels of the longer edge: small inputs are enlarged by whole numbers, so that their pixels stay squares."""


def input_picture(image: np.ndarray, alt: str) -> Picture:
    """The input as it is; uint8 [height, width] or [height, width, 3]."""
    return _raster(_enlarge(_colour(image)), "input", alt)


def map_picture(image: np.ndarray | None, values: np.ndarray, signed: bool, alt: str) -> Picture:
    """The attribution over a pale input.

    Args:
        image: uint8 [height, width] or [height, width, 3]; None: no backdrop.
        values: float32 [height, width]; colour strength is the magnitude over the case's largest, in a map larger than
            EDGE over its 99th percentile: a few pixels of a photograph would leave all others white.
        signed: two colours with white at zero (orange speaks for the class, blue against it); else a single one.
        alt: the map in words.
    """
    values = np.nan_to_num(np.asarray(values, dtype=np.float64))
    size = np.abs(values)
    full = 0.0 if max(values.shape) <= EDGE else float(np.quantile(size, 0.99))
    strength = np.minimum(size / (full or size.max() or 1.0), 1.0)
    backdrop = np.full((*values.shape, 3), 255.0)
    if image is not None and image.shape[:2] == values.shape:
        grey = _colour(image).astype(np.float64).mean(axis=2)
        grey = 255 - grey if np.median(grey) < 128 else grey  # dark backgrounds become white paper
        backdrop = np.repeat((255 - 0.32 * (255 - grey))[:, :, None], 3, axis=2)
    colour = np.where(values[:, :, None] >= 0, _POSITIVE, _NEGATIVE) if signed else np.broadcast_to(_SINGLE, backdrop.shape)
    alpha = strength[:, :, None] ** 0.8
    mixed = backdrop * (1 - alpha) + colour * alpha
    return _raster(_enlarge(mixed.round().astype(np.uint8)), "map", alt)


def _colour(image: np.ndarray) -> np.ndarray:
    """uint8 [height, width, 3]."""
    image = np.asarray(image, dtype=np.uint8)
    return np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image[:, :, :3]


def _enlarge(pixels: np.ndarray) -> np.ndarray:
    factor = max(1, EDGE // max(pixels.shape[:2]))
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _raster(pixels: np.ndarray, stem: str, alt: str) -> Picture:
    """PNG for enlarged small inputs, JPEG for photographs, which a PDF keeps byte for byte."""
    from PIL import Image

    picture, alt = Image.fromarray(pixels), say(alt)
    picture.thumbnail((2 * EDGE, 2 * EDGE))
    sink = io.BytesIO()
    small = max(pixels.shape[:2]) <= EDGE
    if small:
        picture.save(sink, format="PNG", optimize=False)
    else:
        picture.save(sink, format="JPEG", quality=82)
    content, media = sink.getvalue(), "image/png" if small else "image/jpeg"
    name = f"{stem}-{hashlib.sha256(content).hexdigest()[:16]}.{'png' if small else 'jpg'}"
    data = base64.b64encode(content).decode()
    return Picture(name, content, media, Markup(f'<img src="data:{media};base64,{data}" alt="{escape(alt)}">'), alt)
