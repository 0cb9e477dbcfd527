"""How a model's own configuration says images become its inputs: preprocessor_config.json, or `pretrained_cfg` of timm."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditor.errors import AuditError
from auditor.plan.data_fields import ImagePlan

_PILLOW = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")  # in the order of Pillow's numbers
_SQUARE = frozenset({"vit", "deit", "beit"})  # processors that take a single number for both edges,
_SHORTEST = frozenset({"clip", "convnext", "mobilenetv1", "mobilenetv2"})  # and those that take it for the shorter one
_CHANGES = (
    *("do_pad", "do_thumbnail", "do_pan_and_scan", "do_split_image", "do_align_long_axis"),
    *("rescale_offset", "include_top", "crop_pct"),
)
"""Steps that a plan cannot say, so that a configuration which takes one of them is not followed."""


@dataclass(frozen=True)
class Preprocessing:
    """A configuration and what it says, as a plan would.

    Attributes:
        path: the file.
        image: the same steps as `data.image`; None where a plan cannot say them.
        notes: why not, one sentence.
    """

    path: Path
    image: ImagePlan | None
    notes: tuple[str, ...] = ()


class _Unsaid(Exception):
    """A step a plan cannot say; the message names it."""


def read_preprocessing(folder: Path) -> Preprocessing | None:
    """The configuration of image preprocessing in a folder; None where there is none."""
    for name, keys, read in (
        ("preprocessor_config.json", {"size", "do_normalize", "image_mean"}, _transformers),
        ("config.json", {"pretrained_cfg"}, _timm),
    ):
        path = folder / name
        values = read_json(path) if path.is_file() else {}
        if not keys & set(values):
            continue
        try:
            return Preprocessing(path, ImagePlan.model_validate(read(values)))
        except _Unsaid as unsaid:
            reason = str(unsaid)
        except (ValidationError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as problem:
            reason = f"values of unusual form ({str(problem).splitlines()[0][:100]})"
        return Preprocessing(path, None, (f"{name} has {reason}, which a plan cannot say; it was not followed.",))
    return None


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        AuditError: it is none.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        values = problem
    if isinstance(values, dict):
        return values
    found = f"{type(values).__name__}: {values}" if isinstance(values, Exception) else f"a {type(values).__name__}"
    raise AuditError(
        f"`{path.name}` cannot be read.", found=found[:200], expected="a JSON object", fix="restore the file from its source"
    )


def _transformers(values: Mapping[str, Any]) -> dict[str, Any]:
    named = str(values.get("image_processor_type") or values.get("feature_extractor_type") or "")
    kind = re.sub(r"(FeatureExtractor|ImageProcessor)(Fast|Pil)?$", "", named).lower()
    for change in _CHANGES:
        if values.get(change) and not (change == "crop_pct" and kind == "convnext"):
            raise _Unsaid(f"`{change}: {json.dumps(values[change])}`")
    said: dict[str, Any] = {"divide_by": 1.0}
    if values.get("do_resize", True) and values.get("size") is not None:
        said["resize"] = _edges(values["size"], kind)
        number = values.get("resample", 2)
        said["interpolation"] = _PILLOW[number] if isinstance(number, int) else number
    if values.get("do_center_crop", "crop_size" in values) and values.get("crop_size") is not None:
        said["crop"] = _edges(values["crop_size"], "vit")
    if kind == "convnext" and isinstance(edge := said.get("resize"), int):
        # below 384 the shorter edge to size / crop_pct and then the square, from there on the square without a crop
        square = (edge, edge)
        small = {"resize": int(edge / float(values.get("crop_pct") or 224 / 256)), "crop": square}
        said |= small if edge < 384 else {"resize": square}
    if values.get("do_rescale", True):
        divisor = 1 / float(values.get("rescale_factor", 1 / 255))
        said["divide_by"] = float(round(divisor)) if math.isclose(divisor, round(divisor), rel_tol=1e-9) else divisor
    if values.get("do_normalize", "image_mean" in values):
        said["mean"], said["std"] = _numbers(values["image_mean"]), _numbers(values["image_std"])
    return said | ({"channels": "bgr"} if values.get("do_flip_channel_order") else {})


def _edges(size: Any, kind: str) -> int | tuple[int, int]:
    """The shorter edge, or (height, width)."""
    if isinstance(size, list | tuple):
        return int(size[0]), int(size[1])
    if isinstance(size, Mapping):
        keys = set(size)
        if keys == {"height", "width"}:
            return int(size["height"]), int(size["width"])
        if keys == {"shortest_edge"}:
            return int(size["shortest_edge"])
        raise _Unsaid(f"a size of {', '.join(sorted(map(str, keys)))}")
    if kind in _SQUARE:
        return int(size), int(size)
    if kind in _SHORTEST:
        return int(size)
    raise _Unsaid(f"`size: {size}`, which may mean one edge or both")


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values) if isinstance(values, list | tuple) else (float(values),)


def _timm(values: Mapping[str, Any]) -> dict[str, Any]:
    """timm's rule for evaluation: the shorter edge to size / crop_pct, then the square from the centre."""
    config = values["pretrained_cfg"]
    channels, height, width = (int(edge) for edge in config.get("input_size", (3, 224, 224)))
    mode = config.get("crop_mode") or "center"
    if mode != "center" or height != width or channels not in (1, 3):
        raise _Unsaid(f"crop_mode {mode} to {height} × {width} with {channels} channels")
    return {
        "resize": math.floor(height / float(config.get("crop_pct") or 0.875)),
        "crop": (height, width),
        "interpolation": config.get("interpolation") or "bilinear",
        "channels": "grey" if channels == 1 else "rgb",
        "mean": _numbers(config.get("mean", (0.485, 0.456, 0.406))),
        "std": _numbers(config.get("std", (0.229, 0.224, 0.225))),
    }
