"""From a plan to complete evidence in a run directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditor.evidence.atomic import write_atomically
from auditor.evidence.clock import Progress, clocked
from auditor.evidence.facts import FileFact
from auditor.evidence.handle import Evidence
from auditor.evidence.provenance import version
from auditor.inputs.case_features import case_features
from auditor.inputs.model import TorchModel
from auditor.inputs.model_state import model_sha256
from auditor.inputs.ownership import borrowed
from auditor.plan.digest import evidence_sha256, thresholds_sha256
from auditor.plan.fields import AuditPlan
from auditor.plan.read import PlanSource, load_plan
from auditor.plan.stored import stored_plan
from auditor.plan.write import plan_yaml
from auditor.removal.calls import Calls
from auditor.run import prepare as facts
from auditor.run.directory import Begun, begin, claim
from auditor.run.ground import Chosen, Ground
from auditor.run.job import Job
from auditor.run.looks import Look, look_by_look
from auditor.run.own_files import own_files
from auditor.run.passes import GROUP, LOOKED_AT, MEMBERS, PASSES, observe, part_name
from auditor.run.ready import call_rows, filled, first_asked, members, threads_of
from auditor.run.robustness import corrupted_predictions
from auditor.run.stored_inputs import store_inputs
from auditor.run.subject import Roll, Subject, call_roll, choose_device, open_subject, usable_rows


def audit(
    plan: PlanSource | AuditPlan | str | Path,
    out: Path | str | None = None,
    *,
    progress: Progress | None = None,
    fresh: bool = False,
    shard: int = GROUP,
    look: Look | None = None,
) -> Evidence:
    """Compute (or complete) the evidence of an audit.

    Args:
        plan: a path to audit.yaml, or a plan.
        out: run directory; default `audits/<plan name>`.
        progress: told about stages and rows.
        fresh: delete an earlier run in `out` first.
        shard: selected cases per file, rounded up to a multiple of 64; changes no value.
        look: measures the result that a rule under `samples` is on; `auditor.measure.look`.

    Raises:
        AuditError: anything the user can repair; what was computed stays and is used by the next start.
    """
    source = _source(plan)
    run = Path(out) if out is not None else Path("audits") / source.plan.name
    methods = facts.build_methods(source.plan)  # mistakes in options before anything is loaded
    own = own_files(source.plan, source.folder)
    subject = open_subject(source.plan, source.folder)
    claim(run, source.plan, fresh)
    own.keep(run)
    with clocked(run, progress) as events, borrowed(subject.module, threads_of(source.plan)):
        return compute(subject, run, methods, events, shard, look=look)


def _source(plan: PlanSource | AuditPlan | str | Path) -> PlanSource:
    if isinstance(plan, PlanSource):
        return plan
    if isinstance(plan, AuditPlan):
        return PlanSource(plan=plan, folder=Path(), path=None, lines={})
    return load_plan(Path(plan))


def compute(
    subject: Subject,
    run: Path,
    methods: dict[str, Any],
    progress: Progress,
    shard: int,
    *,
    move: bool = True,
    look: Look | None = None,
) -> Evidence:
    """All passes over a borrowed model; what is already stored is used.

    Args:
        subject: model and data.
        run: the claimed run directory.
        methods: the plan's methods by name.
        progress: told about stages and rows.
        shard: selected cases per file.
        move: whether the model may be moved to the plan's device (not when it is the caller's own).
        look: as in `audit`.
    """
    for note in subject.notes:
        progress.note(note)
    progress.stage("reading data", 0)
    job = _open(subject, run, progress, move)
    evidence = Evidence(run)
    if not evidence.complete:
        job.predictions()
        ground = Ground.of(job, methods)
        chosen = _chosen(ground, look, shard)
        selected = ground.settle(chosen)
        corrupted_predictions(job)
        store_inputs(job)
        for variant in job.members:
            observe(job, selected, variant.replace(":", "-"), MEMBERS, shard, variant)
        for name, observer in PASSES:
            looked = (name, observer) in LOOKED_AT
            for number, cases in enumerate(chosen.batches if looked else [chosen.cases], 1):
                observe(job, replace(selected, cases=cases), part_name(name, number), observer, shard)
        for check in selected.checks:
            part = replace(selected, cases=check.cases, fills={**selected.fills, **check.fills})
            observe(job, part, check.name, check.observer, shard)
    begun = job.begun
    resolved = job.plan.model_copy(update={"rows": begun.rows, "threads": begun.threads, "device": begun.device.split(":")[0]})
    write_atomically(run / "plan.yaml", plan_yaml(stored_plan(resolved)).encode())
    return evidence


def _chosen(ground: Ground, look: Look | None, shard: int) -> Chosen:
    """The cases to explain: as many as the plan says, or as its rule finds enough."""
    asked = ground.job.plan.samples
    if isinstance(asked, int):
        return ground.choose(asked)
    if look is None:
        raise ValueError("a rule under `samples` needs `look`")
    return look_by_look(ground, asked, look, shard)


def _open(subject: Subject, run: Path, progress: Progress, move: bool) -> Job:
    """Read the data, probe the model, and check that a run is continued under the conditions it was begun under."""
    roll = call_roll(subject)
    if move:
        subject.module.to(choose_device(subject.plan.device))
    plan, usable = subject.plan, usable_rows(subject.data)
    model, offered = first_asked(subject, usable)
    first = model.receives(filled(offered, subject.fixed_rows or 1))
    features = case_features(plan.data.features, subject.data, usable, plan.examples != "full")
    begun = begin(run, _identity(plan, roll, model, call_rows(plan, subject, model, first), subject.files))
    calls = Calls(model, begun.rows, progress.advance)
    return Job(subject, roll, run, model, calls, features, progress, begun, members(model, offered))


def _identity(plan: AuditPlan, roll: Roll, model: TorchModel, rows: int, files: Sequence[FileFact]) -> Begun:
    return Begun(
        plan_sha256=evidence_sha256(plan),
        thresholds_sha256=thresholds_sha256(plan),
        model_sha256=model_sha256(model.module, files),
        data_sha256=roll.sha256,
        id_key=roll.fingerprint,
        device=str(model.device),
        threads=threads_of(plan),
        rows=rows,
        torch=version("torch"),
    )
