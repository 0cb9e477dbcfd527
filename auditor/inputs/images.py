"""Image files as evaluation sets: resized, cropped, scaled and normalised as the plan states, and in no other way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from auditor.errors import AuditError
from auditor.inputs.class_names import Labels
from auditor.inputs.encoding import Encoding
from auditor.inputs.image_files import Array, NotReadable, read_image
from auditor.inputs.items import Item, decode
from auditor.plan.data_fields import ImagePlan

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}


class ImageRows:
    """Image files as a map-style dataset. `raw(i)` is the file's picture; `encode` makes the inputs; `show` what was cropped.

    Args:
        paths, labels: of each file, and the index of its class (-1 unknown), or indices of several.
        columns: more about each row: "id", and groups by name.
        plan: the preprocessing.
        classes: `model.classes`.
        encoding: facts for the report; its text and scales are filled in here.

    Raises:
        AuditError: no file can be read, or an image smaller than the crop.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        labels: Labels,
        columns: Mapping[str, Sequence[str | None]],
        plan: ImagePlan,
        classes: Sequence[str],
        encoding: Encoding,
    ) -> None:
        self._paths, self._labels, self._columns = paths, labels, columns
        self._plan, self._classes = plan, tuple(classes)
        self._names = [str(name) for name in columns["id"]]
        channels = 1 if plan.channels == "grey" else 3
        mean, std = (
            np.broadcast_to(np.array(given or (one,), np.float64), channels)
            for given, one in ((plan.mean, 0.0), (plan.std, 1.0))
        )
        self._mean, self._std = mean, std
        self.encoding = Encoding(
            text=_words(plan),
            scale=tuple(float(value) * plan.divide_by for value in std),
            offset=tuple(float(value) * plan.divide_by for value in mean),
            notes=encoding.notes,
            listing=encoding.listing,
        )
        self._shape = self._first_shape()

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, row: int) -> Item:
        problem = ""
        try:
            values = self.encode([self.raw(row)])[0]
        except NotReadable as found:
            values, problem = torch.full(self._shape, torch.nan), str(found)
        groups = {name: column[row] for name, column in self._columns.items() if name != "id"}
        item = {"input": values, "label": self._labels[row], "id": self._columns["id"][row], "groups": groups}
        return decode(item, row, self._classes)._replace(problem=problem)

    def raw(self, i: int) -> Array:
        """The picture of file i, uint8 [height, width, 3], upright and on white, before resizing."""
        return read_image(self._paths[i], self._names[i])

    def encode(self, raws: Sequence[Array]) -> Tensor:
        """Inputs [n, channels, height, width], float32."""
        return torch.stack([self._normalised(self._cut(raw)) for raw in raws])

    def show(self, i: int) -> Array | None:
        """What the model sees of file i: uint8 [height, width] or [height, width, 3] in RGB; None where it cannot be read."""
        try:
            return self._cut(self.raw(i))
        except NotReadable:
            return None

    def _first_shape(self) -> tuple[int, ...]:
        """Shape of the inputs, from the first file that can be read."""
        reason = ""
        for i in range(len(self._paths)):
            try:
                return tuple(self.encode([self.raw(i)]).shape[1:])
            except NotReadable as found:
                reason = str(found)
        raise AuditError(
            "None of the image files can be read.",
            found=f"{len(self._paths):,} files; the last one: {reason}",
            expected="PNG, JPEG, BMP, GIF, TIFF, WebP or PPM images",
            fix="check the files; other formats go through a Dataset of your own under `data.factory`",
        )

    def _cut(self, raw: Array) -> Array:
        """Resized and cropped: uint8 [height, width, 3], or [height, width] where the model receives grey."""
        image = Image.fromarray(np.ascontiguousarray(raw, dtype=np.uint8))
        plan = self._plan
        if plan.resize is not None:
            height, width = _resized(plan.resize, image.height, image.width)
            image = image.resize((width, height), _FILTERS[plan.interpolation])
        if plan.crop is not None:
            image = _cropped(image, plan.crop)
        return np.array(image.convert("L") if plan.channels == "grey" else image)

    def _normalised(self, pixels: Array) -> Tensor:
        values = pixels[..., None] if pixels.ndim == 2 else pixels
        values = values[..., ::-1] if self._plan.channels == "bgr" else values
        made = (values.astype(np.float64) / self._plan.divide_by - self._mean) / self._std
        return torch.from_numpy(np.ascontiguousarray(made.transpose(2, 0, 1), dtype=np.float32))


def _resized(size: int | tuple[int, int], height: int, width: int) -> tuple[int, int]:
    """(height, width) after resizing; one number is the shorter edge, the longer one follows, rounded down."""
    if not isinstance(size, int):
        return size
    short, long = min(height, width), max(height, width)
    other = max(1, size * long // short)
    return (size, other) if height <= width else (other, size)


def _cropped(image: Image.Image, crop: int | tuple[int, int]) -> Image.Image:
    height, width = (crop, crop) if isinstance(crop, int) else crop
    if height > image.height or width > image.width:
        raise AuditError(
            "An image is smaller than the crop.",
            found=f"{image.height} × {image.width} pixels before the crop",
            expected=f"at least {height} × {width}, from `data.image.crop`",
            fix="set `resize:` under `data.image:`, or a smaller `crop:`",
        )
    top, left = round((image.height - height) / 2), round((image.width - width) / 2)
    return image.crop((left, top, left + width, top + height))


def _words(plan: ImagePlan) -> str:
    """The preprocessing for the reader."""
    parts = ["images turned upright by their EXIF, transparent parts on white, of 16-bit values the high byte"]
    if plan.resize is not None:
        edge = "the shorter edge" if isinstance(plan.resize, int) else "height × width"
        parts.append(f"{edge} resized to {_pixels(plan.resize)} ({plan.interpolation})")
    parts += [f"centre cropped to {_pixels(plan.crop)}"] if plan.crop is not None else []
    order = {"rgb": "channels red, green, blue", "bgr": "channels blue, green, red", "grey": "one grey channel"}
    parts += [order[plan.channels]]
    parts += [f"values divided by {plan.divide_by:g}"] if plan.divide_by != 1 else []
    parts += [f"{_numbers(plan.mean)} subtracted"] if plan.mean else []
    parts += [f"then divided by {_numbers(plan.std)}"] if plan.std else []
    return "; ".join(parts)


def _pixels(size: int | tuple[int, int]) -> str:
    return f"{size} pixels" if isinstance(size, int) else f"{size[0]} × {size[1]} pixels"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
