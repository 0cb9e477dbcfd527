"""A small folder of images on disk, opened as a plan would."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from auditor.errors import AuditError
from auditor.inputs.datasets import open_data
from auditor.plan.data_fields import DataPlan

CLASSES = ("cat", "dog")
PIXELS = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)


def png(pixels=PIXELS, mode: str | None = None, kind: str = "PNG", **options) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    (image.convert(mode) if mode else image).save(buffer, kind, **options)
    return buffer.getvalue()


def folder(place: Path, files: dict[str, bytes | None]) -> Path:
    for name, content in files.items():
        path = place / "images" / name
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return place


def rows(place: Path, files: dict[str, bytes | None], columns=(), path: str = "images", classes=CLASSES, **data):
    plan = DataPlan.model_validate({"name": "d", "path": path, "modality": "image", **data})
    return open_data(plan, classes, folder(place, files), columns)


def one(place: Path, content: bytes, **image) -> torch.Tensor:
    return rows(place, {"cat/a.png": content, "dog": None}, image=image).batch([0])[0][0]


def refusal(place: Path, files: dict[str, bytes | None], *arguments, **data) -> AuditError:
    with pytest.raises(AuditError) as caught:
        rows(place, files, *arguments, **data)
    assert caught.value.fix
    return caught.value
