"""Pictures of inputs, for the examples of a report."""

from __future__ import annotations

import numpy as np

from auditor.errors import AuditError


def channels_last(image: np.ndarray) -> np.ndarray | None:
    """[h, w], [c, h, w] or [h, w, c] with 1, 3 or 4 channels as [h, w] or [h, w, 3]; an alpha channel is dropped."""
    if image.ndim == 3 and image.shape[0] in (1, 3, 4):
        image = image.transpose(1, 2, 0)
    if image.ndim == 3 and image.shape[-1] in (1, 3, 4):
        image = image[..., 0] if image.shape[-1] == 1 else image[..., :3]
    return np.ascontiguousarray(image) if image.ndim == 2 or (image.ndim == 3 and image.shape[-1] == 3) else None


def checked_picture(made: np.ndarray, i: int) -> np.ndarray:
    """What the data set's own `show(i)` gave, if it is a picture."""
    if made.dtype == np.uint8 and (made.ndim == 2 or (made.ndim == 3 and made.shape[-1] == 3)):
        return made
    raise AuditError(
        f"The data set's show({i}) did not give a picture.",
        found=f"{made.dtype}, shape {list(made.shape)}",
        expected="uint8 [height, width] or [height, width, 3], or None",
        fix="convert the picture: (255 * image).round().astype('uint8'), channels last",
    )
