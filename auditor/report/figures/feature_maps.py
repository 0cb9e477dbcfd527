"""A few channels of one layer on one case, side by side on one scale."""

from __future__ import annotations

import base64
import hashlib
import io

import numpy as np
from markupsafe import Markup, escape

from auditor.report.figures._style import Picture
from auditor.report.language.translate import say

SLOTS = 8
"""Channels side by side; fewer leave white."""
_TILE, _GAP = 96, 6
_NEGATIVE, _ZERO, _POSITIVE = [0, 90, 160], [250, 250, 250], [178, 60, 20]
"""The colours of the attribution maps: orange above zero, blue below, nearly white at zero, so that a tile keeps its edge."""


def draw(maps: np.ndarray, alt: str) -> Picture:
    """Draw a strip.

    Args:
        maps: float32 [channels, h, w], channels ≤ SLOTS; colour strength is the magnitude over the strip's largest.
        alt: the strip in words.
    """
    from PIL import Image

    values = np.nan_to_num(np.asarray(maps, dtype=np.float64))
    level = values / (float(np.abs(values).max()) or 1.0)
    stops = zip(_NEGATIVE, _ZERO, _POSITIVE, strict=True)
    colours = np.stack([np.interp(level, [-1, 0, 1], stop) for stop in stops], axis=-1).round().astype(np.uint8)
    factor = max(1, _TILE // max(values.shape[1:]))
    tiles = colours.repeat(factor, axis=1).repeat(factor, axis=2)
    height, width = tiles.shape[1:3]
    strip = np.full((height, SLOTS * width + (SLOTS - 1) * _GAP, 3), 255, np.uint8)
    for slot, tile in enumerate(tiles[:SLOTS]):
        strip[:, slot * (width + _GAP) : slot * (width + _GAP) + width] = tile
    sink = io.BytesIO()
    Image.fromarray(strip).save(sink, format="PNG")
    content, alt = sink.getvalue(), say(alt)
    data = base64.b64encode(content).decode()
    inline = Markup(f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}">')
    return Picture(f"channels-{hashlib.sha256(content).hexdigest()[:16]}.png", content, "image/png", inline, alt)
