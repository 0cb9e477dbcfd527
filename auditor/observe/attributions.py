"""Attributions of each selected case under each method, stored once per feature; element-wise maps only for examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from auditor.errors import UserCodeError
from auditor.evidence.schema import TABLES
from auditor.explain._context import Attribution, Context, Explainer, cost_under
from auditor.inputs.model import NotAvailable
from auditor.observe._setting import Setting, Tables, check_rows, failure, key_columns


class Attributions:
    """Fills `attributions` and, with the facts of each method, `checks`."""

    tables: ClassVar[tuple[str, ...]] = ("checks", "attributions")
    after: ClassVar[tuple[str, ...]] = ()

    def cost(self, methods: Mapping[str, Explainer], features: int, steps: int, draws: Mapping[str, int]) -> tuple[int, int]:
        """The sum of the methods' own costs, times the draws of the fill a removal method asks with."""
        costs = [cost_under(method, features, draws) for method in methods.values()]
        return sum(c[0] for c in costs), sum(c[1] for c in costs)

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """One row per case and method; a method that fails leaves rows with its error and no values."""
        tables, checks = [], []
        maps: dict[str, Tensor] = {}
        spread = context.batch.x.is_floating_point()  # of texts, examples show words
        for name, method in setting.methods.items():
            try:
                found = method.attribute(context)
            except (UserCodeError, NotAvailable, ArithmeticError) as error:
                tables.append(_failed(context, name, failure(error)))
                continue
            pooled = pooled_values(context, method, found)
            tables.append(_rows(context, name, pooled, setting.own_names))
            checks.extend(check_rows(context, found.facts, name))
            own = context.batch.features.spread(found.values) if spread and method.level == "feature" else found.values
            maps[name] = pooled if not spread else own if found.display is None else found.display
        if not context.variant:
            _keep_examples(context, setting, maps)
        return {
            "checks": pa.concat_tables(checks) if checks else TABLES["checks"].empty_table(),
            "attributions": pa.concat_tables(tables),
        }


OBSERVER = Attributions()


def pooled_values(context: Context, method: Explainer, found: Attribution) -> Tensor:
    """What a method found, per feature: float32 [batch, F] on the CPU, NaN beyond a case's features."""
    if method.level == "feature":
        return found.values.float().cpu()
    return context.batch.features.pool(found.values, method.pool)


def _rows(context: Context, name: str, pooled: Tensor, own_names: bool) -> pa.Table:
    features = context.batch.features
    counts = features.counts.cpu().expand(len(pooled)).tolist()
    each = features.names if len(features.names) == len(pooled) else features.names * len(pooled)
    names = [own[:n] for own, n in zip(each, counts, strict=True)]
    finite = [bool(torch.isfinite(row[:n]).all()) for row, n in zip(pooled, counts, strict=True)]
    values = [row[:n].numpy() if ok else np.empty(0, np.float32) for row, n, ok in zip(pooled, counts, finite, strict=True)]
    return pa.table(
        {
            **key_columns(context, {"method": name}),
            "values": pa.array(values, pa.list_(pa.float32())),
            "names": pa.array(names if own_names else [None] * len(counts), pa.list_(pa.string())),
            "error": ["" if ok else "the attribution has NaN or infinite values" for ok in finite],
        },
        schema=TABLES["attributions"],
    )


def _failed(context: Context, name: str, error: str) -> pa.Table:
    count = len(context.batch)
    columns = {"values": [[]] * count, "names": [None] * count, "error": [error] * count}
    return pa.table({**key_columns(context, {"method": name}), **columns}, schema=TABLES["attributions"])


def _keep_examples(context: Context, setting: Setting, maps: Mapping[str, Tensor]) -> None:
    for row, sample_id in enumerate(context.batch.ids):
        number = setting.exemplars.get(sample_id)
        if number is None or int(context.batch.targets[row]) != int(context.batch.clean[row].argmax()):
            continue  # of several labels the example shows the most probable one
        raw = setting.show(sample_id)
        if raw:
            kind, count = ("values", len(raw["spans"])) if "text" in raw else ("map", None)
            arrays = {f"{kind}:{name}": values[row].detach().float().cpu().numpy()[:count] for name, values in maps.items()}
            setting.write(number, {**raw, **arrays})
