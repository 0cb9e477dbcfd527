"""A fitted scikit-learn preprocessing, saved with skops, as what the plan would state: one line per column.

Nothing is unpickled: skops builds only types it is told to trust, and here that is none beyond its own list. The fitted
numbers become `numeric` and `categorical` columns, so raw rows are encoded, printed and corrupted in one way only.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from auditor.errors import AuditError
from auditor.plan.data_fields import CategoricalColumn, NumericColumn, TablePlan

HARMLESS = ["numpy.dtype"]
"""Types skops does not list that imputers hold: the name of a type of numbers."""


class _NoPlace(Exception):
    """What cannot be said of single columns; the message says what."""


@dataclass(frozen=True)
class _Column:
    """One column on its way: (x − mean) / std of a number, or one of `values`."""

    name: str
    mean: float = 0.0
    std: float = 1.0
    missing: Any = None
    values: tuple[str, ...] = ()
    unseen: str = "exclude"

    def then(self, mean: float, std: float) -> _Column:
        """Followed by (y − mean) / std."""
        if self.values:
            raise _NoPlace(f"it scales the one-hot inputs of `{self.name}`")
        if not std:
            raise _NoPlace(f"it divides `{self.name}` by 0")
        return replace(self, mean=self.mean + self.std * mean, std=self.std * std)


def stated(path: Path, plan: TablePlan) -> TablePlan:
    """The plan with the columns of a fitted preprocessing written out.

    Args:
        path: saved by `skops.io.dump`: a ColumnTransformer, a Pipeline, or a single transformer fitted on named columns.
        plan: without `numeric`, `categorical` and `order`.

    Raises:
        AuditError: skops is missing, the file is none of it or holds untrusted types, or a step mixes columns.
    """
    made = _load(path)
    try:
        columns = list(_columns(made, _named(made)))
    except _NoPlace as error:
        raise AuditError(
            f"The preprocessing in `{path.name}` cannot be said column by column.",
            found=str(error),
            expected="standard, min-max, max-abs and robust scaling, simple imputation and one-hot encoding of named columns",
            fix="list the model's inputs under `data.table`, or encode the rows in a Dataset of your own under `data.factory`",
        ) from error
    numeric = {c.name: NumericColumn(mean=c.mean, std=c.std, missing=c.missing) for c in columns if not c.values}
    categorical = {
        c.name: CategoricalColumn.model_validate({"values": c.values, "missing": c.missing, "unseen": c.unseen})
        for c in columns
        if c.values
    }
    used = {*numeric, *categorical, plan.label, plan.id, *plan.ignored}
    dropped = [str(name) for name in getattr(made, "feature_names_in_", ()) if str(name) not in used]
    stated = {"numeric": numeric, "categorical": categorical, "order": tuple(c.name for c in columns)}
    return plan.model_copy(update={**stated, "ignored": (*plan.ignored, *dropped)})


def _load(path: Path) -> Any:
    for module in ("skops", "sklearn"):
        if importlib.util.find_spec(module) is None:
            raise AuditError(
                "A preprocessing saved with skops needs skops and scikit-learn.",
                found=f"{module} is not installed",
                fix="pip install 'auditor[skops]'",
            )
    import skops.io

    try:
        untrusted = set(skops.io.get_untrusted_types(file=path)) - set(HARMLESS)
        if not untrusted:
            return skops.io.load(path, trusted=HARMLESS)
    except Exception as error:  # whatever a file that is no skops file makes a reader of archives raise
        raise AuditError(
            f"`{path.name}` is not a file that skops wrote.",
            found=f"{type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else ''}",
            expected="a fitted transformer saved with skops.io.dump; pickles and joblib files are never read",
            fix="save it again where it was fitted: skops.io.dump(transformer, 'encoder.skops')",
        ) from error
    raise AuditError(
        f"`{path.name}` holds types that are not built from a file.",
        found=", ".join(sorted(untrusted)[:5]),
        expected="scikit-learn's own transformers",
        fix="state the encoding under `data.table`, or use a Dataset of your own under `data.factory`",
    )


def _named(made: Any) -> list[_Column]:
    names = getattr(made, "feature_names_in_", None)
    if names is None:
        raise _NoPlace(f"{type(made).__name__} was fitted without column names")
    return [_Column(str(name)) for name in names]


def _columns(made: Any, columns: Sequence[_Column]) -> Iterator[_Column]:
    """The columns after a transformer, in the order of its outputs."""
    kind = type(made).__name__
    if kind == "Pipeline":
        for _, step in made.steps:
            columns = list(_columns(step, columns))
        yield from columns
    elif kind == "ColumnTransformer":
        known = {column.name: column for column in columns}
        for _, step, chosen in made.transformers_:
            if isinstance(step, str) and step == "drop":
                continue
            picked = [chosen] if isinstance(chosen, str) else list(chosen)
            names = [name if isinstance(name, str) else columns[int(name)].name for name in picked]
            yield from _columns(step, [known[name] for name in names])
    elif (isinstance(made, str) and made == "passthrough") or (kind == "FunctionTransformer" and made.func is None):
        yield from columns
    elif kind == "OneHotEncoder":
        yield from _one_hot(made, columns)
    elif kind == "SimpleImputer":
        if made.add_indicator:
            raise _NoPlace("SimpleImputer adds a column that says where a value was missing")
        for column, value in zip(columns, made.statistics_, strict=True):
            filled = value if isinstance(value, str) else float(value) * column.std + column.mean
            yield column if column.missing is not None else replace(column, missing=filled)
    else:
        centre, scale = _scaling(made, kind, len(columns))
        for column, mean, std in zip(columns, centre, scale, strict=True):
            yield column.then(float(mean), float(std))


def _one_hot(made: Any, columns: Sequence[_Column]) -> Iterator[_Column]:
    if made.drop_idx_ is not None:
        raise _NoPlace("OneHotEncoder drops a category of a column")
    if getattr(made, "infrequent_categories_", None) and any(some is not None for some in made.infrequent_categories_):
        raise _NoPlace("OneHotEncoder joins rare categories")
    for column, categories in zip(columns, made.categories_, strict=True):
        values = tuple(str(value) for value in categories)
        if any(value is None or value != value for value in categories):
            raise _NoPlace(f"a missing value is a category of `{column.name}`")
        missing = None if column.missing is None else str(column.missing)
        yield replace(column, values=values, missing=missing, unseen="exclude" if made.handle_unknown == "error" else "zeros")


def _scaling(made: Any, kind: str, count: int) -> tuple[Any, Any]:
    """(centre, scale) such that the transformer gives (x − centre) / scale."""
    zeros, ones = np.zeros(count), np.ones(count)
    if kind == "StandardScaler":
        return made.mean_ if made.with_mean else zeros, made.scale_ if made.with_std else ones
    if kind == "RobustScaler":
        return made.center_ if made.with_centering else zeros, made.scale_ if made.with_scaling else ones
    if kind == "MaxAbsScaler":
        return zeros, made.scale_
    if kind == "MinMaxScaler" and not made.clip:
        return -made.min_ / made.scale_, 1 / made.scale_
    raise _NoPlace(f"{kind}{' with clip' if kind == 'MinMaxScaler' else ''} is not among them")
