"""One audit in progress: the model behind `Calls`, the data, and where its shards go."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from auditor.errors import AuditError, UserCodeError
from auditor.evidence.clock import Progress
from auditor.evidence.facts import Environment
from auditor.evidence.provenance import environment
from auditor.evidence.schema import TABLES
from auditor.evidence.store import Reader, shard_path, write_shard
from auditor.inputs.batch import Batch
from auditor.inputs.case_features import CaseFeatures
from auditor.inputs.model import TorchModel
from auditor.inputs.ownership import DETERMINISM
from auditor.plan.fields import AuditPlan
from auditor.removal.calls import Calls
from auditor.run.directory import Begun
from auditor.run.failing import RAISED, logits_around, reason
from auditor.run.subject import Roll, Subject

CLEAN_SHARD = 1024
MOST_TOLD = 10  # rows a shard names one by one; the record counts all by reason
NOT_FINITE = "the model's output has NaN or infinite values"


class Case(NamedTuple):
    """What is explained: a row of the data, and the class whose score is asked about."""

    row: int
    target: int


@dataclass
class Job:
    """What passes need. `calls.rows` may only shrink, when memory runs out.

    Attributes:
        members: the members of an ensemble by variant, "member:0" …
        reference: rows [n, *shape] backgrounds are drawn from, once they are known.
        words: of texts, the tokens of the words of reference rows, [n, tokens], -1 behind them.
    """

    subject: Subject
    roll: Roll
    run: Path
    model: TorchModel
    calls: Calls
    features: CaseFeatures
    progress: Progress
    begun: Begun
    members: dict[str, TorchModel] = field(default_factory=dict)
    reference: torch.Tensor | None = None
    words: torch.Tensor | None = None

    @property
    def plan(self) -> AuditPlan:
        """The audit's plan."""
        return self.subject.plan

    def model_of(self, variant: str) -> TorchModel:
        """One of the members, or the model: of "" and of corrupted rows."""
        return self.members.get(variant, self.model)

    def calls_of(self, variant: str) -> Calls:
        """Calls of a variant, with as many rows as the model's."""
        own = self.members.get(variant)
        return self.calls if own is None else Calls(own, self.calls.rows, self.progress.advance)

    def predictions(self) -> None:
        """Pass 1: clean logits of every row that can be read, in shards of the data's order; also of each member."""
        rows = [i for i, problem in enumerate(self.roll.problems) if not problem]
        for variant in ("", *self.members):
            self.progress.stage(f"predictions{f' of {variant}' if variant else ''}", len(rows))
            for first in range(0, len(rows), CLEAN_SHARD):
                part = rows[first : first + CLEAN_SHARD]
                path = shard_path(self.run, "predictions", variant.replace(":", "-") or "clean", first, len(part))
                if path.exists():
                    self.progress.advance(len(part))
                else:
                    self.retry(functools.partial(self._write_predictions, part, path, variant))

    def _write_predictions(self, part: Sequence[int], path: Path, variant: str) -> None:
        write_shard(path, self.predict(part, variant, self.subject.data.arguments))

    def predict(self, part: Sequence[int], variant: str, arguments: Callable[[Sequence[int]], dict[str, Tensor]]) -> pa.Table:
        """Table `predictions` of some rows; `arguments` gives the forward arguments [n, *shape] of the rows of one call."""
        model, calls = self.model_of(variant), self.calls_of(variant)
        found = [
            logits_around(calls, lambda rows: model.receives(arguments(rows)), part[chunk]) for chunk in calls.chunks(len(part))
        ]
        logits = torch.cat([values.cpu() for values, _ in found])
        failed = {row: error for _, errors in found for row, error in errors.items()}
        errors = self._left_out(failed)
        finite = torch.isfinite(logits).all(dim=1).tolist()
        values = [row.numpy() if ok else np.empty(0, np.float32) for row, ok in zip(logits, finite, strict=True)]
        return pa.table(
            {
                "sample_id": [self.roll.ids[i] for i in part],
                "variant": [variant] * len(part),
                "logits": pa.array(values, pa.list_(pa.float32())),
                "error": ["" if ok else errors.get(row, NOT_FINITE) for row, ok in zip(part, finite, strict=True)],
            },
            schema=TABLES["predictions"],
        )

    def _left_out(self, failed: Mapping[int, UserCodeError]) -> dict[int, str]:
        """Why rows the model raised for are left out; each is named, with what was raised where the plan shows rows."""
        for row, error in list(failed.items())[:MOST_TOLD]:
            said = error.message if self.plan.examples == "full" else reason(error)
            self.progress.note(f"row {row + 1:,} is left out: {said[:1].lower()}{said[1:]}")
        return {row: reason(error) for row, error in failed.items()}

    def clean_pass(self) -> tuple[np.ndarray, list[str]]:
        """`clean_logits` of the model; from here on rows it raised for are no rows to draw from.

        Raises:
            AuditError: no row has a prediction. What was stored of the pass is deleted, so that a mended model starts anew.
        """
        clean, errors = self.clean_logits()
        if all(errors):
            for path in (self.run / "evidence" / "predictions").glob("*.parquet"):
                path.unlink()
            told = "; ".join(f"{count:,} rows: {why}" for why, count in Counter(errors).most_common(3))
            raise AuditError(
                "The model answers no row of the evaluation set.",
                found=told,
                expected="finite logits for at least one row",
                fix="check the model's weights and the preprocessing against one batch of its data",
            )
        both = zip(errors, self.roll.problems, strict=True)
        problems = tuple(error if error.startswith(RAISED) else own for error, own in both)
        self.roll = replace(self.roll, problems=problems)
        return clean, errors

    def environment(self) -> Environment:
        """What the run was begun with; packages that changed since are not what its first shards were computed with."""
        if (self.run / "evidence" / "prepared.json").exists():
            return Reader(self.run).prepared.environment
        return environment(self.begun.device, self.begun.threads, self.begun.rows, DETERMINISM, self.subject.folder)

    def usable(self) -> list[int]:
        """Rows of the data that can be read and that the model does not raise for."""
        return [row for row, problem in enumerate(self.roll.problems) if not problem]

    def clean_logits(self, variant: str = "") -> tuple[np.ndarray, list[str]]:
        """Stored logits float32 [rows, classes] in the order of the data (NaN where there are none), and each row's error."""
        table = Reader(self.run).table("predictions")
        table = table.filter(pc.equal(table.column("variant"), variant))
        found = dict(zip(table.column("sample_id").to_pylist(), table.column("logits").to_pylist(), strict=True))
        failed = dict(zip(table.column("sample_id").to_pylist(), table.column("error").to_pylist(), strict=True))
        logits = np.full((len(self.roll.ids), len(self.model.classes)), np.nan, np.float32)
        errors = []
        for i, (name, problem) in enumerate(zip(self.roll.ids, self.roll.problems, strict=True)):
            error = problem or failed[name]
            errors.append(error)
            if not error:
                logits[i] = found[name]
        return logits, errors

    def batch(self, part: Sequence[Case], clean: np.ndarray, variant: str = "") -> Batch:
        """Some cases, with the logits of a variant's clean pass."""
        model = self.model_of(variant)
        rows = [case.row for case in part]
        offered = self.subject.data.arguments(rows)
        return Batch(
            ids=tuple(self.roll.ids[i] for i in rows),
            key=self.roll.key[rows],
            inputs=model.receives(offered),
            primary=self.subject.data.primary,
            features=self.features.of(rows, offered).to(model.device),
            targets=torch.tensor([case.target for case in part], device=model.device),
            labels=self.subject.data.labels[rows].to(model.device),
            clean=torch.from_numpy(clean[rows]).to(model.device),
        )

    def retry(self, compute: Callable[[], None]) -> None:
        """Run a shard; when memory runs out halve the rows per call and run the same shard again."""
        while True:
            try:
                return compute()
            except (torch.OutOfMemoryError, MemoryError):
                if self.calls.rows == 1:
                    raise
                self.calls.rows = max(1, self.calls.rows // 2)
                if torch.cuda.is_available():
                    torch.cuda.empty_cache()
                self.progress.note(
                    f"out of memory: {self.calls.rows} rows per call from here on; values agree to 1e-4 of the logit range"
                )
