"""What a file really is, by its first bytes: so that a refusal can say what was found instead of what failed."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import NamedTuple


class FileKind(NamedTuple):
    """A kind of file, in words for the reader."""

    name: str
    words: str
    fix: str = ""


AGAIN = "copy or download the file again and compare its size with the original's"

_EMPTY = FileKind("empty", "an empty file", AGAIN)
_LFS = FileKind(
    "lfs", "a Git LFS pointer: a text of three lines that stands for the file", "fetch the file itself with `git lfs pull`"
)
_HTML = FileKind("html", "an HTML page, such as a login or download page saved in its place", "download the file itself")
_BROKEN_ZIP = FileKind("broken zip", "a zip archive that is cut short or damaged", AGAIN)
_TORCHSCRIPT = FileKind(
    "torchscript",
    "a TorchScript archive: a whole program, not a state dict",
    "name it under `model.path` instead of `factory` and `weights`",
)
_EXPORTED = FileKind(
    "exported",
    "a torch.export archive (.pt2): a whole program, not a state dict",
    "name it under `model.path` instead of `factory` and `weights`",
)
_CHECKPOINT = FileKind("checkpoint", "a file of torch.save")
_NPZ = FileKind("npz", "an .npz archive of NumPy arrays")
_ZIP = FileKind("zip", "a zip archive that holds neither weights nor arrays", "unpack it and name the file inside")
_SAFETENSORS = FileKind("safetensors", "a safetensors file")
_UNKNOWN = FileKind("unknown", "bytes of no known format", AGAIN)

_LEGACY_CHECKPOINT = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_STARTS = (
    (b"version https://git-lfs", _LFS),
    (_LEGACY_CHECKPOINT, _CHECKPOINT),
    (b"\x93NUMPY", FileKind("npy", "an .npy file of one NumPy array")),
    (b"\x89HDF", FileKind("hdf5", "an HDF5 file, as Keras and h5py write")),
    (b"\x1f\x8b", FileKind("gzip", "a gzip-compressed file", "unpack it first with gunzip")),
    (b"%PDF", FileKind("pdf", "a PDF document")),
    (b"\x89PNG", FileKind("png", "a PNG image")),
    (b"\xff\xd8\xff", FileKind("jpeg", "a JPEG image")),
    (b"PAR1", FileKind("parquet", "a Parquet table")),
    *((bytes([0x80, protocol]), FileKind("pickle", "a Python pickle")) for protocol in range(2, 6)),
)


def recognise(path: Path) -> FileKind:
    """Return what a file is. Reads at most 1 kB and, of a zip archive, its list of names; never runs anything in it."""
    with path.open("rb") as file:
        start = file.read(1024)
    if not start:
        return _EMPTY
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html", b"<head")):
        return _HTML
    for prefix, kind in _STARTS:
        if start.startswith(prefix):
            return kind
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 100_000_000:
        return _SAFETENSORS
    if start.strip() and all(byte in b"\t\r\n\x1b" or byte >= 32 for byte in start):
        return FileKind("text", f"a text that begins {start[:40].decode('utf-8', 'replace')!r}")
    return _UNKNOWN


def _zip_kind(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, IndexError, OverflowError, struct.error, EOFError):
        return _BROKEN_ZIP
    if any(name.endswith("constants.pkl") for name in names):
        return _TORCHSCRIPT
    if any(name.endswith(("/archive_format", "serialized_exported_program.json")) for name in names):
        return _EXPORTED
    if any(name == "data.pkl" or name.endswith("/data.pkl") for name in names):
        return _CHECKPOINT
    return _NPZ if any(name.endswith(".npy") for name in names) else _ZIP
