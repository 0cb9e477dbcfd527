"""From a plan to complete evidence in a run directory."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.evidence.clock import Progress, clocked
from auditor.evidence.facts import FileFact, Prepared
from auditor.evidence.handle import Evidence
from auditor.evidence.model_signing import signing_facts
from auditor.evidence.provenance import version
from auditor.evidence.record import canonical_json
from auditor.evidence.store import shard_path, write_atomically, write_shard
from auditor.inputs.case_features import case_features
from auditor.inputs.model import TorchModel
from auditor.inputs.model_state import model_sha256
from auditor.inputs.ownership import borrowed
from auditor.observe._setting import Setting
from auditor.plan.digest import evidence_sha256, thresholds_sha256
from auditor.plan.fields import AuditPlan
from auditor.plan.read import PlanSource, load_plan
from auditor.plan.stored import stored_plan
from auditor.plan.write import plan_yaml
from auditor.removal.calls import Calls
from auditor.removal.orders import removal_counts
from auditor.run import outcome
from auditor.run import prepare as facts
from auditor.run.directory import Begun, begin, claim
from auditor.run.job import Case, Job
from auditor.run.model_facts import member_facts, model_facts
from auditor.run.own_files import own_files
from auditor.run.passes import GROUP, MEMBERS, PASSES, Selected, observe, shown, write_exemplar
from auditor.run.presets import preset_checks
from auditor.run.ready import call_rows, filled, first_asked, members, threads_of
from auditor.run.robustness import corrupted_predictions, robustness_facts
from auditor.run.selection import choose_examples, select
from auditor.run.stored_inputs import store_inputs
from auditor.run.subject import Roll, Subject, call_roll, choose_device, open_subject, usable_rows, weights_folder
from auditor.run.trust import prepared_trust


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
    own = own_files(source.plan, source.folder)
    subject = open_subject(source.plan, source.folder)
    claim(run, source.plan, fresh)
    own.keep(run)
    with clocked(run, progress) as events, borrowed(subject.module, threads_of(source.plan)):
        return compute(subject, run, methods, events, shard)


def _source(plan: PlanSource | AuditPlan | str | Path) -> PlanSource:
    if isinstance(plan, PlanSource):
        return plan
    if isinstance(plan, AuditPlan):
        return PlanSource(plan=plan, folder=Path(), path=None, lines={})
    return load_plan(Path(plan))


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
    job = _open(subject, run, progress, move)
    evidence = Evidence(run)
    if not evidence.complete:
        job.predictions()
        selected = _prepare(job, methods)
        corrupted_predictions(job)
        store_inputs(job)
        for variant in job.members:
            observe(job, selected, variant.replace(":", "-"), MEMBERS, shard, variant)
        for name, observer in PASSES:
            observe(job, selected, name, observer, shard)
        for check in selected.checks:
            part = replace(selected, cases=check.cases, fills={**selected.fills, **check.fills})
            observe(job, part, check.name, check.observer, shard)
    begun = job.begun
    resolved = job.plan.model_copy(update={"rows": begun.rows, "threads": begun.threads, "device": begun.device.split(":")[0]})
    write_atomically(run / "plan.yaml", plan_yaml(stored_plan(resolved)).encode())
    return evidence


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


def _prepare(job: Job, methods: dict[str, Any]) -> Selected:
    """Fix and store the facts of the whole set: selection, fills, examples, what each method needs."""
    clean, errors = job.clean_pass()
    subject, plan, roll, model = job.subject, job.plan, job.roll, job.model
    seen = outcome.read(clean, errors, subject.data, plan.model)
    selected = functools.partial(select, seen.predicted, seen.right, facts.selection_draw(roll.key, plan.seed), model.classes)
    selection = selected(plan.samples)
    chosen = selection.weight > 0
    cases = [Case(int(row), target) for row in np.flatnonzero(chosen) for target in seen.targets(int(row))]
    job.reference = facts.reference_rows(plan, subject.data, roll)
    job.words = facts.reference_words(plan, subject.data, roll, job.features)
    fills = facts.build_fills(plan, job.reference, subject.data.encoding, words=job.words)
    described = facts.method_facts(methods, model, job.features.spots, facts.fill_draws(plan))
    applicable = {fact.name: methods[fact.name] for fact in described if fact.applies}
    steps = len(removal_counts(job.features.spots, plan.primary.steps)) - 1
    trust, checks = prepared_trust(job, applicable, cases, selected, steps)
    protocols, further = preset_checks(plan, subject.data.shape, subject.data.encoding, applicable, cases)
    prepared = Prepared(
        plan_sha256=job.begun.plan_sha256,
        thresholds_sha256=job.begun.thresholds_sha256,
        model=model_facts(subject, model, member_facts(subject, job.members, applicable, job.features.spots), job.usable()[0]),
        data=facts.data_facts(subject, roll, seen.predicted, errors),
        features=job.features.facts,
        files=subject.files,
        strata=selection.strata,
        cases=len(cases),
        fills=facts.fill_facts(fills),
        methods=described,
        exemplars=choose_examples(list(roll.ids), seen.predicted, seen.right, seen.probabilities, chosen, plan.examples),
        steps=steps,
        trust=trust,
        protocols=protocols,
        robustness=robustness_facts(job, errors),
        signing=signing_facts(subject.files, weights_folder(subject)),
        environment=job.environment(),
        seed=plan.seed,
    )
    _store(job, prepared, facts.samples_table(roll, seen.predicted, errors, selection, subject.data.several))
    fills = {name: fill.to(model.device) for name, fill in fills.items()}
    logits = {"": clean, **{variant: job.clean_logits(variant)[0] for variant in job.members}}
    return Selected(cases, logits, _setting(job, prepared, applicable, tuple(fills)), fills, [*checks, *further])


def _store(job: Job, prepared: Prepared, samples: pa.Table) -> None:
    write_atomically(job.run / "evidence" / "prepared.json", canonical_json(prepared))
    write_shard(shard_path(job.run, "samples", "all", 0, len(job.roll.ids)), samples)


def _setting(job: Job, prepared: Prepared, methods: dict[str, Any], fills: tuple[str, ...]) -> Setting:
    row_of = {name: i for i, name in enumerate(job.roll.ids)}
    full = job.plan.examples == "full"
    return Setting(
        methods=methods,
        fills=fills,
        score=job.plan.primary.score,
        steps=job.plan.primary.steps,
        seed=job.plan.seed,
        own_names=not prepared.features.names or prepared.features.most > 0,
        exemplars={fact.sample_id: number for number, fact in enumerate(prepared.exemplars)},
        show=lambda sample_id: shown(job.subject.data, row_of[sample_id], job.plan.data.features.names) if full else {},
        write=write_exemplar(job.run),
        private=not full,
    )


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
