"""`manifest.json`: the SHA-256 and size of every file of a run, and what no longer matches.

Outside it stand the manifest itself, `log.txt` (it may grow after the run) and leftovers no reader opens. What it promises is
integrity: the files are those that were written. It says nothing about whether they were true.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.errors import AuditError, VerificationError
from auditor.evidence.atomic import write_atomically
from auditor.evidence.record import canonical_json

NAME = "manifest.json"
SCHEMA_VERSION = "1"
_MAX_BYTES = 64_000_000
_OUTSIDE = frozenset({NAME, "log.txt", ".lock", ".DS_Store"})
_PARTIAL = re.compile(r"\..+\.partial")


_DOCUMENT = re.compile(r"report(-[a-z0-9]+)*(\.[a-z]{2,3}([-_][A-Za-z0-9]+)*)?\.(html|pdf)|gallery/[\w.-]+")


def is_document(path: str) -> bool:
    """Whether a file of a run is a page, a PDF or a picture that is written again at every rendering; by its path inside."""
    return bool(_DOCUMENT.fullmatch(path))


@dataclass(frozen=True)
class Difference:
    """One file that is not as the manifest says; `path` is relative to the run, with forward slashes."""

    path: str
    kind: str
    """missing, changed, extra or unreadable."""
    detail: str

    def __str__(self) -> str:
        return f"{_printable(self.path)}: {self.detail}"


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's content, read in pieces."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_manifest(run: Path) -> Path:
    """Write `manifest.json` over all files of the run, atomically.

    Raises:
        AuditError: the run holds a link or a special file, whose content is not the run's own.
    """
    files: dict[str, dict[str, Any]] = {}
    for name, path in _walk(run):
        if not _is_plain(path) or _printable(name) != name:
            raise AuditError(
                "The run directory holds something that cannot stand in its manifest.",
                found=_printable(str(path)),
                expected="plain files with printable names, so that their digests describe the run",
                fix="replace the link by the file it points to, rename the file, or delete it",
            )
        files[name] = {"sha256": file_sha256(path), "bytes": path.stat().st_size}
    write_atomically(run / NAME, canonical_json({"schema_version": SCHEMA_VERSION, "files": files}) + b"\n")
    return run / NAME


def check_manifest(run: Path) -> list[str]:
    """Each file that is missing, changed or extra, one sentence each; empty when all match."""
    return [str(difference) for difference in manifest_differences(run)]


def manifest_differences(run: Path) -> list[Difference]:
    """Compare a run with its manifest, sorted by path. A manifest is untrusted: no path in it leads out of the run."""
    listed = _listed(run)
    if isinstance(listed, Difference):
        return [listed]
    present = dict(_walk(run))
    found = [_compared(name, listed[name], present.get(name)) for name in listed]
    found += [Difference(name, "extra", "not in the manifest; it was added later") for name in present if name not in listed]
    return sorted((d for d in found if d is not None), key=lambda d: d.path)


def _laid_out(path: str) -> bool:
    """Whether a file is no evidence: a document, the clock, the copy of own templates (a report names its digests)."""
    return is_document(path) or path == "run.json" or path.startswith("templates/")


def refuse_changed(run: Path, everything: bool = False) -> None:
    """Compare a finished run with its manifest before a new one is written over it.

    Without this, rendering again would list changed files as if they had always been so. A run that was begun, or whose
    plan's gates changed, is no longer as listed for good reasons: then only changed evidence counts, not missing files.

    Raises:
        VerificationError: naming each file that was changed.
    """
    if not (run / NAME).is_file():
        return
    differences = [d for d in manifest_differences(run) if not _laid_out(d.path)]
    if not everything:
        rejudged = any(d.path == "evidence/plan.json" for d in differences)
        kept = ("evidence/",) if rejudged else ("evidence/", "report.json", "tables/", "exemplars/")
        differences = [
            d for d in differences if d.kind == "changed" and d.path.startswith(kept) and d.path != "evidence/plan.json"
        ]
    if differences:
        way_out = "restore the files, or start anew with `auditor run --fresh` (deletes this run)"
        raise VerificationError([*map(str, differences), f"{run}: changed since it was written; {way_out}"])


def _listed(run: Path) -> dict[str, Any] | Difference:
    path = run / NAME
    try:
        if not _is_plain(path) or path.stat().st_size > _MAX_BYTES:
            return Difference(NAME, "unreadable", "this is no manifest (a link, a folder or far too large)")
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Difference(NAME, "missing", "missing; without it no file can be checked")
    except OSError as error:
        return Difference(NAME, "unreadable", f"cannot be read ({error.strerror})")
    except (ValueError, RecursionError):
        return Difference(NAME, "unreadable", "this is no JSON")
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, dict) or not all(isinstance(entry, dict) for entry in files.values()):
        return Difference(NAME, "unreadable", "this is no manifest: `files` is missing or malformed")
    if content.get("schema_version") != SCHEMA_VERSION:
        version = _printable(str(content.get("schema_version")))
        return Difference(NAME, "unreadable", f"its schema_version is {version}, this program reads {SCHEMA_VERSION}")
    return files


def _compared(name: str, entry: dict[str, Any], path: Path | None) -> Difference | None:
    if path is None:
        # only names met while walking the run are ever opened, so "../x" and "/etc/x" end here
        return Difference(name, "missing", "missing, although the manifest lists it")
    try:
        if not _is_plain(path):
            return Difference(name, "changed", "changed: this is a link or a special file, not a plain file")
        digest, size = file_sha256(path), path.stat().st_size
    except OSError as error:
        return Difference(name, "unreadable", f"cannot be read ({error.strerror})")
    if digest == entry.get("sha256") and size == entry.get("bytes"):
        return None
    told = _printable(str(entry.get("sha256"))[:64])
    if digest == told:
        return Difference(name, "changed", f"its size is {size} bytes, the manifest says {_printable(str(entry.get('bytes')))}")
    return Difference(name, "changed", f"changed: SHA-256 is {digest[:16]}…, the manifest says {told[:16]}…")


def _walk(run: Path) -> Iterator[tuple[str, Path]]:
    """(name, path) of everything in the run that is no folder, sorted; links are named, never followed."""
    for folder, folders, files in os.walk(run):
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in links)
        for name in sorted([*files, *links]):
            relative = (here / name).relative_to(run).as_posix()
            if relative not in _OUTSIDE and name != ".DS_Store" and not _PARTIAL.fullmatch(name):
                yield relative, here / name


def _is_plain(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _printable(text: str) -> str:
    # a hostile name must not steer the terminal, nor break the encoding of a message
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[:500])
    return shown + ("…" if len(text) > 500 else "")
