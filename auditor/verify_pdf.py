"""What a report.pdf carries: the record and plan attached to it, and the report id it names."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.errors import AuditError, VerificationError
from auditor.evidence.comparison import FILES
from auditor.evidence.record import canonical_json, sha256

_ID = re.compile(r"report-id:([0-9a-f]{64})(?![0-9a-f])")
_MAX_BYTES = 500_000_000
COMPARISON = FILES[0]
RECORDS = ("report.json", COMPARISON)
"""What a PDF can be rendered from."""


@dataclass(frozen=True)
class Embedded:
    """The data inside a PDF, and what is wrong with it on its own."""

    name: str
    report_id: str
    """The id the document names; "" when it names none."""
    files: dict[str, bytes] = field(default_factory=dict)
    differences: tuple[str, ...] = ()

    @property
    def record(self) -> str:
        """Name of the record among the attachments; "" where there is none."""
        return next((name for name in RECORDS if name in self.files), "")

    @property
    def report(self) -> bytes | None:
        """The attached report.json, or comparison.json."""
        return self.files.get(self.record)


def read_pdf(path: Path) -> Embedded:
    """Open a report and compare the id it names with the SHA-256 of the canonical form of the record inside it.

    Raises:
        AuditError: the file is no PDF.
        VerificationError: it is a PDF that is damaged or protected.
    """
    import pikepdf

    with path.open("rb") as handle:
        start = handle.read(1024)
    if b"%PDF-" not in start:
        raise AuditError(
            "There is nothing to verify in this file.",
            found=f"{path.name} is no PDF",
            expected="a run directory or a report.pdf",
            fix="name the folder `auditor run` printed, or the PDF",
        )
    try:
        with pikepdf.open(path) as document:
            named = _named_ids(document)
            files = _attached(document)
    except Exception as error:  # whatever damage makes of a PDF: pikepdf, zlib and text errors alike
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise VerificationError([f"{path.name}: damaged, cannot be read as a PDF ({reason})"]) from error
    return _compared(path.name, named, files)


def _compared(name: str, named: set[str], files: dict[str, bytes]) -> Embedded:
    differences = []
    record = next((one for one in RECORDS if one in files), "")
    if not record:
        differences.append(f"{name}: no report.json is attached, so this is no complete report of this program")
    if not named:
        differences.append(f"{name}: it names no report id")
    if len(named) > 1:
        differences.append(f"{name}: it names more than one report id")
    report_id = min(named, default="")
    if record and named:
        content = files[record]
        try:
            canonical = canonical_json(json.loads(content))
        except (ValueError, RecursionError):
            return Embedded(name, report_id, files, (*differences, f"{name}: the attached {record} is no JSON"))
        if canonical != content.rstrip(b"\n"):
            differences.append(f"{name}: the attached {record} is not in canonical form, so it was edited")
        if {sha256(canonical)} != named:
            differences.append(f"{name}: the attached {record} has another SHA-256 than the report id the PDF names")
        differences += _added(name, files) if record == COMPARISON else _attachments(name, content, files)
    return Embedded(name, report_id, files, tuple(differences))


def _added(name: str, files: dict[str, bytes]) -> list[str]:
    """Attachments of a comparison beside its record: it has none."""
    others = [file for file in sorted(files) if file != COMPARISON]
    return [f"{name}: the attachment {printable(file)} is not a file of the record inside it" for file in others]


def _attachments(name: str, report: bytes, files: dict[str, bytes]) -> list[str]:
    """The other attachments against the record among them: the plan it was made with, and tables it names by digest."""
    try:
        record: dict[str, Any] = json.loads(report)
        plan, named = record["plan"], {str(path).replace("/", "-"): digest for path, digest in record["files"].items()}
    except (KeyError, TypeError, AttributeError):
        return [f"{name}: the record inside it is no report"]
    differences = []
    if files.get("plan.json") != canonical_json(plan):
        differences.append(f"{name}: the attached plan.json is not the plan of the record inside it")
    for file, content in sorted(files.items()):
        if file not in ("report.json", "plan.json") and sha256(content) != named.get(file):
            differences.append(f"{name}: the attachment {printable(file)} is not a file of the record inside it")
    return differences


def printable(text: str) -> str:
    """A name from an untrusted file, so that it cannot steer the terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[:200])


def _named_ids(document: Any) -> set[str]:
    """Report ids in the keywords of the document's information and in its XMP."""
    texts = [str(document.docinfo.get("/Keywords", ""))]
    metadata = document.Root.get("/Metadata")
    if metadata is not None:
        texts.append(metadata.read_bytes().decode("utf-8", "replace"))
    return {match for text in texts for match in _ID.findall(text)}


def _attached(document: Any) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    total = 0
    for name in document.attachments:
        if name in files:
            raise ValueError(f"the attachment {name} occurs twice")
        content = document.attachments[name].get_file().read_bytes()
        total += len(content)
        if total > _MAX_BYTES:
            raise ValueError("its attachments are too large for a report")
        files[name] = bytes(content)
    return files
