"""report.json to report.html and report.pdf: a pure function of the record, the files it names, templates and fonts."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from auditor.errors import AuditError, VerificationError
from auditor.evidence.atomic import write_atomically
from auditor.evidence.record import sha256
from auditor.evidence.robustness_facts import SHEET
from auditor.report.attachments import attachments
from auditor.report.document import Section, absent, gallery, numbers, pictures, sections, to_html
from auditor.report.layout import AS_PLANNED, Layout, own_layout
from auditor.report.material import Material
from auditor.report.own.dress import assets as own_assets
from auditor.report.own.dress import folder_of, laid_out_by, load
from auditor.report.pdf import Attached, PangoMissing, no_garbage_collection, write_pdf
from auditor.report.printable import printable_tree
from auditor.report.record import Report


@dataclass(frozen=True)
class Rendered:
    """What was written."""

    html: Path
    pdf: Path | None
    """None where the PDF could not be made; `notes` says why."""
    notes: tuple[str, ...]


@no_garbage_collection()
def render(run: Path, layout: Layout = AS_PLANNED) -> Rendered:
    """Write report.html and report.pdf into a run directory; a layout other than the plan's own has files of its own name.

    Raises:
        AuditError: there is no readable report.json.
        VerificationError: a file the report names is missing or has changed.
    """
    run = Path(run)
    stored = _read(run)
    report = _parse(stored, run)
    files = _checked(run, report)
    layout = layout.within(report.plan)
    templates = folder_of(run, (report.plan.get("report") or {}).get("templates"), layout.templates)
    own = load(templates) if templates else None
    attached = attachments(stored, report, files)
    material = replace(_material(report, files, attached, replace(layout, templates=templates)), own=own)
    made = sections(material)
    for one in gallery(made):
        write_atomically(run / "gallery" / one.name, one.content)
    html = run / f"{layout.name}.html"
    write_atomically(html, to_html(made, material, inline=True).encode("utf-8"))
    pdf = run / f"{layout.name}.pdf"
    try:
        content = _pdf(made, material)
    except PangoMissing as missing:
        pdf.unlink(missing_ok=True)  # an older PDF would not be the report beside it
        return Rendered(html, None, (str(missing),))
    write_atomically(pdf, content)
    return Rendered(html, pdf, ())


_KEPT = frozenset({"image", "map", "names", "shape", "channels", "maps", "text", "spans", "values", "series"})
"""Arrays a document shows, by the part of their name before the colon."""


def _read(run: Path) -> bytes:
    try:
        return (run / "report.json").read_bytes()
    except OSError as problem:
        raise AuditError(
            "There is no report to render.",
            found=f"{run}: {problem.strerror or problem}",
            expected="a run directory with report.json",
            fix="name the directory that `auditor run` printed, or run the audit to its end",
        ) from problem


def _parse(stored: bytes, run: Path) -> Report:
    try:
        return Report.model_validate_json(stored)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise AuditError(
            "report.json is not a report of this version.",
            found=f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']} ({problem.error_count()} mistakes)",
            expected="report.json as `auditor run` wrote it",
            fix=f"run the audit again, or restore {run / 'report.json'}",
        ) from problem


def _checked(run: Path, report: Report) -> dict[str, bytes]:
    """Contents of all files the report names, each compared with its digest."""
    contents: dict[str, bytes] = {}
    differences = []
    root = run.resolve()
    for name, digest in sorted(report.files.items()):
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            differences.append(f"{name}: lies outside the run directory")
        elif not path.is_file():
            differences.append(f"{name}: missing")
        else:
            contents[name] = path.read_bytes()
            if sha256(contents[name]) != digest:
                differences.append(f"{name}: its SHA-256 differs from the one in report.json")
    if differences:
        raise VerificationError(differences)
    return contents


def _material(report: Report, files: dict[str, bytes], attached: tuple[Attached, ...], layout: Layout) -> Material:
    clean = Report.model_validate(printable_tree(report.model_dump(mode="json")))
    exemplars = tuple(
        shown.model_copy(update={"file": stored.file, "maps": stored.maps})
        for shown, stored in zip(clean.exemplars, report.exemplars, strict=True)
    )
    arrays = {}
    if report.plan.get("examples") == "full":
        named = [path for one in exemplars for path in (one.file, one.maps) if path in files]
        named.extend([SHEET] if SHEET in files else [])
        arrays = {path: _arrays(files[path], path) for path in named}
    profile = layout.profile or own_layout(report.plan)["profile"]
    shown = clean.model_copy(update={"exemplars": exemplars})
    return Material(shown, report.id, arrays, numbers(absent(clean), profile), attached, layout)


def _arrays(content: bytes, name: str) -> dict[str, np.ndarray]:
    """What is stored of one exemplar, the input and the maps or the feature maps; object arrays are refused."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files if key.partition(":")[0] in _KEPT}
    except (ValueError, OSError) as problem:
        raise VerificationError([f"{name}: not an exemplar file ({problem})"]) from problem


def _pdf(made: tuple[Section, ...], material: Material) -> bytes:
    assets = {one.name: (one.content, one.media) for section in made for one in pictures(section.context)}
    page = to_html(made, material, inline=False)
    if material.own is None:
        return write_pdf(page, assets, material.attached)
    fonts = tuple(one.content for one in material.own.typefaces)
    with laid_out_by(material.own):
        return write_pdf(page, assets | own_assets(material.own), material.attached, fonts, ours=False)
