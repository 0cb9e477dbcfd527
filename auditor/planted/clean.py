"""Models and data without anything to signal: every signal is a false alarm."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from auditor.evidence.findings import Finding
from auditor.evidence.results import Result
from auditor.evidence.store import Reader
from auditor.judge.signals import LABELS, PROXY, RANKINGS, signals
from auditor.measure import group_rankings, label_excess, proxies, rankings
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.planted.audited import Planted, audited
from auditor.planted.training import drawn

ROWS, COLUMNS = 400, 8
METHOD = "integrated_gradients"
MEASURES: tuple[Any, ...] = (proxies, label_excess, rankings, group_rankings)


class Clean(torch.utils.data.Dataset[dict[str, Any]]):
    """Columns of noise, labels drawn with the probabilities the model states, and groups that say nothing of either."""

    def __init__(self, model: nn.Module, generator: torch.Generator) -> None:
        self.inputs = torch.randn(ROWS, COLUMNS, generator=generator)
        with torch.no_grad():
            stated = model(self.inputs).softmax(1)
        self.labels = torch.multinomial(stated, 1, generator=generator)[:, 0]
        self.group = torch.randint(0, 2, (ROWS,), generator=generator)

    def __len__(self) -> int:
        return ROWS

    def __getitem__(self, row: int) -> dict[str, Any]:
        """One row, as the data of an audit are given."""
        if not 0 <= row < ROWS:
            raise IndexError(row)
        kind = ("first", "second")[int(self.group[row])]
        return {"input": self.inputs[row], "label": int(self.labels[row]), "id": f"{row:04d}", "groups": {"kind": kind}}


def signalled(seed: int) -> list[bool]:
    """Whether there is a signal of each kind: proxy, labels, difference of rankings. The method counts as usable."""
    generator = drawn(seed)
    weight = torch.randn(COLUMNS, generator=generator)
    model = nn.Linear(COLUMNS, 2)
    with torch.no_grad():
        model.weight.copy_(torch.stack([-weight, weight]) / 2)
        model.bias.zero_()
    data = Clean(model, generator)
    options = {
        "methods": [METHOD],
        "samples": 300,
        "primary": {"steps": 2, "method": METHOD, "fill": "mean"},
        "trust": {"enabled": False},
        "groups": ["kind"],
        "examples": "full",
        "seed": seed,
    }
    usable = Finding(id=f"verdict-{METHOD}", kind="verdict", status="met", statement="usable", results=())
    with tempfile.TemporaryDirectory(prefix="auditor-selftest-") as folder:
        run = Path(folder) / "run"
        plan = audited(Planted(model, ("no", "yes"), data, "tabular", {}), run, options)
        study = Study(Reader(run), plan, read_frame(Reader(run), plan))
        results: list[Result] = [one for measure in MEASURES for one in measure.measure(study)]
    seen = [one.id.rsplit("-", 1)[0] for one in signals(plan, results, [usable])]
    return [kind in seen for kind in (PROXY, LABELS, RANKINGS)]
