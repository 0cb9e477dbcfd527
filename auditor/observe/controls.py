"""What a method is measured beside: orders that never see the model, other fills, and removals at random.

Model-free orders: how far an element is from its fill, how near the centre of an image, how early in a text or a series.
Infidelity: Yeh et al., 2019, definition 1 (https://arxiv.org/abs/1901.09392), of removing features.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from auditor.evidence.schema import TABLES
from auditor.explain._context import Context, Explainer, order_values
from auditor.inputs.randomness import uniform
from auditor.observe._again import backwards, checked, half, order_of
from auditor.observe._setting import Setting, Tables, check_rows, key_columns
from auditor.observe.curves import curve_rows, stored_values
from auditor.removal.orders import deletion, levels

MAGNITUDE = "model_free:magnitude"


@dataclass(frozen=True)
class Controls:
    """Fills `controls`; with |x − fill| also `attributions`, and `checks` with the infidelity.

    Attributes:
        orders: the model-free ones that make sense here.
        fills: further fills the methods' curves are made under.
        removals: random removals per case; 0: no infidelity.
    """

    orders: tuple[str, ...]
    fills: tuple[str, ...]
    removals: int
    tables: ClassVar[tuple[str, ...]] = ("checks", "attributions", "controls")
    after: ClassVar[tuple[str, ...]] = ("attributions",)

    def cost(self, methods: Mapping[str, Explainer], features: int, steps: int, draws: Mapping[str, int]) -> tuple[int, int]:
        """Both directions of every order, the removals, and an empty coalition per fill."""
        inner = half(min(steps, features)) - 1
        first = next(iter(draws.values()), 1)
        others = sum(draws.get(fill, 1) for fill in self.fills)
        asked = self.removals if any(adds_up(method) for method in checked(methods).values()) else 0
        curves = first * (2 * inner * len(self.orders) + 1) + others * (2 * inner * len(checked(methods)) + 1)
        return curves + first * asked, 0

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """Two curves per case and order, and per case, method and further fill."""
        steps = half(min(setting.steps, context.batch.features.spots))
        controls, kept = [], [TABLES["attributions"].empty_table()]
        for name in self.orders:
            values = MODEL_FREE[name](context)
            if name == "magnitude":
                kept.append(_values(context, values, MAGNITUDE))
            game = context.game(None, setting.score)  # type: ignore[arg-type]  # one of the plan's three words
            order = order_of(values, context)
            for word, level in ((name, order), (f"{name}, reversed", backwards(order, context))):
                curves = deletion(game, level, steps, setting.seed)
                controls.append(curve_rows(context, curves, None, {"fill": context.primary, "order": word}))
        for fill in self.fills:
            game = context.game(fill, setting.score)  # type: ignore[arg-type]
            for name, method in checked(setting.methods).items():
                values, valid = stored_values(context, rows["attributions"], name)
                ordered = order_values(method, values)
                for word, level in (("descending", levels(ordered)), ("ascending", levels(-ordered))):
                    curves = deletion(game, level, steps, setting.seed)
                    controls.append(curve_rows(context, curves, valid, {"method": name, "fill": fill, "order": word}))
        checks = self._infidelity(context, setting, rows["attributions"])
        return {
            "checks": pa.concat_tables([TABLES["checks"].empty_table(), *checks]),
            "attributions": pa.concat_tables(kept),
            "controls": pa.concat_tables([TABLES["controls"].empty_table(), *controls]),
        }

    def _infidelity(self, context: Context, setting: Setting, table: pa.Table) -> list[pa.Table]:
        """Per case and method the mean of (Σ_S attribution − (v(all) − v(all but S)))² over random S, in logits².

        Each S holds every feature with a probability that is itself uniform, so that all sizes occur alike.
        """
        methods = {name: method for name, method in checked(setting.methods).items() if adds_up(method)}
        if not methods or not self.removals:
            return []
        batch, count, spots = context.batch, self.removals, context.batch.features.spots
        draw = uniform(batch.key.cpu(), "random removals", context.seed, (count, spots + 1))
        removed = draw[:, :, 1:] < draw[:, :, :1]
        removed &= torch.arange(spots) < batch.features.counts.cpu().reshape(-1, 1, 1)
        removed = removed.to(batch.targets.device)
        game = context.game(None, "logit")
        every = torch.arange(len(batch), device=removed.device).repeat_interleave(count)
        drop = game.full()[:, None] - game.values(every, ~removed.flatten(0, 1)).reshape(len(batch), count)
        tables = check_rows(context, {"mean_square_drop": drop.double().square().mean(dim=1)}, "")
        for name in methods:
            values, _ = stored_values(context, table, name)
            known = torch.nan_to_num(values.double())
            said = (removed.double() * known[:, None]).sum(dim=2)
            error = (said - drop).square().mean(dim=1)
            error[values.isnan().all(dim=1)] = torch.nan  # the attribution failed: no row
            tables.extend(check_rows(context, {"infidelity": error}, name))
        return tables


def adds_up(method: Explainer) -> bool:
    """Whether the method's values are shares of the logit, so that they can be compared with a drop of it."""
    return method.signed and method.unit == "logits" and method.pool == "sum"


def _magnitude(context: Context) -> Tensor:
    """Mean |x − fill| over each feature's elements, and over the fill's draws."""
    batch, fill = context.batch, context.fills[context.primary]
    rows = torch.arange(len(batch), device=batch.x.device)
    none = torch.zeros(len(batch), batch.features.spots, dtype=torch.bool, device=batch.x.device)
    total = torch.zeros_like(batch.x, dtype=torch.float32)
    for draw in range(fill.draws):
        total += (batch.x - fill.apply(batch, rows, none, draw)[batch.primary]).abs().float()
    return batch.features.pool(context.reduce(total / fill.draws, "sum"), "mean")


def _centre(context: Context) -> Tensor:
    """A Gaussian blob in the middle of the image, a quarter of each side wide, averaged over each feature."""
    height, width = context.batch.features.element_shape[-2:]
    across = [(torch.arange(n, dtype=torch.float64) - (n - 1) / 2) / (n / 4) for n in (height, width)]
    blob = torch.exp(-0.5 * (across[0][:, None].square() + across[1][None, :].square()))
    return _pooled(context, blob)


def _position(context: Context) -> Tensor:
    """Minus the place along the last axis: words and steps in the order in which they come."""
    return _pooled(context, -torch.arange(context.batch.features.element_shape[-1], dtype=torch.float64))


def _pooled(context: Context, values: Tensor) -> Tensor:
    features = context.batch.features
    return features.pool(values.expand(len(context.batch), *features.element_shape), "mean")


MODEL_FREE = {"magnitude": _magnitude, "centre": _centre, "position": _position}
"""Name -> values [batch, F], larger ones removed first."""


def _values(context: Context, values: Tensor, variant: str) -> pa.Table:
    counts = context.batch.features.counts.cpu().expand(len(values)).tolist()
    own = [row[:n].numpy().astype(np.float32) for row, n in zip(values.cpu(), counts, strict=True)]
    columns = key_columns(context, {"variant": variant})
    stored = {"values": pa.array(own, pa.list_(pa.float32())), "names": pa.array([None] * len(own), pa.list_(pa.string()))}
    return pa.table({**columns, **stored, "error": [""] * len(own)}, schema=TABLES["attributions"])
