"""From evidence to document: measure and judge where that was not done yet, render, list every file with its digest."""

from __future__ import annotations

from pathlib import Path

from auditor.errors import AuditError
from auditor.evidence.handle import Evidence
from auditor.evidence.manifest import is_document, refuse_changed, write_manifest
from auditor.evidence.redaction import is_redacted
from auditor.report.layout import AS_PLANNED, Layout
from auditor.report.render import Rendered
from auditor.report.render import render as render_document


def render(run: Path | str | Evidence, layout: Layout = AS_PLANNED) -> Rendered:
    """Write report.json (when missing), report.html, report.pdf and manifest.json of a run. Needs no torch.

    Args:
        run: a run directory with complete evidence.
        layout: language, profile, paper and templates other than the plan's; its files stand beside report.html and report.pdf.

    Returns:
        Paths of the HTML and the PDF (None with a note where the pango libraries are missing).
    """
    evidence = run if isinstance(run, Evidence) else Evidence(Path(run))
    path = evidence.path
    if not evidence.complete and not is_redacted(path):
        raise AuditError(
            "There is nothing to render.",
            found=f"no complete evidence in {path}",
            expected="the folder of a finished run",
            fix="run the audit (again): an unfinished one continues where it stopped",
        )
    refuse_changed(path, everything=(path / "report.json").exists())
    if not (path / "report.json").exists():
        from auditor.document_beside import earlier_run  # here: to render a record again needs nothing that measures
        from auditor.report.build import build_report

        build_report(path, earlier_run(path, evidence.folder))
        _drop_documents(path)
    rendered = render_document(path, layout)
    write_manifest(path)
    return rendered


def _drop_documents(run: Path) -> None:
    """Pages of an earlier record, in whatever layout, do not stay beside a new one."""
    for path in sorted(run.rglob("*")):
        if is_document(path.relative_to(run).as_posix()):
            path.unlink()
