"""A good plan, and what the reader answers to worse ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.errors import AuditError, PlanMistakes
from auditor.plan.read import load_plan

GOOD = """\
name: digits
model:
  name: net
  factory: net.py:make
  weights: net.safetensors
  classes: [yes, no, 7, 2.5]
data:
  name: test set
  path: digits.npz
  modality: image
methods:
  - integrated_gradients
  - occlusion: {size: 2}
  - name: random
gates:
  - result: accuracy
    at_least: 0.9
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "audit.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str, overrides: dict[str, str] | None = None) -> list[AuditError]:
    with pytest.raises(PlanMistakes) as caught:
        load_plan(written(folder, text), overrides)
    return list(caught.value.mistakes)


def only(folder: Path, text: str, overrides: dict[str, str] | None = None) -> AuditError:
    found = mistakes(folder, text, overrides)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def with_line(line: str) -> str:
    return GOOD + line + "\n"
