"""Whether the folder of `auditor compare` is still what was written."""

from __future__ import annotations

import json
from pathlib import Path

from auditor.errors import AuditError, VerificationError
from auditor.evidence.comparison import FILES, Comparison
from auditor.evidence.manifest import NAME as MANIFEST
from auditor.evidence.manifest import check_manifest
from auditor.evidence.record import canonical_json, sha256
from auditor.verify_pdf import read_pdf
from auditor.verify_result import UNSIGNED, Verified

_RECORD, _PAGE, _PDF = FILES


def is_comparison(folder: Path) -> bool:
    """Whether a folder is that of a comparison, perhaps a damaged one; a run may hold a record of one too."""
    run = (folder / "report.json").exists() or (folder / "evidence").exists()
    return not run and any((folder / name).exists() for name in FILES)


def verify_comparison(folder: Path) -> Verified:
    """Check each file against the manifest, and page and PDF against the record they were rendered from.

    Raises:
        VerificationError: something differs; names every difference.
    """
    differences, made = check_manifest(folder), ""
    has_pdf = (folder / _PDF).exists()
    if (folder / _RECORD).exists():
        content = (folder / _RECORD).read_bytes()
        made = sha256(content)
        differences += _record(content)
        if (folder / _PAGE).exists() and made.encode() not in (folder / _PAGE).read_bytes():
            differences.append(f"{_PAGE}: it does not name this comparison's id")
        differences += _document(folder / _PDF, content) if has_pdf else []
    if differences:
        raise VerificationError(list(dict.fromkeys(differences)))
    files = len(json.loads((folder / MANIFEST).read_bytes())["files"])
    return Verified(
        path=folder,
        report_id=made,
        files=files,
        checked=(
            f"all {files} files of the comparison have the SHA-256 that {MANIFEST} gives",
            f"{_PAGE}{' and ' + _PDF if has_pdf else ''} name{'' if has_pdf else 's'} this comparison's id",
            *(("the data inside the PDF is that of the folder",) if has_pdf else ()),
        ),
        not_checked=(
            *(() if has_pdf else (f"there is no {_PDF} in this folder",)),
            "the two runs that were compared: verify each of their folders",
            UNSIGNED,
        ),
        what="comparison",
    )


def _record(content: bytes) -> list[str]:
    try:
        Comparison.model_validate_json(content)
        edited = canonical_json(json.loads(content)) != content
    except (ValueError, RecursionError):
        return [f"{_RECORD}: this is no comparison of this version"]
    return [f"{_RECORD}: it is not in canonical form, so it was edited after it was written"] if edited else []


def _document(path: Path, record: bytes) -> list[str]:
    try:
        embedded = read_pdf(path)
    except AuditError as error:
        return [f"{path.name}: {error.found or error.message}"]
    differs = embedded.report is not None and embedded.report != record
    return [*embedded.differences, *([f"{path.name}: the record inside it differs from {_RECORD}"] if differs else [])]
