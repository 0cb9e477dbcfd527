"""The same methods, cases and targets on weight-randomised copies; their orders are scored on the audited model.

Sources: Adebayo et al., 2018, "Sanity checks for saliency maps" (https://arxiv.org/abs/1810.03292), for attributions that
should change with the weights; the copies' orders as a control of the curves are this tool's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import pyarrow as pa

from auditor.explain._context import Context, Explainer, cost_under, order_values
from auditor.inputs.model import TorchModel
from auditor.inputs.randomised import Copies
from auditor.observe._again import backwards, checked, explained_again, half, on_copy, order_of
from auditor.observe._setting import Setting, Tables
from auditor.observe.curves import curve_rows, stored_values
from auditor.removal.orders import deletion


@dataclass
class Randomised:
    """Fills `attributions` and `controls` with variant `randomised:<number>`.

    Attributes:
        number: of the copy, from 1.
        copies: where it comes from; shared by the observers of all numbers, so that one copy is in memory.
    """

    number: int
    copies: Copies = field(repr=False)
    tables: ClassVar[tuple[str, ...]] = ("attributions", "controls")
    after: ClassVar[tuple[str, ...]] = ()

    def cost(self, methods: Mapping[str, Explainer], features: int, steps: int, draws: Mapping[str, int]) -> tuple[int, int]:
        """The methods on the copy, its clean pass, and both orders of each method on the audited model."""
        own = [cost_under(method, features, draws) for method in checked(methods).values()]
        inner = half(min(steps, features)) - 1
        curves = next(iter(draws.values()), 1) * (2 * inner * len(own) + 1)
        return 1 + curves + sum(c[0] for c in own), sum(c[1] for c in own)

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """Two curves per case and method, and its attribution on the copy."""
        if not isinstance(context.model, TorchModel):
            raise TypeError("only the audit's own model is copied")
        variant = f"randomised:{self.number}"
        found = explained_again(on_copy(context, self.copies.of(context.model, self.number)), setting, variant)
        controls = []
        game = context.game(None, setting.score)  # type: ignore[arg-type]  # one of the plan's three words
        steps = half(min(setting.steps, context.batch.features.spots))
        for name, method in checked(setting.methods).items():
            values, valid = stored_values(context, found, name, variant)
            order = order_of(order_values(method, values), context)
            columns = {"method": name, "variant": variant, "fill": context.primary}
            for word, level in (("descending", order), ("ascending", backwards(order, context))):
                curves = deletion(game, level, steps, setting.seed)
                controls.append(curve_rows(context, curves, valid, {**columns, "order": word}))
        return {"attributions": found, "controls": pa.concat_tables(controls)}
