"""One audit in progress: the model behind `Calls`, the data, and where its shards go."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from auditor.evidence.clock import Progress
from auditor.evidence.schema import TABLES
from auditor.evidence.store import Reader, shard_path, write_shard
from auditor.inputs.batch import Batch
from auditor.inputs.features import FeatureMap
from auditor.inputs.model import TorchModel
from auditor.plan.fields import AuditPlan
from auditor.removal.calls import Calls
from auditor.run.directory import Begun
from auditor.run.subject import Roll, Subject

CLEAN_SHARD = 1024


@dataclass
class Job:
    """What passes need. `calls.rows` may only shrink, when memory runs out."""

    subject: Subject
    roll: Roll
    run: Path
    model: TorchModel
    calls: Calls
    features: FeatureMap
    progress: Progress
    begun: Begun
    reference: torch.Tensor | None = None  # rows backgrounds are drawn from, once they are known

    @property
    def plan(self) -> AuditPlan:
        """The audit's plan."""
        return self.subject.plan

    def predictions(self) -> None:
        """Pass 1: clean logits of every row that can be read, in shards of the data's order."""
        rows = [i for i, problem in enumerate(self.roll.problems) if not problem]
        self.progress.stage("predictions", len(rows))
        for first in range(0, len(rows), CLEAN_SHARD):
            part = rows[first : first + CLEAN_SHARD]
            path = shard_path(self.run, "predictions", "clean", first, len(part))
            if path.exists():
                self.progress.advance(len(part))
            else:
                self.retry(functools.partial(self._write_predictions, part, path))

    def _write_predictions(self, part: Sequence[int], path: Path) -> None:
        write_shard(path, self._predict(part))

    def _predict(self, part: Sequence[int]) -> pa.Table:
        x = self.subject.data.batch(part)[0]
        pieces = ({"x": self.model.receives(x[chunk])} for chunk in self.calls.chunks(len(part)))
        logits = torch.cat([found.cpu() for found in self.calls.logits(pieces)])
        finite = torch.isfinite(logits).all(dim=1).tolist()
        values = [row.numpy() if ok else np.empty(0, np.float32) for row, ok in zip(logits, finite, strict=True)]
        return pa.table(
            {
                "sample_id": [self.roll.ids[i] for i in part],
                "variant": [""] * len(part),
                "logits": pa.array(values, pa.list_(pa.float32())),
                "error": ["" if ok else "the model's output has NaN or infinite values" for ok in finite],
            },
            schema=TABLES["predictions"],
        )

    def clean_logits(self) -> tuple[np.ndarray, list[str]]:
        """Stored logits float32 [rows, classes] in the order of the data (NaN where there are none), and each row's error."""
        table = Reader(self.run).table("predictions")
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

    def batch(self, part: Sequence[int], clean: np.ndarray) -> Batch:
        """Some rows as cases whose target is the class predicted in the clean pass."""
        device = self.model.device
        x, labels = self.subject.data.batch(part)
        logits = torch.from_numpy(clean[list(part)]).to(device)
        return Batch(
            ids=tuple(self.roll.ids[i] for i in part),
            key=self.roll.key[list(part)],
            inputs={"x": self.model.receives(x)},
            primary="x",
            features=self.features.to(device),
            targets=logits.argmax(dim=1),
            labels=labels.to(device),
            clean=logits,
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
