"""A small table on disk, opened as a plan would."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.errors import AuditError
from auditor.inputs.datasets import open_data
from auditor.inputs.rows import Rows
from auditor.plan.data_fields import DataPlan

CLASSES = ("low", "high")
TABLE = {
    "label": "income",
    "id": "row",
    "ignored": ["weight"],
    "numeric": {"age": {"mean": 40, "std": 10}, "hours": None},
    "categorical": {"work": ["private", "state", "none"], "sex": ["f", "m"]},
}
CSV = """row,age,work,hours,sex,weight,income,town
r0,50,private,40,f,1,low,A
r1, 30 ,state,20.5,m,2,high,B
r2,40,none,-1e1,m,3,low,A
"""


def rows(folder: Path, text: str | bytes = CSV, table: object = None, columns=("town",), name: str = "t.csv", **data) -> Rows:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    plan = DataPlan.model_validate({"name": "d", "path": name, "table": TABLE if table is None else table, **data})
    return open_data(plan, CLASSES, folder, columns)


def refusal(folder: Path, *arguments, **data) -> AuditError:
    with pytest.raises(AuditError) as caught:
        rows(folder, *arguments, **data)
    assert caught.value.fix
    return caught.value


def changed(**keys):
    return {**TABLE, **keys}
