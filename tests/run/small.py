"""A small audit that runs in about a second: 240 rows, 150 selected, 3 classes, a network with fixed random weights."""

from __future__ import annotations

from pathlib import Path

from auditor.report.build import build_report

PLAN = """
name: small
model:
  name: small network
  factory: subject.py:model
  classes: [a, b, c]
data:
  name: noise
  factory: subject.py:data
  modality: image
  features: {kind: grid, size: 2}
  ids: plain
methods: [integrated_gradients, saliency, occlusion, random]
primary: {steps: 6, fill: mean}
samples: 150
seed: 1
examples: full
threads: 1
trust: {enabled: false}
"""

SUBJECT = """
import torch
from torch import nn


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 240

    def __getitem__(self, i):
        x = torch.randn(1, 8, 8, generator=torch.Generator().manual_seed(i))
        label = (0 if x.sum() < -2 else 1 if x.sum() < 2 else 2)
        return {"input": x, "label": label, "id": f"row-{i}"}


def data():
    return Rows()


def model():
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(54, 3))
"""


def write(folder: Path, plan: str = PLAN, subject: str = SUBJECT) -> Path:
    """Write the plan and its Python file; returns the plan's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "subject.py").write_text(subject)
    (folder / "audit.yaml").write_text(plan)
    return folder / "audit.yaml"


def report_bytes(run: Path) -> bytes:
    """Measure and judge a run; returns report.json."""
    build_report(run)
    return (run / "report.json").read_bytes()


class Heard:
    """A progress that keeps what it is told in words."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def stage(self, name: str, total: int) -> None:
        pass

    def advance(self, rows: int) -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)
