"""Attributions while the model's layers are randomised one after the other, from the output towards the input.

Descriptive. Source: Adebayo et al., 2018, "Sanity checks for saliency maps" (https://arxiv.org/abs/1810.03292).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pyarrow as pa

from auditor.explain._context import Context, Explainer, cost_under
from auditor.inputs.cascade import Cascades
from auditor.inputs.model import TorchModel
from auditor.observe._again import explained_again, on_copy
from auditor.observe._setting import Setting, Tables


@dataclass
class Cascade:
    """Fills `attributions` with variant `cascade:<level>`.

    Attributes:
        level: how many levels, from the output, are randomised.
        names: of the methods that are looked at.
        copies: where the model comes from; shared by the observers of all levels, so that one copy is in memory.
    """

    level: int
    names: tuple[str, ...]
    copies: Cascades = field(repr=False)
    tables: ClassVar[tuple[str, ...]] = ("attributions",)
    after: ClassVar[tuple[str, ...]] = ()

    def _asked(self, methods: Mapping[str, Explainer]) -> dict[str, Explainer]:
        return {name: methods[name] for name in self.names}

    def cost(self, methods: Mapping[str, Explainer], features: int, steps: int, draws: Mapping[str, int]) -> tuple[int, int]:
        """The methods on the copy, and its clean pass."""
        own = [cost_under(method, features, draws) for method in self._asked(methods).values()]
        return 1 + sum(c[0] for c in own), sum(c[1] for c in own)

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """One row per case and method."""
        if not isinstance(context.model, TorchModel):
            raise TypeError("only the audit's own model is copied")
        other = on_copy(context, self.copies.of(context.model, self.level))
        asked = replace(setting, methods=self._asked(setting.methods))
        return {"attributions": explained_again(other, asked, f"cascade:{self.level}")}
