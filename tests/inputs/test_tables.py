"""Tables on disk: what the plan states is what the model receives."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from auditor.inputs.datasets import open_data
from auditor.inputs.features import build_features
from auditor.plan.data_fields import DataPlan
from tests.inputs.a_table import CLASSES, CSV, TABLE, changed, rows


def test_columns_become_inputs_as_the_plan_states(tmp_path):
    data = rows(tmp_path)
    x, labels = data.batch(range(3))
    expected = [[1, 40, 1, 0, 0, 1, 0], [-1, 20.5, 0, 1, 0, 0, 1], [0, -10, 0, 0, 1, 0, 1]]
    assert x.dtype is torch.float32 and x.tolist() == expected
    assert labels.tolist() == [0, 1, 0] and data.ids == ("r0", "r1", "r2")
    assert data.sample(1).groups == {"town": "B"} and data.show(0) is None


def test_one_hot_inputs_of_a_column_are_one_feature_under_the_columns_name(tmp_path):
    data = rows(tmp_path)
    features, facts = build_features(DataPlan(name="d", path="x").features, (7,), "tabular", data.encoding.columns)
    assert facts.names == ("age", "hours", "work", "sex") and features.sizes[0].tolist() == [1, 1, 3, 2]
    assert features.element[0].tolist() == [0, 1, 2, 2, 2, 3, 3]
    assert (
        facts.description
        == "4 columns of the table; 2 of them enter as 5 one-hot inputs, all inputs of a column together one feature"
    )


def test_the_order_of_the_inputs_is_the_plans(tmp_path):
    data = rows(tmp_path, table=changed(order=["sex", "age", "work", "hours"]))
    assert data.encoding.columns == ("sex", "sex", "age", "work", "work", "work", "hours")
    assert data.batch([1])[0].tolist() == [[0, 1, -1, 0, 1, 0, 20.5]]


def test_encoding_a_raw_row_gives_its_input_also_after_a_change(tmp_path):
    data = rows(tmp_path)
    assert data.raw(0) == {"age": 50.0, "hours": 40.0, "work": "private", "sex": "f"}
    assert torch.equal(data.encode([data.raw(i) for i in range(3)]), data.batch(range(3))[0])
    assert data.encode([{**data.raw(0), "sex": "m", "age": 60.0}]).tolist() == [[2, 40, 1, 0, 0, 0, 1]]


def test_a_parquet_file_gives_the_same_rows_as_its_csv(tmp_path):
    columns = {
        "row": ["r0", "r1", "r2"],
        "age": pa.array([50, 30, 40], pa.int16()),
        "work": pa.array(["private", "state", "none"]).dictionary_encode(),
        "hours": [40.0, 20.5, -10.0],
        "sex": ["f", "m", "m"],
        "weight": [[1], [2], [3]],  # nested, but ignored
        "income": ["low", "high", "low"],
        "town": ["A", "B", "A"],
    }
    folder = tmp_path / "weight=7"  # no column is guessed from a folder's name
    folder.mkdir()
    pq.write_table(pa.table(columns), folder / "t.parquet")
    plan = DataPlan.model_validate({"name": "d", "path": "t.parquet", "table": TABLE})
    assert open_data(plan, CLASSES, folder, ["town"]).digests == rows(tmp_path).digests


def test_numbers_that_stand_for_categories_and_classes_read_alike_from_csv_and_parquet(tmp_path):
    table = {"label": "y", "categorical": {"k": [0, 1], "b": ["true", "false"]}}
    pq.write_table(pa.table({"k": [1.0, None, 0.0], "b": [True, False, True], "y": [1, 0, 1]}), tmp_path / "t.parquet")
    one = open_data(DataPlan.model_validate({"name": "d", "path": "t.parquet", "table": table}), CLASSES, tmp_path)
    two = rows(tmp_path, "k,b,y\n1,true,1\n,false,0\n0,true,1\n", table, ())
    assert one.labels.tolist() == two.labels.tolist() == [1, 0, 1]
    assert one.problems == two.problems == ("", "no value in `k`", "")
    assert one.batch([0, 2])[0].tolist() == two.batch([0, 2])[0].tolist() == [[0, 1, 1, 0], [1, 0, 1, 0]]


def test_rows_with_missing_values_or_unlisted_categories_are_excluded_with_their_reason(tmp_path):
    text = CSV + "r3,,private,1,f,1,low,A\nr4,1,navy,1,f,1,low,A\nr5,NA,navy,1,,1,high,A\nr6,inf,none,1,f,1,low,A\n"
    data = rows(tmp_path, text)
    reasons = ("no value in `age`", "an unlisted category in `work`", "no value in `age`", "input has NaN or infinite values")
    assert data.problems == ("", "", "", *reasons)
    assert data.batch([3])[0].isnan().all() and data.labels[5] == 1


def test_the_plan_may_replace_missing_values_and_read_unlisted_categories_as_zeros(tmp_path):
    table = changed(
        numeric={"age": {"mean": 40, "std": 10, "missing": 20}, "hours": {}},
        categorical={"work": {"values": ["private", "state"], "missing": "state", "unseen": "zeros"}, "sex": ["f", "m"]},
        missing=["?"],
    )
    data = rows(tmp_path, CSV.replace("r1, 30 ,state", "r1,?,?"), table)
    assert data.problems == ("", "", "")
    assert data.batch([1, 2])[0].tolist() == [[-2, 20.5, 0, 1, 0, 1], [0, -10, 0, 0, 0, 1]]
    assert "missing values replaced: age 20.0, work state" in data.encoding.text


def test_a_missing_label_is_unknown_and_other_names_of_classes_are_the_plans(tmp_path):
    text = CSV.replace(",low,", ",<=50K,").replace(",high,", ",,")
    assert rows(tmp_path, text, label_names={"<=50K": "low", ">50K": "high"}).labels.tolist() == [0, -1, 0]


def test_a_category_called_like_a_missing_value_is_a_category_when_the_plan_lists_it(tmp_path):
    table = changed(categorical={"work": ["private", "state", "NA"], "sex": ["f", "m"]})
    data = rows(tmp_path, CSV.replace("none", "NA"), table)
    assert data.problems[2] == "" and data.batch([2])[0][0, 2:5].tolist() == [0, 0, 1]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_and_encodings_are_read_when_the_plan_says_so(tmp_path, delimiter):
    text = CSV.replace(",", delimiter).replace("private", "privé")
    table = changed(delimiter=delimiter, encoding="cp1252", categorical={"work": ["privé", "state", "none"], "sex": ["f", "m"]})
    assert rows(tmp_path, text.encode("cp1252"), table).digests == rows(tmp_path).digests
    assert rows(tmp_path, ("\ufeff" + CSV.replace("\n", "\r\n")).encode()).digests == rows(tmp_path).digests


def test_cells_in_quotes_hold_delimiters_and_line_breaks(tmp_path):
    text = CSV.replace("private", '"pri,""v""\nate"')
    table = changed(categorical={"work": ['pri,"v"\nate', "state", "none"], "sex": ["f", "m"]})
    assert rows(tmp_path, text, table).digests == rows(tmp_path).digests
