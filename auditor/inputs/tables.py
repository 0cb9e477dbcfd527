"""Tables as evaluation sets: columns become the model's inputs by what the plan states, and never by what the rows hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from auditor.errors import AuditError, did_you_mean
from auditor.inputs.class_names import class_labels
from auditor.inputs.encoding import Encoding
from auditor.inputs.items import Item, decode
from auditor.inputs.table_files import Cell, Columns, as_text
from auditor.plan.data_fields import CategoricalColumn, NumericColumn, TablePlan

Raw = dict[str, float | str | None]
Array = np.ndarray[Any, np.dtype[Any]]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)


class TableRows:
    """A table as a map-style dataset. `raw(i)` is the row as {column: number, category or None}; `encode` makes the inputs.

    Args:
        columns: every column of the file.
        plan: which of them are what.
        classes, names: `model.classes` and `data.label_names`.
        extra: the plan's unit and groups; they may be inputs too.
        where: the file's name, for messages.

    Raises:
        AuditError: columns missing or of no stated use, texts among numbers, labels that are no classes, no rows.
    """

    def __init__(
        self,
        columns: Columns,
        plan: TablePlan,
        classes: Sequence[str],
        names: Mapping[str, str],
        extra: Sequence[str],
        where: str,
    ) -> None:
        self.inputs = plan.order or (*plan.numeric, *plan.categorical)
        _check_columns(columns, plan, self.inputs, extra, where)
        self._plan, self._classes = plan, tuple(classes)
        self._raw = {name: self._input_column(name, columns[name], where) for name in self.inputs}
        known = {name: [as_text(cell, plan.missing) for cell in columns[name]] for name in {plan.id, *extra} if name}
        self._known, self._extra = known, tuple(dict.fromkeys(extra))
        count = len(next(iter(columns.values())))
        said = columns[plan.label] if plan.label else [None] * count
        self._labels = class_labels(said, plan, classes, names, f"The column `{plan.label}` of `{where}`")
        self._inputs, self._problems = self._encoded([self.raw(i) for i in range(count)])
        self.encoding = Encoding(text=_words(plan, self.inputs), columns=self._widths())

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, row: int) -> Item:
        values: dict[str, Any] = {"input": self._inputs[row], "label": self._labels[row]}
        if self._plan.id:
            values["id"] = self._known[self._plan.id][row]
        values["groups"] = {name: self._known[name][row] for name in self._extra}
        return decode(values, row, self._classes)._replace(problem=self._problems[row])

    def raw(self, i: int) -> Raw:
        """Row i as it stands in the file: {input column: number, category, or None where there is none}."""
        return {name: column[i] for name, column in self._raw.items()}

    def encode(self, raws: Sequence[Raw]) -> Tensor:
        """Inputs [n, width], float32; NaN in every element of a row that the plan excludes."""
        return torch.from_numpy(self._encoded(raws)[0])

    def show(self, i: int) -> None:
        """A row has no picture."""

    def _input_column(self, name: str, cells: Sequence[Cell], where: str) -> list[float | str | None]:
        missing = self._plan.missing
        if name in self._plan.categorical:
            listed = self._plan.categorical[name].values
            return [as_text(cell, [text for text in missing if text not in listed]) for cell in cells]
        return list(_numbers(name, cells, missing, where))

    def _encoded(self, raws: Sequence[Raw]) -> tuple[Array, list[str]]:
        """Inputs float32 [n, width] and why a row is excluded, "" where it is not."""
        problems = [""] * len(raws)
        blocks = []
        for name in self.inputs:
            values = [raw[name] for raw in raws]
            spec = self._plan.numeric.get(name) or self._plan.categorical[name]
            made, found = _standardised(values, spec) if isinstance(spec, NumericColumn) else _one_hot(values, spec)
            blocks.append(made)
            for row, (problem, value) in enumerate(zip(found, values, strict=True)):
                if problem and not problems[row]:
                    problems[row] = f"no value in `{name}`" if value is None else f"an unlisted category in `{name}`"
        inputs = np.concatenate(blocks, axis=1)
        inputs[[bool(problem) for problem in problems]] = np.nan
        with np.errstate(over="ignore"):  # becomes infinite, and such rows are excluded by name
            return inputs.astype(np.float32), problems

    def _widths(self) -> tuple[str, ...]:
        specs = self._plan.categorical
        return tuple(name for name in self.inputs for _ in range(len(specs[name].values) if name in specs else 1))


def _numbers(name: str, cells: Sequence[Cell], missing: Sequence[str], where: str) -> list[float | None]:
    wrong = [row for row, cell in enumerate(cells) if isinstance(cell, str) and not _fits(cell, missing)]
    if wrong:
        first = str(cells[wrong[0]])
        comma = bool(re.fullmatch(r"[+-]?\d+,\d+", first))
        raise AuditError(
            f"The column `{name}` of `{where}` holds texts among numbers.",
            found=f"{first[:60]!r} in row {wrong[0] + 1:,}; {len(wrong):,} of {len(cells):,} values are no numbers",
            expected="numbers, or a text of `data.table.missing`",
            fix="write numbers with a decimal point"
            if comma
            else f"correct them, add {first[:60]!r} to `missing:` if it stands for no value, or list `{name}` as categorical",
        )
    return [None if cell is None or (isinstance(cell, str) and cell in missing) else float(cell) for cell in cells]


def _fits(cell: str, missing: Sequence[str]) -> bool:
    return cell in missing or _NUMBER.fullmatch(cell) is not None


def _standardised(values: Sequence[Any], spec: NumericColumn) -> tuple[Array, list[bool]]:
    """(value − mean) / std, [n, 1]."""
    absent = [value is None and spec.missing is None for value in values]
    filled = [spec.missing if value is None else value for value in values]
    column = np.array([np.nan if value is None else value for value in filled], np.float64)
    return ((column - spec.mean) / spec.std)[:, None], absent


def _one_hot(values: Sequence[Any], spec: CategoricalColumn) -> tuple[Array, list[bool]]:
    """0 and 1, [n, categories]."""
    place = {name: index for index, name in enumerate(spec.values)}
    filled = [spec.missing if value is None else value for value in values]
    index = np.array([-1 if value is None else place.get(value, -1) for value in filled], np.int64)
    unseen = [value is None or (value not in place and spec.unseen == "exclude") for value in filled]
    return (index[:, None] == np.arange(len(spec.values))).astype(np.float64), unseen


def _check_columns(columns: Columns, plan: TablePlan, inputs: Sequence[str], extra: Sequence[str], where: str) -> None:
    stated = {"data.table": [*inputs, *plan.ignored, *(name for name in (plan.label, plan.id) if name)], "the plan": extra}
    for place, names in stated.items():
        absent = [name for name in names if name not in columns]
        if absent:
            raise AuditError(
                f"`{where}` lacks columns that the plan names.",
                found="no " + ", ".join(f"`{name}`" for name in absent[:8]),
                expected=f"the columns of {place}",
                fix=f"`{absent[0]}`: {did_you_mean(absent[0], columns)}",
            )
    used = {name for names in stated.values() for name in names}
    left = [name for name in columns if name not in used]
    if left or not inputs:
        listed = ", ".join(f'"{name}"' if re.search(r"\W", name) else name for name in left[:40])
        raise AuditError(
            f"The plan does not say what {'one column' if len(left) == 1 else f'{len(left)} columns'} of `{where}` are."
            if inputs
            else "The table has no input columns.",
            found=listed + (f" and {len(left) - 40} more" if len(left) > 40 else ""),
            expected="each column under numeric, categorical, label, id or ignored of `data.table`",
            fix="list the model's inputs under `numeric:` and `categorical:`; for all others: "
            + f"`ignored: [{listed}]` under `data.table:`",
        )
    if not len(next(iter(columns.values()))):
        raise AuditError(
            f"`{where}` holds no rows.", found="only column names", expected="one row per sample", fix="check the file"
        )


def _words(plan: TablePlan, inputs: Sequence[str]) -> str:
    """The preprocessing for the reader."""
    scaled = sum((spec.mean, spec.std) != (0.0, 1.0) for spec in plan.numeric.values())
    plain = len(plan.numeric) - scaled
    parts = [f"{plain} numeric columns as they are"] if plain else []
    parts += [f"{scaled} numeric columns less the plan's mean, over its standard deviation"] if scaled else []
    parts += [f"{len(plan.categorical)} categorical columns one-hot over the plan's categories"] if plan.categorical else []
    imputed = [f"{name} {spec.missing}" for name in inputs if (spec := _spec(plan, name)).missing is not None]
    parts += ["missing values replaced: " + ", ".join(imputed)] if imputed else []
    zeros = [name for name, spec in plan.categorical.items() if spec.unseen == "zeros"]
    parts += ["unlisted categories as all zeros: " + ", ".join(zeros)] if zeros else []
    return "; ".join(parts)


def _spec(plan: TablePlan, name: str) -> NumericColumn | CategoricalColumn:
    return plan.numeric[name] if name in plan.numeric else plan.categorical[name]
