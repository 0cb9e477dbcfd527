"""What is known of an audit once every row has a prediction, and the facts it fixes for the cases that are chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from auditor.evidence.allocation import allocate
from auditor.evidence.atomic import write_atomically
from auditor.evidence.facts import ExemplarFact, MethodFacts, ModelFacts, Prepared, PresetFacts, TrustFacts
from auditor.evidence.model_signing import signing_facts
from auditor.evidence.record import canonical_json
from auditor.evidence.sequential_facts import SequentialFacts
from auditor.evidence.store import shard_path, write_shard
from auditor.observe._setting import Setting
from auditor.removal.fill import Fill
from auditor.removal.orders import removal_counts
from auditor.run import outcome
from auditor.run import prepare as facts
from auditor.run.job import Case, Job
from auditor.run.model_facts import member_facts, model_facts
from auditor.run.passes import Check, Selected, shown, write_exemplar
from auditor.run.presets import preset_checks
from auditor.run.robustness import robustness_facts
from auditor.run.selection import Selection, Strata, choose_examples, stratify
from auditor.run.subject import weights_folder
from auditor.run.trust import prepared_trust


@dataclass(frozen=True)
class Chosen:
    """Cases chosen for explanation.

    Attributes:
        selection: which rows, with their weights.
        batches: the cases, those of each look in the order of the data; one batch where their number was fixed.
        exemplars: shown as examples.
        sequential: the rule that chose their number; None: it was fixed.
    """

    selection: Selection
    batches: tuple[tuple[Case, ...], ...]
    exemplars: tuple[ExemplarFact, ...]
    sequential: SequentialFacts | None = None

    @property
    def cases(self) -> tuple[Case, ...]:
        """Of all batches, in the order of the data."""
        return tuple(sorted(case for batch in self.batches for case in batch))


@dataclass(frozen=True)
class Ground:
    """Everything about the whole set that no choice of cases changes.

    Attributes:
        clean: logits of every row, float32 [rows, classes]. errors: of each row, "" where it has none.
        described: every method of the plan. applicable: those that can explain the model.
        steps: K of the curves.
    """

    job: Job
    clean: np.ndarray
    errors: list[str]
    seen: outcome.Outcome
    strata: Strata
    described: tuple[MethodFacts, ...]
    applicable: dict[str, Any]
    fills: dict[str, Fill]
    steps: int

    @classmethod
    def of(cls, job: Job, methods: dict[str, Any]) -> Ground:
        """Read the stored predictions; fix reference rows, fills, and which methods apply."""
        clean, errors = job.clean_pass()
        subject, plan, roll = job.subject, job.plan, job.roll
        seen = outcome.read(clean, errors, subject.data, plan.model)
        strata = stratify(seen.predicted, seen.right, facts.selection_draw(roll.key, plan.seed), job.model.classes)
        job.reference = facts.reference_rows(plan, subject.data, roll)
        job.words = facts.reference_words(plan, subject.data, roll, job.features)
        fills = facts.build_fills(plan, job.reference, subject.data.encoding, words=job.words)
        described = facts.method_facts(methods, job.model, job.features.spots, facts.fill_draws(plan))
        applicable = {fact.name: methods[fact.name] for fact in described if fact.applies}
        steps = len(removal_counts(job.features.spots, plan.primary.steps)) - 1
        return cls(job, clean, errors, seen, strata, described, applicable, fills, steps)

    def cases(self, rows: Iterable[int]) -> tuple[Case, ...]:
        """Each row with each class that is explained of it."""
        return tuple(Case(int(row), target) for row in rows for target in self.seen.targets(int(row)))

    def choose(self, samples: int) -> Chosen:
        """A number of samples fixed beforehand."""
        selection = self.strata.take(self.strata.shares(samples))
        return Chosen(selection, (self.cases(np.flatnonzero(selection.weight > 0)),), self.examples(selection))

    def examples(self, selection: Selection) -> tuple[ExemplarFact, ...]:
        """Cases to show, by printed rules."""
        ids, seen = list(self.job.roll.ids), self.seen
        chosen = selection.weight > 0
        return choose_examples(ids, seen.predicted, seen.right, seen.probabilities, chosen, self.job.plan.examples)

    @cached_property
    def _model(self) -> ModelFacts:
        job = self.job
        members = member_facts(job.subject, job.members, self.applicable, job.features.spots)
        return model_facts(job.subject, job.model, members, job.usable()[0])

    def begin(self, chosen: Chosen) -> Selected:
        """Store the facts of the cases so far, and what the passes over them need; checks of the methods come at the end."""
        self._store(chosen, TrustFacts(), ())
        return self._selected(chosen, ())

    def settle(self, chosen: Chosen) -> Selected:
        """Store the facts of the cases that were chosen, with the checks of the methods on a part of them."""
        job = self.job
        trust, checks = prepared_trust(job, self.applicable, chosen.cases, self._part_of(chosen), self.steps)
        data = job.subject.data
        protocols, further = preset_checks(job.plan, data.shape, data.encoding, self.applicable, chosen.cases)
        self._store(chosen, trust, protocols)
        return self._selected(chosen, [*checks, *further])

    def _part_of(self, chosen: Chosen) -> Callable[[int], Selection]:
        """Number of samples -> a selection of so many of the chosen ones."""
        if chosen.sequential is None:
            return lambda samples: self.strata.take(self.strata.shares(samples))
        return lambda samples: self.strata.take(allocate([own.selected for own in chosen.selection.strata], samples))

    def _store(self, chosen: Chosen, trust: TrustFacts, protocols: tuple[PresetFacts, ...]) -> None:
        job, subject = self.job, self.job.subject
        prepared = Prepared(
            plan_sha256=job.begun.plan_sha256,
            thresholds_sha256=job.begun.thresholds_sha256,
            model=self._model,
            data=facts.data_facts(subject, job.roll, self.seen.predicted, self.errors),
            features=job.features.facts,
            files=subject.files,
            strata=chosen.selection.strata,
            cases=len(chosen.cases),
            sequential=chosen.sequential,
            fills=facts.fill_facts(self.fills),
            methods=self.described,
            exemplars=chosen.exemplars,
            steps=self.steps,
            trust=trust,
            protocols=protocols,
            robustness=robustness_facts(job, self.errors),
            signing=signing_facts(subject.files, weights_folder(subject)),
            environment=job.environment(),
            seed=job.plan.seed,
        )
        write_atomically(job.run / "evidence" / "prepared.json", canonical_json(prepared))
        table = facts.samples_table(job.roll, self.seen.predicted, self.errors, chosen.selection, subject.data.several)
        write_shard(shard_path(job.run, "samples", "all", 0, len(job.roll.ids)), table)

    def _selected(self, chosen: Chosen, checks: Sequence[Check]) -> Selected:
        job = self.job
        fills = {name: fill.to(job.model.device) for name, fill in self.fills.items()}
        logits = {"": self.clean, **{variant: job.clean_logits(variant)[0] for variant in job.members}}
        return Selected(chosen.cases, logits, self._setting(chosen), fills, checks)

    def _setting(self, chosen: Chosen) -> Setting:
        job, features = self.job, self.job.features.facts
        row_of = {name: i for i, name in enumerate(job.roll.ids)}
        full = job.plan.examples == "full"
        return Setting(
            methods=self.applicable,
            fills=tuple(self.fills),
            score=job.plan.primary.score,
            steps=job.plan.primary.steps,
            seed=job.plan.seed,
            own_names=not features.names or features.most > 0,
            exemplars={fact.sample_id: number for number, fact in enumerate(chosen.exemplars)},
            show=lambda sample_id: shown(job.subject.data, row_of[sample_id], job.plan.data.features.names) if full else {},
            write=write_exemplar(job.run),
            private=not full,
        )
