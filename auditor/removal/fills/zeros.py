"""Zeros: a removed element becomes 0 in the tensor the model receives (after normalisation often not black)."""

from __future__ import annotations

import torch

from auditor.removal.fill import ReferenceFill
from auditor.removal.material import Material


def zeros(material: Material) -> ReferenceFill:
    """The number 0 everywhere."""
    return ReferenceFill("zeros", torch.zeros(()), f"the value {material.raw(0.0)} in the tensor the model receives")


FILL = zeros
