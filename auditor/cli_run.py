"""`auditor run`, `render` and `check`: plan to evidence to documents, and what the gates say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.cli_progress import Display
from auditor.cli_voice import OK, Voice
from auditor.errors import AuditError, PlanMistakes

if TYPE_CHECKING:
    from auditor.evidence.findings import Finding
    from auditor.evidence.handle import Evidence
    from auditor.plan.read import PlanSource
    from auditor.report.layout import Layout
    from auditor.report.record import Report
    from auditor.report.render import Rendered

_ORDER = ("not met", "inconclusive", "not evaluated", "met")


def read_plan(path: Path, settings: Mapping[str, str]) -> PlanSource:
    """The plan with its overrides; gates on results that no measure makes, and wrong frameworks by file, are mistakes too."""
    from auditor.evidence.own_frameworks import own_frameworks
    from auditor.judge import check_names
    from auditor.measure import known_names
    from auditor.plan.read import load_plan

    source = load_plan(path, settings)
    mistakes = check_names(source.plan, known_names())
    if mistakes:
        raise PlanMistakes(path.name, mistakes)
    own_frameworks(source.plan, source.folder)
    return source


def default_out(source: PlanSource) -> Path:
    """`audits/<plan name>` in the current folder."""
    return Path("audits") / source.plan.name


def run(source: PlanSource, out: Path, voice: Voice, fresh: bool, check: bool) -> int:
    """Compute or complete the evidence, then report.json, HTML, PDF and manifest; returns the exit status."""
    from auditor.document_beside import refuse_without, settle
    from auditor.evidence.manifest import refuse_changed
    from auditor.measure import look
    from auditor.run.audit import audit

    if not fresh:
        refuse_changed(out)
    refuse_without(source, out)
    with Display(voice) as display:
        evidence = audit(source, out, progress=display, fresh=fresh, look=look)
        display.stage("measuring and writing the report", 0)
        rendered = _document(settle(evidence.path, source))
        display.done()
    return _conclude(evidence.path, rendered, voice, check)


def render(run_directory: Path, layout: Layout, voice: Voice) -> int:
    """report.html and report.pdf again. A run that was changed since it was written is refused, never re-listed."""
    with Display(voice) as display:
        display.stage("writing the report", 0)
        rendered = _document(run_directory, layout)
        display.done()
    return _conclude(run_directory, rendered, voice, check=False)


def check(run_directory: Path, voice: Voice) -> int:
    """What the gates say, as exit status."""
    from auditor.judge import exit_status

    report = read_report(run_directory)
    say_gates(report.findings, voice)
    status = exit_status(report.findings)
    voice.answer({"status": status, "run": str(run_directory), "report_id": report.id, "findings": _findings(report)})
    return status


def read_report(run_directory: Path) -> Report:
    """The stored report of a run.

    Raises:
        AuditError: there is none, or it is none.
    """
    from pydantic import ValidationError

    from auditor.report.record import Report

    path = run_directory / "report.json"
    fix = "name the folder `auditor run` printed; an unfinished run is completed by the same `auditor run`"
    try:
        return Report.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        if isinstance(error, ValidationError):
            first = error.errors(include_url=False, include_input=False)[0]
            reason = f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
        else:
            reason = getattr(error, "strerror", None) or str(error)
        raise AuditError(
            "There is no report to read.", found=f"{path}: {reason}", expected="a finished run", fix=fix
        ) from error


def say_gates(findings: Iterable[Finding], voice: Voice) -> None:
    """Each gate, failed first, with its waiver and what to do next."""
    from auditor.judge.waivers import counts as still_counts

    gates = sorted((f for f in findings if f.kind == "gate"), key=lambda f: _ORDER.index(f.status))
    if not gates:
        voice.say("No thresholds were set; nothing was passed.")
        return
    counts = [
        f"{sum(gate.status == word for gate in gates)} {word}" for word in _ORDER if any(gate.status == word for gate in gates)
    ]
    voice.say("Gates: " + ", ".join(counts))
    for gate in gates:
        voice.say(f"  {gate.status:<14} {gate.statement}")
        if gate.waived_by:
            voice.say(f"  {'':<14} {gate.waiver}{'' if still_counts(gate) else ' (expired: it does not count)'}")
        if gate.next_step:
            voice.say(f"  {'':<14} next: {gate.next_step}")


def _document(run_directory: Path | Evidence, layout: Layout | None = None) -> Rendered:
    from auditor.document import render as render_document
    from auditor.report.layout import Layout

    return render_document(run_directory, layout or Layout())


def _conclude(run_directory: Path, rendered: Rendered, voice: Voice, check: bool) -> int:
    from auditor.judge import exit_status

    report = read_report(run_directory)
    status = exit_status(report.findings) if check else OK
    say_gates(report.findings, voice)
    voice.say()
    for label, path in (("HTML", rendered.html), ("PDF", rendered.pdf), ("Data", run_directory / "report.json")):
        voice.say(f"{label:<10} {path if path else 'not written'}")
    voice.say(f"{'Report id':<10} {report.id}")
    for note in rendered.notes:
        voice.complain(f"note: {note}")
    voice.answer(
        {
            "status": status,
            "run": str(run_directory),
            "html": str(rendered.html),
            "pdf": str(rendered.pdf) if rendered.pdf else None,
            "report": str(run_directory / "report.json"),
            "report_id": report.id,
            "findings": _findings(report),
            "notes": list(rendered.notes),
        }
    )
    return status


def _findings(report: Report) -> list[dict[str, Any]]:
    return [finding.model_dump(mode="json") for finding in report.findings]
