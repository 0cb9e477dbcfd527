"""Curves under other tools' definitions, from the stored attributions; nothing else of the audit reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import torch
from torch import Tensor

from auditor.explain._context import Context, Explainer, order_values
from auditor.observe._setting import Setting, Tables
from auditor.observe.curves import curve_rows, stored_values
from auditor.removal.orders import Curves
from auditor.removal.presets import PRESETS, preset_curves


@dataclass(frozen=True)
class Presets:
    """Fills `protocols`: per case, method and preset a deletion and an insertion curve over single pixels.

    Attributes:
        names: of the presets.
        pixels: of an image.
    """

    names: tuple[str, ...]
    pixels: int
    tables: ClassVar[tuple[str, ...]] = ("protocols",)
    after: ClassVar[tuple[str, ...]] = ("attributions",)

    def cost(self, methods: Mapping[str, Explainer], features: int, steps: int, draws: Mapping[str, int]) -> tuple[int, int]:
        """Inner points of both curves of every method, and both empty images."""
        inner = sum(len(PRESETS[name].changed(self.pixels)) - 2 for name in self.names)
        return len(methods) * 2 * (inner + len(self.names)), 0

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """One row per case, method, preset and direction."""
        found = []
        for method, explainer in setting.methods.items():
            stored, valid = stored_values(context, rows["attributions"], method)
            values = pixel_map(context, order_values(explainer, stored), explainer.pool)
            for name in self.names:
                made = preset_curves(PRESETS[name], context.calls, context.batch, values)
                changed = torch.tensor(made.changed).expand(len(values), -1)
                for order, score in (("deletion", made.deletion), ("insertion", made.insertion)):
                    columns = {"method": method, "fill": name, "order": order}
                    curves = Curves(changed, score, torch.zeros(len(values)))
                    found.append(curve_rows(context, curves, valid, columns))
        return {"protocols": pa.concat_tables(found)}


def pixel_map(context: Context, values: Tensor, pool: str) -> Tensor:
    """Stored values [batch, F] as a map of pixels [batch, height · width]; what is no feature gets 0.

    A sum is divided among the pixels of its feature, a mean is every pixel's own; of features in single channels the mean.
    """
    features = context.batch.features
    whole = values if pool == "sum" else values * features.sizes.to(values.device)
    spread = features.spread(whole)
    while spread.ndim > 3:
        spread = spread.mean(dim=1)
    return spread.flatten(1)
