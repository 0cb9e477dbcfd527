"""Whether a run, a comparison or a PDF alone is still what was written: integrity, never truth. Offline; nothing is run.

A run is checked file by file against its manifest, and its parts against each other. A PDF alone is checked against the record
inside it, and against the run directory it lies in, if it lies in one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auditor.errors import AuditError, VerificationError
from auditor.evidence.facts import Prepared
from auditor.evidence.manifest import NAME as MANIFEST
from auditor.evidence.manifest import check_manifest, file_sha256, is_document
from auditor.evidence.record import canonical_json, sha256
from auditor.evidence.store import Reader, table_sha256
from auditor.report.record import Report
from auditor.verify_comparison import is_comparison, verify_comparison
from auditor.verify_pdf import COMPARISON, RECORDS, printable, read_pdf
from auditor.verify_result import UNSIGNED, Verified
from auditor.verify_stamp import time_stamp


def verify(path: str | Path) -> Verified:
    """Check a run directory, or a report.pdf alone.

    Raises:
        AuditError: there is nothing here that could be verified.
        VerificationError: something differs; names every difference.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _verify_run(path)
        if path.is_file():
            return _verify_pdf(path)
    except (OSError, ValueError) as error:
        raise _nothing(path, getattr(error, "strerror", None) or str(error)) from error
    raise _nothing(path, "no such file or directory" if not path.exists() else "neither a folder nor a plain file")


def _verify_run(run: Path) -> Verified:
    if is_comparison(run):
        return verify_comparison(run)
    if not (run / MANIFEST).exists() and not (run / "report.json").exists():
        begun = (run / "evidence").is_dir()
        raise AuditError(
            "This run was not finished, so there is nothing to verify yet." if begun else "This is no run directory.",
            found=f"{run}: neither {MANIFEST} nor report.json",
            expected="the folder that `auditor run` or `auditor compare` printed, or a PDF of theirs",
            fix="run the same `auditor run` again: it continues where it stopped"
            if begun
            else "name such a folder, or the PDF",
        )
    differences = check_manifest(run)
    files = len(_manifest_files(run))
    report, report_id, found = _read_report(run / "report.json")
    differences += found
    if report is not None:
        differences += [*_evidence(run, report), *_named_files(run, report), *_documents(run, report_id)]
    stamped = time_stamp(report.beforehand if report is not None else None)
    differences += stamped.differences
    if differences or report is None:
        raise VerificationError(list(dict.fromkeys(differences)))
    has_pdf = (run / "report.pdf").exists()
    return Verified(
        path=run,
        report_id=report_id,
        files=files,
        checked=(
            f"all {files} files of the run have the SHA-256 that {MANIFEST} gives",
            *(("the evidence tables have the content that report.json was made from",) if report.evidence else ()),
            "report.html" + (" and report.pdf name" if has_pdf else " names") + " this report id",
            *(("the data inside report.pdf is that of the run",) if has_pdf else ()),
            *stamped.checked,
        ),
        not_checked=(*(() if has_pdf else ("there is no report.pdf in this run",)), *stamped.not_checked, UNSIGNED),
    )


def _verify_pdf(path: Path) -> Verified:
    embedded = read_pdf(path)
    differences = list(embedded.differences)
    beside = path.parent / MANIFEST
    compared = embedded.record == COMPARISON
    checked = ["the record inside the PDF has the SHA-256 that the PDF names as its report id"]
    checked += [] if compared else ["the attached plan is that of the record"]
    not_checked = [UNSIGNED]
    files = 0
    if beside.is_file():
        entry = _manifest_files(path.parent).get(path.name)
        stored = path.parent / (embedded.record or RECORDS[0])
        if isinstance(entry, dict):
            files = 1
            if file_sha256(path) != entry.get("sha256"):
                differences.append(f"{path.name}: changed: its SHA-256 is not the one in {MANIFEST} beside it")
            checked.append(f"the PDF has the SHA-256 that {MANIFEST} beside it gives")
        if stored.is_file() and embedded.report is not None:
            if stored.read_bytes() != embedded.report:
                differences.append(f"{path.name}: the record inside it differs from {stored.name} beside it")
            checked.append(f"the record inside the PDF equals {stored.name} beside it")
    else:
        not_checked.insert(0, "the printed pages: without the run directory only the embedded data can be checked")
    if differences:
        raise VerificationError(list(dict.fromkeys(differences)))
    told = tuple(checked), tuple(not_checked)
    return Verified(path, embedded.report_id, files, *told, "comparison" if compared else "report")


def _read_report(path: Path) -> tuple[Report | None, str, list[str]]:
    """The record, its id, what is wrong with it. A record of an older version may lack keys: its id is that of its bytes."""
    try:
        content = path.read_bytes().rstrip(b"\n")
        report = Report.model_validate_json(content)
        canonical = canonical_json(json.loads(content))
    except OSError as error:
        return None, "", [f"report.json: cannot be read ({error.strerror})"]
    except (ValueError, RecursionError):
        return None, "", ["report.json: this is no report of this version"]
    if content != canonical:
        return report, report.id, ["report.json: it is not in canonical form, so it was edited after it was written"]
    return report, sha256(content), []


def _evidence(run: Path, report: Report) -> list[str]:
    """Evidence tables and whole-set facts against what report.json says they were."""
    reader, differences = Reader(run), []
    for table, digest in sorted(report.evidence.items()):
        try:
            same = table_sha256(reader.table(table)) == digest
        except (
            KeyError,
            OSError,
            ValueError,
            TypeError,
            NotImplementedError,
        ):  # pyarrow's errors are ValueError, OSError or these
            differences.append(f"evidence/{printable(table)}: cannot be read as the table it should be")
            continue
        if not same:
            differences.append(f"evidence/{printable(table)}: its content is not what report.json was made from")
    try:
        prepared: Prepared | None = reader.prepared
    except (OSError, ValueError):
        prepared = None
    if prepared != report.prepared:
        differences.append("evidence/prepared.json: not the facts that report.json was made from")
    return differences


def _named_files(run: Path, report: Report) -> list[str]:
    """Files that report.json names by digest; a path that leads out of the run is a difference and is not opened."""
    differences, root = [], run.resolve()
    for name, digest in sorted(report.files.items()):
        path = root / name
        try:
            inside = path.resolve().is_relative_to(root) and path.is_file()
            same = inside and file_sha256(path) == digest
        except (OSError, ValueError):
            same = False
        if not same:
            differences.append(f"{printable(name)}: not the file that report.json names")
    return differences


def _documents(run: Path, report_id: str) -> list[str]:
    """The pages and PDFs, in every layout there is, against the record they were rendered from."""
    differences = []
    others = {path.name for path in run.iterdir() if is_document(path.name)}
    for name in sorted(others | {"report.html"}):
        try:
            if name.endswith(".html") and report_id.encode() not in (run / name).read_bytes():
                differences.append(f"{name}: it does not name this report's id")
            if name.endswith(".pdf"):
                embedded = read_pdf(run / name)
                differences += embedded.differences
                if embedded.report is not None and embedded.report != (run / "report.json").read_bytes():
                    differences.append(f"{name}: the record inside it differs from report.json")
        except AuditError as error:
            differences.append(f"{name}: {error.found or error.message}")
        except OSError as error:
            differences.append(f"{name}: cannot be read ({error.strerror})")
    return differences


def _manifest_files(run: Path) -> dict[str, Any]:
    try:
        files = json.loads((run / MANIFEST).read_bytes())["files"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return files if isinstance(files, dict) else {}


def _nothing(path: Path, reason: str) -> AuditError:
    return AuditError(
        "There is nothing to verify.",
        found=f"{printable(str(path))}: {reason}",
        expected="the folder of a run or of a comparison, or a PDF that `auditor` wrote",
        fix="name the folder that `auditor run` or `auditor compare` printed, or the PDF",
    )
