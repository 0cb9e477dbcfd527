"""Image files on disk: which there are, of which class, and their pixels as 8-bit RGB on white, turned upright."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from auditor.errors import AuditError
from auditor.evidence.facts import FileFact
from auditor.inputs.location import file_sha256

Array = np.ndarray[Any, np.dtype[Any]]

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""Formats that are tried. Never those that run a program (EPS) or are a language of their own."""
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pnm")
MOST_PIXELS = 100_000_000
_GREY16 = ("I;16", "I;16B", "I;16L", "I;16N")


class NotReadable(Exception):
    """A file that cannot be decoded; says why the row is excluded."""


@dataclass(frozen=True)
class ImageFolder:
    """Files of a folder with one sub-folder per class, in the order of their names.

    Attributes:
        paths: the image files.
        ids: path of each file below the folder.
        folders: name of each file's class folder.
        empty: class folders without images.
        others: files that are no images by their endings, and were left out.
    """

    paths: tuple[Path, ...]
    ids: tuple[str, ...]
    folders: tuple[str, ...]
    empty: tuple[str, ...]
    others: tuple[str, ...]


def read_folder(folder: Path) -> ImageFolder:
    """List the images of a folder; hidden files and folders are passed over.

    Raises:
        AuditError: no sub-folders, no images, images beside the class folders.
    """
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    classes = [entry for entry in entries if entry.is_dir()]
    loose = [entry.name for entry in entries if entry.is_file() and entry.suffix.lower() in ENDINGS]
    others = [entry.name for entry in entries if entry.is_file() and entry.suffix.lower() not in ENDINGS]
    paths: list[Path] = []
    owners: list[str] = []
    empty: list[str] = []
    for place in classes:
        inside = _files(place)
        images = [path for path in inside if path.suffix.lower() in ENDINGS]
        others += [path.relative_to(folder).as_posix() for path in inside if path.suffix.lower() not in ENDINGS]
        paths += images
        owners += [place.name] * len(images)
        empty += [] if images else [place.name]
    if loose or not paths:
        held = ", ".join(loose[:3] or others[:3] or [entry.name for entry in entries[:3]]) or "nothing"
        raise AuditError(
            f"`{folder.name}` is no folder of images sorted by class.",
            found=f"{len(loose)} images beside {len(classes)} folders: {held}" if loose else f"no images; it holds {held}",
            expected="one sub-folder per class with images in it: " + ", ".join(ENDINGS[:5]) + ", …",
            fix="move them into class folders, or name a CSV that lists the files; other formats (DICOM, RAW) go through a "
            "Dataset of your own under `data.factory`",
        )
    ids = tuple(path.relative_to(folder).as_posix() for path in paths)
    return ImageFolder(tuple(paths), ids, tuple(owners), tuple(empty), tuple(others))


def _files(place: Path) -> list[Path]:
    """Files below a folder, sorted; links to folders are not followed."""
    found: list[Path] = []
    for here, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(here, name) for name in names if not name.startswith(".")]
    return sorted(path for path in found if path.is_file())


def listing_fact(name: str, paths: tuple[Path, ...], ids: tuple[str, ...]) -> FileFact:
    """One digest for many files: the SHA-256 of the lines `sha256sum` prints for them, sorted by name."""
    state, size = hashlib.sha256(), 0
    for name_in_folder, path in sorted(zip(ids, paths, strict=True)):
        try:
            digest, size = file_sha256(path), size + path.stat().st_size
        except OSError:  # no permission: its row is excluded by name
            digest = "unreadable"
        state.update(f"{digest}  {name_in_folder}\n".encode("utf-8", "surrogateescape"))
    return FileFact(name=name, role=f"{len(paths):,} images it lists, together", bytes=size, sha256=state.hexdigest())


@contextmanager
def _whole_files() -> Iterator[None]:
    """Truncated files are refused, whatever another library set for this process (some let them pass as grey)."""
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def read_image(path: Path, name: str) -> Array:
    """Pixels of one file, uint8 [height, width, 3]: upright by its EXIF, transparent parts on white, grey repeated.

    Raises:
        NotReadable: truncated, damaged, not an image, or of a kind whose pixels would be guessed: the row is excluded.
        AuditError: several frames, or a decompression bomb.
    """
    if not path.is_file():
        raise NotReadable("the file is missing")
    try:
        with warnings.catch_warnings(), _whole_files():
            warnings.simplefilter("ignore")  # on broken metadata, and on sizes that are refused below
            with Image.open(path, formats=FORMATS) as image:
                _check(image, name)
                image.load()
                return _rgb(image, name)
    except (AuditError, NotReadable):
        raise
    except Image.DecompressionBombError as problem:
        raise _bomb(name, str(problem)) from problem
    except MemoryError:
        raise
    except Exception as problem:  # decoders raise many types on foreign bytes
        raise NotReadable(_reason(problem)) from problem


def _reason(problem: Exception) -> str:
    if isinstance(problem, PermissionError):
        return "there is no permission to read the file"
    if isinstance(problem, UnidentifiedImageError):
        return "the file is no image that can be recognised"
    return "the image is truncated" if "truncated" in str(problem) else "the image is damaged"


def _check(image: Image.Image, name: str) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise _bomb(name, f"{width:,} × {height:,} pixels")
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":  # a camera's JPEG with previews behind it: the first picture is the photo
        raise _refused(
            name, f"{frames} frames", "an image with one frame", "save the frame that is meant as an image of its own"
        )


def _bomb(name: str, found: str) -> AuditError:
    return _refused(name, found, f"at most {MOST_PIXELS:,} pixels", "make it smaller, or remove it: it may be a bomb")


def _refused(name: str, found: str, expected: str, fix: str) -> AuditError:
    return AuditError(f"The image `{name}` cannot be used.", found=found, expected=expected, fix=fix)


def _rgb(image: Image.Image, name: str) -> Array:
    upright = ImageOps.exif_transpose(image)
    mode = upright.mode
    if mode in _GREY16 or (mode == "I" and image.format in ("PNG", "PPM")):
        high = np.asarray(upright).astype(np.int64) >> 8  # the high byte, as decoders do with 16-bit colours
        if high.min() < 0 or high.max() > 255:
            raise _refused(name, "values beyond 16 bits", "8 or 16 bits per value", "save it with 16 bits or less")
        return np.repeat(high.astype(np.uint8)[..., None], 3, axis=2)
    if mode not in ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX"):
        # its colours depend on a profile, or its range on a scale: as pixels they would be guessed
        raise NotReadable(f"an image of mode {mode}, not greyscale, palette, RGB or RGBA")
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        colours = upright.convert("RGBA")
        white = Image.new("RGBA", colours.size, (255, 255, 255, 255))
        upright = Image.alpha_composite(white, colours)
    return np.array(upright.convert("RGB"))
