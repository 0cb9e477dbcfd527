"""Constant: a removed element becomes one number of the plan (`constant`)."""

from __future__ import annotations

import torch

from auditor.removal.fill import ReferenceFill
from auditor.removal.material import Material


def constant(material: Material) -> ReferenceFill:
    """The plan's number everywhere."""
    text = f"the value {material.raw(material.constant)} in the tensor the model receives"
    return ReferenceFill("constant", torch.tensor(float(material.constant)), text)


FILL = constant
