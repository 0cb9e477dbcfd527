"""A folder of templates of the user's own: its files read with bounds, and copied into the run that its plan belongs to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from auditor.errors import AuditError
from auditor.evidence.atomic import write_atomically
from auditor.plan import AuditPlan

STORED = "templates"
MOST_FILES = 200
MOST_BYTES = 20_000_000
"""Of all files together."""


def read_files(folder: Path, mistakes: list[AuditError]) -> dict[str, bytes]:
    """Path inside the folder -> content, sorted; hidden files and exported copies in standard/ are passed over.

    Args:
        folder: where the templates are.
        mistakes: links and special files are told here, and not followed.

    Raises:
        AuditError: there is no such folder, or it holds far more than templates.
    """
    if not folder.is_dir():
        raise AuditError(
            "There is no such folder of templates.", found=str(folder), expected="a folder",
            fix="`auditor template export DIR` writes one to start from",
        )  # fmt: skip
    found: dict[str, bytes] = {}
    room = MOST_BYTES
    for name, path in _walk(folder):
        if path.is_symlink() or not path.is_file():
            mistakes.append(AuditError(f"{name} is a link or a special file.", fix="put the file itself into the folder"))
            continue
        room -= path.stat().st_size
        if len(found) >= MOST_FILES or room < 0:
            raise AuditError(
                f"{folder} holds more than templates.", found=f"over {MOST_FILES} files or {MOST_BYTES // 1_000_000} MB",
                expected="templates, a theme, fonts, a logo", fix="name the folder of the templates itself",
            )  # fmt: skip
        found[name] = path.read_bytes()
    return found


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    for here, folders, names in os.walk(folder):
        inside = Path(here).relative_to(folder)
        links = [name for name in folders if Path(here, name).is_symlink()]
        folders[:] = sorted(
            name
            for name in folders
            if name not in links and not name.startswith(".") and (inside / name).as_posix() != "standard"
        )
        for name in sorted([*names, *links]):
            if not name.startswith("."):
                yield (inside / name).as_posix(), Path(here, name)


def own_templates(plan: AuditPlan, folder: Path) -> dict[str, bytes]:
    """The files of the folder that the plan names; empty when it names none.

    Args:
        plan: the plan.
        folder: what the path is relative to.

    Raises:
        AuditError: the folder cannot be used.
    """
    if not plan.report.templates:
        return {}
    mistakes: list[AuditError] = []
    found = read_files(folder / plan.report.templates, mistakes)
    if mistakes:
        raise mistakes[0]
    return found


def keep_templates(run: Path, files: Mapping[str, bytes]) -> None:
    """Make the run's copy hold exactly these files."""
    root = run / STORED
    if not files or root.is_symlink():
        root.unlink() if root.is_symlink() else shutil.rmtree(root, ignore_errors=True)
        if not files:
            return
    held: dict[str, bytes] = read_files(root, []) if root.is_dir() else {}
    if held == dict(files):
        return
    shutil.rmtree(root, ignore_errors=True)
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(root / name, content)
