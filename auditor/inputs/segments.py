"""Segments of an image as features: SLIC, on the values the model receives.

Source: Achanta et al., 2012, "SLIC superpixels compared to state-of-the-art superpixel methods", through scikit-image.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.inputs.items import OwnFeatures


def segments(x: Tensor, wanted: int) -> OwnFeatures:
    """Features of one image: at most 2 · wanted connected segments, numbered in reading order of their first pixel.

    Args:
        x: [channels, height, width] or [height, width].
        wanted: number of segments asked for; SLIC finds about as many.

    Raises:
        AuditError: scikit-image is missing.
    """
    if importlib.util.find_spec("skimage") is None:
        raise AuditError(
            "Features of kind `segments` need scikit-image.",
            found="it is not installed",
            fix="pip install 'auditor[segments]', or set data.features.kind: grid",
        )
    from skimage.segmentation import slic

    values = x.double().numpy().reshape(-1, *x.shape[-2:]).transpose(1, 2, 0)
    low, high = values.min(), values.max()
    scaled = (values - low) / ((high - low) or 1.0)
    found = slic(scaled, n_segments=wanted, compactness=10.0, channel_axis=-1, start_label=0, convert2lab=scaled.shape[2] == 3)
    _, first, inverse = np.unique(found, return_index=True, return_inverse=True)
    place = np.argsort(np.argsort(first))
    element = np.minimum(place[inverse].reshape(found.shape), 2 * wanted - 1)
    names = tuple(f"segment {i + 1}" for i in range(int(element.max()) + 1))
    return OwnFeatures(torch.from_numpy(np.ascontiguousarray(element)), names)
