"""What fills are made from: facts of the data set, gathered once in *prepare*."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from auditor import registry
from auditor.errors import AuditError
from auditor.removal.fill import ReferenceFill


@dataclass(frozen=True)
class Material:
    """What a fill may use.

    Attributes:
        rows: reference rows [n, *shape], drawn from the evaluation set by the plan's `reference`; None where there is none.
        constant: the plan's `constant`.
        scale, offset: raw value = value · scale + offset.
    """

    rows: Tensor | None
    constant: float = 0.0
    scale: float = 1.0
    offset: float = 0.0

    def raw(self, value: float) -> str:
        """What a value of the tensor stands for before preprocessing, for the reader."""
        if (self.scale, self.offset) == (1.0, 0.0):
            return f"{value:.4g}"
        return f"{value:.4g} (before preprocessing: {value * self.scale + self.offset:.4g})"


def make_fill(name: str, material: Material, modality: str | None = None) -> ReferenceFill:
    """Build a fill of the registry; refuses one that makes no sense for the modality."""
    fill: ReferenceFill = registry.load("removal.fills", name, "FILL")(material)
    if modality is not None and modality not in fill.kinds:
        raise AuditError(
            f"The fill `{name}` makes no sense for {modality} data.",
            found=name,
            expected="one of: " + ", ".join(registry.names("removal.fills")),
            fix="choose another fill under `fills` and `primary.fill`",
        )
    return fill
