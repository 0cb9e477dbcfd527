"""What observers share: the audit's settings, rows of the tables, and words for what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import pyarrow as pa
from torch import Tensor

from auditor.errors import UserCodeError
from auditor.evidence.schema import KEY, TABLES
from auditor.explain._context import Context, Explainer
from auditor.inputs.model import NotAvailable

Tables = dict[str, pa.Table]
Show = Callable[[str], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Setting:
    """Fixed for the whole audit.

    Attributes:
        methods: the plan's methods that apply to this model, by name.
        fills: names of the fills curves are made under.
        score: probability, logit or log_odds.
        steps: K of the curves.
        seed: the plan's seed.
        own_names: whether each case's features have names of their own, which are stored with it.
        exemplars: sample id -> number of the example.
        show: raw material of a sample where the plan allows to keep it: "image" (uint8 [h, w] or [h, w, 3]), "text" and
            "spans" (int64 [F, 2], where each word stands), or "series" ([channels, time]); else nothing.
        private: whether single rows are kept out of the evidence as far as it can do without them.
        write: stores an exemplar's arrays under its number, or under "<number>-maps" its feature maps.
    """

    methods: Mapping[str, Explainer]
    fills: tuple[str, ...]
    score: str
    steps: int
    seed: int
    own_names: bool
    exemplars: Mapping[str, int]
    show: Show
    write: Callable[[int | str, dict[str, np.ndarray]], None]
    private: bool = False


class Observer(Protocol):
    """One pass over the selected cases."""

    tables: ClassVar[tuple[str, ...]]  # the last one is written last: its presence says the shard is complete
    after: ClassVar[tuple[str, ...]]  # tables whose rows of the same shard it reads

    def cost(self, methods: Mapping[str, Explainer], features: int, steps: int, draws: Mapping[str, int]) -> tuple[int, int]:
        """(forwards, backwards) per case; `draws` has each fill's model rows per coalition, the primary fill first."""
        ...

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """Rows of its tables for the batch in `context`."""
        ...


def key_columns(context: Context, columns: Mapping[str, str]) -> dict[str, Any]:
    """Key columns of one row per case: ids and targets of the batch, and texts the same for all; what is not given is ""."""
    count = len(context.batch)
    columns = {"variant": context.variant, **columns}
    rest = {name: [columns.get(name, "")] * count for name in KEY[2:]}
    return {"sample_id": list(context.batch.ids), "target": context.batch.targets.tolist(), **rest}


def check_rows(context: Context, facts: Mapping[str, Tensor], method: str, fill: str = "") -> list[pa.Table]:
    """Rows of table `checks`, one table per fact [batch]; a value that is not finite gives no row."""
    tables = []
    for name, value in facts.items():
        columns = key_columns(context, {"method": method, "fill": fill})
        table = pa.table(
            {**columns, "name": [name] * len(context.batch), "value": value.double().cpu().numpy()}, schema=TABLES["checks"]
        )
        tables.append(table.filter(pa.array(np.isfinite(table.column("value").to_numpy()))))
    return tables


def failure(error: Exception) -> str:
    """One line for an error row."""
    if isinstance(error, UserCodeError | NotAvailable):
        return str(error).splitlines()[0]
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}"
