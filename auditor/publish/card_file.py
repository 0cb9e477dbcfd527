"""A card on disk: read, and written back with its files, atomically and never over what may not be written."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path, PurePosixPath

from auditor.errors import AuditError
from auditor.evidence.atomic import write_atomically
from auditor.publish.card import Edit

FULL = (errno.ENOSPC, errno.EDQUOT)


def read(path: Path) -> bytes | None:
    """The card's bytes; None where there is none.

    Raises:
        AuditError: it is there and cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _cannot(path, error.strerror or str(error), "read") from error


def write(path: Path, edit: Edit) -> list[Path]:
    """Write the files beside the card, then the card; returns what changed.

    The card comes last: whatever stops this half way, it never links what is not there.

    Raises:
        AuditError: something may not be written; the card is as it was.
    """
    target = path.resolve()  # a link stays a link
    if target.exists() and not (_marked_writable(target) and os.access(target, os.W_OK)):
        raise _cannot(path, "the file is read-only", "written")  # replacing it would be allowed, but is not meant
    changed = []
    for name, content in [*edit.files.items(), (target.name, edit.after)]:
        place = target.parent / PurePosixPath(name)
        try:
            if place.is_file() and place.read_bytes() == content:
                continue
            mode = stat.S_IMODE(place.stat().st_mode) if place.is_file() else None
            write_atomically(place, content)
            if mode is not None:
                os.chmod(place, mode)
        except OSError as error:
            raise _cannot(place, error.strerror or str(error), "written", error.errno in FULL) from error
        changed.append(place)
    return changed


def _marked_writable(path: Path) -> bool:
    """By its mode: who may write everything is told by it what is meant."""
    return bool(path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


def _cannot(path: Path, found: str, what: str, full: bool = False) -> AuditError:
    return AuditError(
        f"The card cannot be {what}; it is as it was.",
        found=f"{path}: {found}",
        expected="room for the card and its files"
        if full
        else "a file that may be read and written, in a folder that may be written",
        fix="free some space, then run the same command again"
        if full
        else "correct the permissions, or name another file with --to",
    )
