"""Scores while features are removed: along each method's order and its reverse, and along random orders as the control.

Every row is a deletion curve. Insertion of an order is deletion of its reverse read backwards (same fill, symmetric
steps), so nothing is computed twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from auditor.evidence.schema import RANDOM_ORDERS, TABLES
from auditor.explain._context import Context, Explainer, order_values
from auditor.inputs.randomness import permutations
from auditor.observe._setting import Setting, Tables, check_rows, key_columns
from auditor.removal.game import RemovalGame
from auditor.removal.orders import Curves, deletion, levels


class FaithfulnessCurves:
    """Fills `curves`, and `checks` with the share of points that cut through ties."""

    tables: ClassVar[tuple[str, ...]] = ("checks", "curves")
    after: ClassVar[tuple[str, ...]] = ("attributions",)

    def cost(self, methods: Mapping[str, Explainer], features: int, steps: int, draws: Mapping[str, int]) -> tuple[int, int]:
        """Inner points of both orders of each method and of the random orders, and the empty coalition; ties cost more."""
        inner = min(steps, features) - 1
        return sum(draws.values()) * (inner * (2 * len(methods) + RANDOM_ORDERS) + 1), 0

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """One row per case, fill and order."""
        curves, checks = [], []
        for fill in setting.fills:
            game = context.game(fill, setting.score)  # type: ignore[arg-type]  # one of the plan's three words
            curves.append(_random(context, setting, game, fill))
            for name, method in setting.methods.items():
                values, valid = stored_values(context, rows["attributions"], name)
                ordered = order_values(method, values)
                forth = deletion(game, levels(ordered), setting.steps, setting.seed)
                back = deletion(game, levels(-ordered), setting.steps, setting.seed)
                columns = {"method": name, "fill": fill}
                curves.append(curve_rows(context, forth, valid, {**columns, "order": "descending"}))
                curves.append(curve_rows(context, back, valid, {**columns, "order": "ascending"}))
                ties = torch.where(valid.to(forth.tie_share.device), forth.tie_share, torch.nan)
                checks.extend(check_rows(context, {"tie_share": ties}, name, fill))
        return {"checks": pa.concat_tables(checks), "curves": pa.concat_tables(curves)}


OBSERVER = FaithfulnessCurves()


def _random(context: Context, setting: Setting, game: RemovalGame, fill: str) -> pa.Table:
    batch = context.batch
    spots = batch.features.spots
    orders = permutations(batch.key.cpu(), "random control order", setting.seed, RANDOM_ORDERS // 2, spots)
    beyond = torch.arange(spots) >= batch.features.counts.cpu()[:, None]  # never removed: they come last in both directions
    tables = []
    for pair in range(RANDOM_ORDERS // 2):
        rank = orders[:, pair]
        for number, order in ((2 * pair, rank), (2 * pair + 1, spots - 1 - rank)):
            level = order.masked_fill(beyond, spots).to(batch.targets.device)
            found = deletion(game, level, setting.steps, setting.seed)
            tables.append(curve_rows(context, found, None, {"fill": fill, "order": f"random:{number}"}))
    return pa.concat_tables(tables)


def stored_values(context: Context, table: pa.Table, method: str, variant: str = "") -> tuple[Tensor, Tensor]:
    """Stored attributions [batch, F] of one method in the batch's order, and which cases have them."""
    rows = table.filter(pc.and_(pc.equal(table.column("method"), method), pc.equal(table.column("variant"), variant)))
    cases = zip(rows.column("sample_id").to_pylist(), rows.column("target").to_pylist(), strict=True)
    found = dict(zip(cases, rows.column("values").to_pylist(), strict=True))
    asked = list(zip(context.batch.ids, context.batch.targets.tolist(), strict=True))
    values = np.full((len(asked), context.batch.features.spots), np.nan, np.float32)
    for row, case in enumerate(asked):
        stored = found.get(case) or []
        values[row, : len(stored)] = stored
    valid = torch.tensor([bool(found.get(case)) for case in asked])
    return torch.from_numpy(values).to(context.batch.targets.device), valid


def curve_rows(context: Context, curves: Curves, valid: Tensor | None, columns: Mapping[str, str]) -> pa.Table:
    """Rows of one order of every case: points that come twice once, and an error where a case has no attribution [batch]."""
    points = [np.unique(row, return_index=True) for row in curves.removed.cpu().numpy()]  # short cases repeat points
    removed = [numbers.astype(np.int32) for numbers, _ in points]
    score = curves.score.float().cpu()
    finite = torch.isfinite(score).all(dim=1).tolist()
    known = [True] * len(finite) if valid is None else valid.tolist()
    errors = [
        "" if ok and has else ("no attribution" if ok else "a score is NaN or infinite")
        for ok, has in zip(finite, known, strict=True)
    ]
    scores = [
        row.numpy()[first] if not error else np.empty(0, np.float32)
        for row, error, (_, first) in zip(score, errors, points, strict=True)
    ]
    return pa.table(
        {
            **key_columns(context, columns),
            "removed": pa.array(removed, pa.list_(pa.int32())),
            "score": pa.array(scores, pa.list_(pa.float32())),
            "error": errors,
        },
        schema=TABLES["curves"],
    )
