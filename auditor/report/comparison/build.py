"""Two finished runs to a `Comparison`. The same two runs and margins give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from auditor.errors import AuditError
from auditor.evidence.comparison import Comparison, Side
from auditor.evidence.manifest import refuse_changed
from auditor.evidence.store import Reader
from auditor.judge.changes import facts
from auditor.judge.changes.margins import judged, worst
from auditor.judge.changes.summary import summary
from auditor.judge.verdict import primary_fill
from auditor.measure._changes.explained import explanation_changes
from auditor.measure._changes.flips import flips
from auditor.measure._changes.pairs import Audit, By, pair, read_audit
from auditor.measure._changes.performance import performance_changes
from auditor.plan import AuditPlan
from auditor.plan.digest import differences
from auditor.report.record import Report
from auditor.report.stored_plan import stored_plan

SCHEMA_VERSION = "1"


@dataclass(frozen=True)
class Run:
    """A finished run, read."""

    path: Path
    report: Report
    plan: AuditPlan
    audit: Audit


def compare(old: Path, new: Path, margins: Mapping[str, float], margins_from: str, by: By = "auto") -> Comparison:
    """Compare two finished runs on the samples they share. Neither folder is written to.

    Args:
        margins: result → largest loss accepted, in the result's unit.
        margins_from: who stated them.
        by: how samples are matched; see `pair`.

    Raises:
        AuditError: a folder holds no finished run, or one of another schema; other classes; no shared sample.
        VerificationError: a run was changed since it was written.
    """
    return compared(read_run(old), read_run(new), margins, margins_from, by)


def compared(before: Run, after: Run, margins: Mapping[str, float], margins_from: str, by: By = "auto") -> Comparison:
    """The same of two runs that were read; the new one's report may still be without the comparison."""
    pairs = pair(before.audit, after.audit, by, margins)
    primary = {"method": after.plan.primary.method, "fill": primary_fill(after.plan, after.report.prepared)}
    measured = (*performance_changes(pairs), *explanation_changes(pairs))
    changes = judged(measured, margins, primary)
    turned = flips(pairs)
    was, now = before.report.prepared, after.report.prepared
    gates = facts.gate_changes(before.report.findings, after.report.findings)
    data, plan = facts.data_differences(was, now), tuple(differences(before.plan, after.plan))
    model = facts.model_differences(was, now)
    pairing = pairs.pairing
    sides = side(before.report), side(after.report)
    made = Comparison(
        old=sides[0],
        new=sides[1],
        pairing=pairing,
        outcome=worst(changes),
        unchanged=not (gates or data or plan or model or turned.largest or pairing.only_old or pairing.only_new)
        and sides[0].thresholds_sha256 == sides[1].thresholds_sha256
        and all(change.equal or change.old is None for change in changes),
        margins=dict(margins),
        margins_from=margins_from,
        summary=(),
        methods={one.name: one.title for one in (*was.methods, *now.methods) if one.title},
        changes=changes,
        beside=facts.beside(before.report.results, after.report.results, changes),
        flips=turned,
        rankings=facts.rank_changes(before.report.results, after.report.results, was.features == now.features),
        gates=gates,
        model=model,
        data=data,
        plan=plan,
        versions=facts.version_differences(was, now),
    )
    return made.model_copy(update={"summary": summary(made)})


def side(report: Report) -> Side:
    """One audit in a few fields."""
    prepared = report.prepared
    return Side(
        report_id=report.id,
        model=f"{prepared.model.name} {prepared.model.version}".strip(),
        model_sha256=prepared.model.state_sha256,
        data=prepared.data.name,
        data_sha256=prepared.data.decoded_sha256,
        plan=str(report.plan.get("name", "")),
        plan_sha256=prepared.plan_sha256,
        thresholds_sha256=report.thresholds_sha256,
        rows=prepared.data.evaluated,
        auditor=prepared.environment.auditor,
    )


def read_run(run: Path) -> Run:
    """Read a finished run that was not changed since."""
    if not (run / "report.json").is_file():
        begun = (run / "evidence").is_dir()
        raise AuditError(
            "There is no finished audit to compare.",
            found=f"no report.json in {run}",
            expected="the folder that `auditor run` printed",
            fix=f"auditor render {run}, or complete it with the same `auditor run`" if begun else "name the run's folder",
        )
    refuse_changed(run, everything=True)
    report = _report(run)
    plan, _ = stored_plan(run)
    fill = primary_fill(plan, report.prepared)
    resolved = plan.model_copy(update={"primary": plan.primary.model_copy(update={"fill": fill})})
    try:
        return Run(run, report, resolved, read_audit(Reader(run), resolved))
    except (OSError, ValueError) as problem:
        raise _unreadable(run, str(problem).splitlines()[0]) from problem


def _report(run: Path) -> Report:
    content = (run / "report.json").read_bytes()
    try:
        stored = json.loads(content)
        version = stored.get("schema_version") if isinstance(stored, dict) else None
    except ValueError as problem:
        raise _unreadable(run, str(problem)) from problem
    if version != SCHEMA_VERSION:
        raise AuditError(
            f"The audit in {run} was written in another schema.",
            found=f"schema_version {version!r} in report.json",
            expected=f"schema_version {SCHEMA_VERSION!r}",
            fix="run the older release's audit again with this version of auditor; its folder stays as it is",
        )
    try:
        return Report.model_validate_json(content)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise _unreadable(run, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from problem


def _unreadable(run: Path, found: str) -> AuditError:
    return AuditError(
        f"The audit in {run} cannot be read.",
        found=found[:300],
        expected="report.json and evidence as this version of auditor writes them",
        fix="run that audit again with this version; its folder stays as it is",
    )
