"""Predictions of corrupted rows: the same rows under every corruption and severity the plan lists."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from auditor.evidence.robustness_facts import SHEET, CorruptionFacts, RobustnessFacts
from auditor.evidence.store import Reader, shard_path, write_shard
from auditor.inputs.corrupted import Corrupted
from auditor.inputs.randomness import uniform
from auditor.inputs.rows import EvaluationSet
from auditor.plan.corruptions import CORRUPTIONS
from auditor.plan.fields import AuditPlan
from auditor.plan.robustness_fields import RobustnessPlan
from auditor.run.job import CLEAN_SHARD, Job
from auditor.run.passes import write_exemplar


def robustness_facts(job: Job, errors: Sequence[str]) -> RobustnessFacts | None:
    """What will be asked, and which corruptions cannot be made of these data; None where the plan asks for nothing.

    Args:
        errors: why a row of the data was not evaluated, "" where it was.
    """
    asked = job.plan.robustness
    if asked is None:
        return None
    candidates = _candidates(job.subject.data, errors)
    modality, source = job.plan.data.modality, _source(job) if candidates else None
    made = []
    for name in asked.corruptions:
        kind = CORRUPTIONS[modality][name]
        amounts = {str(severity): kind.amount(severity) for severity in asked.severities}
        reason = source.problem(name) if source else "no row was evaluated"
        one = CorruptionFacts(name=name, title=kind.title, said=kind.said, amounts=amounts, source=kind.source, reason=reason)
        made.append(one)
    rows = min(asked.samples, len(candidates))
    return RobustnessFacts(rows=rows, drawn_from=len(candidates), severities=asked.severities, corruptions=tuple(made))


def corrupted_predictions(job: Job, shard: int = CLEAN_SHARD) -> None:
    """Predict every corrupted row that is not stored yet, in shards of the data's order.

    Args:
        shard: rows per file; changes no value.
    """
    facts = Reader(job.run).prepared.robustness
    if facts is None or not facts.stored:
        return
    rows, source = _rows(job, facts), _source(job)
    names = [one.name for one in facts.corruptions if not one.reason]
    if job.plan.examples == "full" and job.plan.data.modality == "image":
        _write_sheet(job, source, rows[0], dict.fromkeys(names, max(facts.severities)))
    job.progress.stage("corrupted rows", facts.stored)
    for name in names:
        for severity in facts.severities:
            for first in range(0, len(rows), shard):
                part = rows[first : first + shard]
                path = shard_path(job.run, "predictions", f"corruption-{name}-{severity}", first, len(part))
                if path.exists():
                    job.progress.advance(len(part))
                else:
                    job.retry(functools.partial(_write, job, source, part, (name, severity), path))


def corrupted_forwards(plan: AuditPlan, usable: int) -> int:
    """Model rows that this pass costs, should every corruption fit the data."""
    asked: RobustnessPlan | None = plan.robustness
    return min(asked.samples, usable) * len(asked.corruptions) * len(asked.severities) if asked else 0


def _write(job: Job, source: Corrupted, part: Sequence[int], what: tuple[str, int], path: Path) -> None:
    name, severity = what
    variant = f"corruption:{name}:{severity}"
    write_shard(path, job.predict(part, variant, lambda rows: source.arguments(rows, name, severity)))


def _write_sheet(job: Job, source: Corrupted, row: int, severities: Mapping[str, int]) -> None:
    """One image undisturbed and under each corruption, for the reader."""
    found = {"image:": source.picture(row)}
    found |= {f"image:{name}:{severity}": source.picture(row, name, severity) for name, severity in severities.items()}
    arrays = {key: picture for key, picture in found.items() if picture is not None}
    write_exemplar(job.run)(Path(SHEET).stem, arrays)


def _source(job: Job) -> Corrupted:
    usable = [row for row, problem in enumerate(job.roll.problems) if not problem]
    return Corrupted(job.subject.data, usable, job.roll.key, job.plan.seed)


def _rows(job: Job, facts: RobustnessFacts) -> list[int]:
    """The first rows of a seeded order of the candidates, in the order of the data."""
    samples = Reader(job.run).table("samples")
    error = dict(zip(samples.column("sample_id").to_pylist(), samples.column("error").to_pylist(), strict=True))
    candidates = _candidates(job.subject.data, [error[name] for name in job.roll.ids])
    draw = uniform(job.roll.key, "corrupted rows", job.plan.seed, (1,))[:, 0].numpy()[candidates]
    return sorted(candidates[place] for place in np.argsort(draw, kind="stable")[: facts.rows])


def _candidates(data: EvaluationSet, errors: Sequence[str]) -> list[int]:
    """Evaluated rows with a known label; without any label, all evaluated rows, whose predictions can still change."""
    evaluated = [row for row, error in enumerate(errors) if not error]
    if data.several is not None:
        known = [row for row in evaluated if data.several[row] is not None]
    else:
        known = [row for row in evaluated if data.labels[row] >= 0]
    return known or evaluated
