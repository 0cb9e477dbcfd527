"""What fills are made from: facts of the data set, gathered once in *prepare*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from torch import Tensor

from auditor import registry
from auditor.errors import AuditError
from auditor.removal.fill import Fill


@dataclass(frozen=True)
class Material:
    """What a fill may use.

    Attributes:
        rows: reference rows [n, *shape], drawn from the evaluation set by the plan's `reference`; None where there is none.
        constant: the plan's `constant`.
        scale, offset: raw value = value · scale + offset; several where channels differ.
        mask_id, pad_id: of a tokenizer; None where the data have none.
        draws: D, background rows per case of the fill `marginal`, draws per case of `noise`.
        seed: the plan's seed.
        words: of texts, the tokens of the words of reference rows, int64 [n, tokens], -1 behind them.
        options: the plan's `fill_options`: fill → its constants; absent ones take the fill's defaults.
        modality: image, tabular, text or series; None where it is not known (bare calls).
    """

    rows: Tensor | None
    constant: float = 0.0
    scale: float | tuple[float, ...] = 1.0
    offset: float | tuple[float, ...] = 0.0
    draws: int = 10
    seed: int = 0
    mask_id: int | None = None
    pad_id: int | None = None
    words: Tensor | None = None
    options: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    modality: str | None = None

    def option(self, fill: str, name: str) -> float | None:
        """A constant of a fill; None where the plan leaves it to the fill."""
        return self.options.get(fill, {}).get(name)

    def raw(self, value: float) -> str:
        """What a value of the tensor stands for before preprocessing, for the reader."""
        scales, offsets = np.atleast_1d(self.scale), np.atleast_1d(self.offset)
        if (scales == 1).all() and (offsets == 0).all():
            return f"{value:.4g}"
        raw = [f"{value * scale + offset:.4g}" for scale, offset in zip(scales, offsets, strict=True)]
        return f"{value:.4g} (before preprocessing: {raw[0] if len(set(raw)) == 1 else ', '.join(raw)})"


def make_fill(name: str, material: Material, modality: str | None = None) -> Fill:
    """Build a fill of the registry; refuses one that makes no sense for the modality."""
    fill: Fill = registry.load("removal.fills", name, "FILL")(replace(material, modality=modality))
    if modality is not None and modality not in fill.kinds:
        raise AuditError(
            f"The fill `{name}` makes no sense for {modality} data.",
            found=name,
            expected="one of: " + ", ".join(registry.names("removal.fills")),
            fix="choose another fill under `fills` and `primary.fill`",
        )
    return fill
