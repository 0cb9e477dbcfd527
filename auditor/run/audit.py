"""From a plan to complete evidence in a run directory."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from auditor.evidence.clock import Progress, clocked
from auditor.evidence.facts import Environment, FeatureFacts, Prepared
from auditor.evidence.handle import Evidence
from auditor.evidence.provenance import environment
from auditor.evidence.record import canonical_json
from auditor.evidence.store import Reader, shard_path, write_atomically, write_shard
from auditor.inputs.features import build_features
from auditor.inputs.model import TorchModel, activation_bytes, state_sha256
from auditor.inputs.ownership import DETERMINISM, borrowed
from auditor.observe._setting import Setting
from auditor.plan.digest import evidence_sha256, thresholds_sha256
from auditor.plan.fields import AuditPlan
from auditor.plan.read import PlanSource, load_plan
from auditor.plan.write import plan_yaml
from auditor.removal.calls import Calls
from auditor.removal.orders import removal_counts
from auditor.removal.rows import rows_per_call
from auditor.run import prepare as facts
from auditor.run.directory import Begun, begin, claim
from auditor.run.job import Job
from auditor.run.passes import GROUP, PASSES, Selected, observe, write_exemplar
from auditor.run.selection import choose_examples, select
from auditor.run.subject import Roll, Subject, call_roll, choose_device, first_row, open_subject


def audit(
    plan: PlanSource | AuditPlan | str | Path,
    out: Path | str | None = None,
    *,
    progress: Progress | None = None,
    fresh: bool = False,
    shard: int = GROUP,
) -> Evidence:
    """Compute (or complete) the evidence of an audit.

    Args:
        plan: a path to audit.yaml, or a plan.
        out: run directory; default `audits/<plan name>`.
        progress: told about stages and rows.
        fresh: delete an earlier run in `out` first.
        shard: selected cases per file, rounded up to a multiple of 64; changes no value.

    Raises:
        AuditError: anything the user can repair; what was computed stays and is used by the next start.
    """
    source = _source(plan)
    run = Path(out) if out is not None else Path("audits") / source.plan.name
    methods = facts.build_methods(source.plan)  # mistakes in options before anything is loaded
    subject = open_subject(source.plan, source.folder)
    claim(run, source.plan, fresh)
    with clocked(run, progress) as events, borrowed(subject.module, threads_of(source.plan)):
        return compute(subject, run, methods, events, shard)


def _source(plan: PlanSource | AuditPlan | str | Path) -> PlanSource:
    if isinstance(plan, PlanSource):
        return plan
    if isinstance(plan, AuditPlan):
        return PlanSource(plan=plan, folder=Path(), path=None, lines={})
    return load_plan(Path(plan))


def threads_of(plan: AuditPlan) -> int:
    """The plan's threads; auto: what torch uses."""
    return torch.get_num_threads() if plan.threads == "auto" else plan.threads


def compute(
    subject: Subject, run: Path, methods: dict[str, Any], progress: Progress, shard: int, move: bool = True
) -> Evidence:
    """All passes over a borrowed model; what is already stored is used.

    Args:
        subject: model and data.
        run: the claimed run directory.
        methods: the plan's methods by name.
        progress: told about stages and rows.
        shard: selected cases per file.
        move: whether the model may be moved to the plan's device (not when it is the caller's own).
    """
    for note in subject.notes:
        progress.note(note)
    progress.stage("reading data", 0)
    job, features = _open(subject, run, progress, move)
    evidence = Evidence(run)
    if not evidence.complete:
        job.predictions()
        selected = _prepare(job, features, methods)
        for name, observer in PASSES:
            observe(job, selected, name, observer, shard)
    begun = job.begun
    resolved = job.plan.model_copy(update={"rows": begun.rows, "threads": begun.threads, "device": begun.device.split(":")[0]})
    write_atomically(run / "plan.yaml", plan_yaml(resolved).encode())
    return evidence


def _open(subject: Subject, run: Path, progress: Progress, move: bool) -> tuple[Job, FeatureFacts]:
    """Read the data, probe the model, and check that a run is continued under the conditions it was begun under."""
    roll = call_roll(subject)
    if move:
        subject.module.to(choose_device(subject.plan.device))
    plan = subject.plan
    model = TorchModel(subject.module, plan.model.classes, plan.model.head, plan.model.output)
    first = {"x": model.receives(first_row(subject.data))}
    with torch.no_grad():
        model.logits({"x": first["x"].clone()})  # a model that does not fit its data or class names says so here
    model.choose_layout(first)
    model.probe(first)
    columns = subject.data.encoding.columns
    features, described = build_features(plan.data.features, first["x"].shape[1:], plan.data.modality, columns)
    begun = begin(run, _identity(plan, roll, model, first))
    return Job(subject, roll, run, model, Calls(model, begun.rows, progress.advance), features, progress, begun), described


def _prepare(job: Job, features: FeatureFacts, methods: dict[str, Any]) -> Selected:
    """Fix and store the facts of the whole set: selection, fills, examples, what each method needs."""
    subject, plan, roll, model = job.subject, job.plan, job.roll, job.model
    clean, errors = job.clean_logits()
    predicted = np.where([not e for e in errors], np.nan_to_num(clean).argmax(axis=1), -1)
    selection = select(predicted, roll.labels, facts.selection_draw(roll.key, plan.seed), model.classes, plan.samples)
    chosen = selection.weight > 0
    probabilities = facts.softmax(np.nan_to_num(clean))
    job.reference = facts.reference_rows(plan, subject.data, roll)
    fills = facts.build_fills(plan, job.reference, subject.data.encoding)
    prepared = Prepared(
        plan_sha256=job.begun.plan_sha256,
        thresholds_sha256=job.begun.thresholds_sha256,
        model=facts.model_facts(subject, model, tuple(subject.data.shape)),
        data=facts.data_facts(subject, roll, predicted, errors),
        features=features,
        files=subject.files,
        strata=selection.strata,
        fills=facts.fill_facts(fills),
        methods=facts.method_facts(methods, model, job.features.spots, facts.fill_draws(plan)),
        exemplars=choose_examples(list(roll.ids), predicted, roll.labels, probabilities, chosen),
        steps=len(removal_counts(job.features.spots, plan.primary.steps)) - 1,
        environment=_environment(job),
        seed=plan.seed,
    )
    write_atomically(job.run / "evidence" / "prepared.json", canonical_json(prepared))
    samples = facts.samples_table(roll, predicted, errors, selection)
    write_shard(shard_path(job.run, "samples", "all", 0, len(roll.ids)), samples)
    applicable = {fact.name: methods[fact.name] for fact in prepared.methods if fact.applies}
    on_device = {name: fill.to(model.device) for name, fill in fills.items()}
    cases = [int(i) for i in np.flatnonzero(chosen)]
    return Selected(cases, clean, _setting(job, prepared, applicable, tuple(fills)), on_device)


def _environment(job: Job) -> Environment:
    """What the run was begun with; packages that changed since are not what its first shards were computed with."""
    if (job.run / "evidence" / "prepared.json").exists():
        return Reader(job.run).prepared.environment
    return environment(job.begun.device, job.begun.threads, job.begun.rows, DETERMINISM, job.subject.folder)


def _setting(job: Job, prepared: Prepared, methods: dict[str, Any], fills: tuple[str, ...]) -> Setting:
    row_of = {name: i for i, name in enumerate(job.roll.ids)}
    full = job.plan.examples == "full"
    return Setting(
        methods=methods,
        fills=fills,
        score=job.plan.primary.score,
        steps=job.plan.primary.steps,
        seed=job.plan.seed,
        exemplars={fact.sample_id: number for number, fact in enumerate(prepared.exemplars)},
        show=lambda sample_id: job.subject.data.show(row_of[sample_id]) if full else None,
        write=write_exemplar(job.run),
    )


def _identity(plan: AuditPlan, roll: Roll, model: TorchModel, first: dict[str, torch.Tensor]) -> Begun:
    device = str(model.device)
    rows = rows_per_call(activation_bytes(model.module, first["x"]), model.device.type) if plan.rows == "auto" else plan.rows
    return Begun(
        plan_sha256=evidence_sha256(plan),
        thresholds_sha256=thresholds_sha256(plan),
        model_sha256=state_sha256(model.module),
        data_sha256=roll.sha256,
        id_key=roll.fingerprint,
        device=device,
        threads=threads_of(plan),
        rows=rows,
        torch=version("torch"),
    )
