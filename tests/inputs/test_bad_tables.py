"""Tables that cannot be used: refused with what was found and what to do, or counted row by row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import AuditError
from auditor.inputs.datasets import open_data
from auditor.plan.data_fields import DataPlan
from tests.inputs.a_table import CLASSES, CSV, refusal, rows


@pytest.mark.parametrize(
    ("text", "message", "found", "fix"),
    [
        (CSV.replace(",", ";"), "not separated by a comma", "one column", 'delimiter: ";"'),
        (CSV.replace("private", "privé").encode("cp1252"), "encoding 'utf-8'", "byte", "cp1252"),
        (CSV.encode("utf-16"), "encoding 'utf-8'", "UTF-16", "utf-16"),
        (CSV.replace("age", "Age"), "lacks columns", "no `age`", "did you mean `Age`?"),
        (CSV.replace("hours", "hours,more").replace(",40", ",40,7"), "has one cell", "8 cells in row 2", "quotes"),
        (CSV.replace("town", "age"), "columns of the same name", "age", "rename"),
        (CSV.replace("town", "weight 2"), "lacks columns that the plan names", "no `town`", "did you mean"),
        (CSV.replace("30", "thirty"), "texts among numbers", "'thirty' in row 2; 1 of 3", "missing"),
        (CSV.replace("20.5", '"20,5"'), "texts among numbers", "'20,5'", "decimal point"),
        (CSV.replace("high", "hgih"), "names classes that the model does not have", "'hgih' (1 row)", "did you mean `high`?"),
        (CSV.replace(",low,", ",0,").replace(",high,", ",2,"), "labels are out of range", "2 in row 1", "class names"),
        (CSV.replace("r1", "r0"), "Ids of the data set are not unique", "'r0'", "unique"),
        (CSV.splitlines()[0] + "\n", "holds no rows", "only column names", "check"),
        ("", "not a table", "an empty file", "again"),
        (b"\x89PNG\r\n\x1a\n0000", "not a table", "a PNG image", "again"),
        (b"PAR1....PAR1", "not a table", "a Parquet table", "again"),
        (b"row,age\n\x001,2\n", "not a table", "NUL", "encoding"),
        ("\n\n\n", "holds no table", "no line of column names", "again"),
        ("<html><body>Log in</body></html>", "not a table", "an HTML page", "download"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_reason(tmp_path, text, message, found, fix):
    error = refusal(tmp_path, text)
    assert message in error.message and found in error.found and fix in error.fix, str(error)


def test_columns_of_no_stated_use_are_listed_to_be_copied(tmp_path):
    error = refusal(tmp_path, CSV.replace("town", "home town"), columns=())
    assert "what one column" in error.message and 'ignored: ["home town"]' in error.fix
    assert "no input columns" in refusal(tmp_path, CSV, {"label": "income"}).message


@pytest.mark.parametrize("content", [b"PAR1" + bytes(40), b"PAR1" + b"\xff" * 60 + b"PAR1", b"row,age\n1,2\n", b""])
def test_a_damaged_parquet_file_is_refused(tmp_path, content):
    assert "not a table" in refusal(tmp_path, content, name="t.parquet").message


@pytest.mark.parametrize("column", [pa.array([[1], [2]]), pa.array([{"a": 1}, {"a": 2}])])
def test_a_nested_parquet_column_is_refused(tmp_path, column):
    pq.write_table(pa.table({"age": column}), tmp_path / "t.parquet")
    plan = DataPlan.model_validate({"name": "d", "path": "t.parquet", "table": {"numeric": ["age"]}})
    with pytest.raises(AuditError, match="column `age` of"):
        open_data(plan, CLASSES, tmp_path)


def test_every_row_out_of_range_of_floats_is_excluded_and_not_rounded(tmp_path):
    data = rows(tmp_path, CSV.replace("r0,50", "r0,1e300"))
    assert data.problems == ("input has NaN or infinite values", "", "")


CELLS = st.text(st.sampled_from(list('0159.-+e,;\n\r"\t abfmprivatesNA\x00é\ud800')), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(CELLS, max_size=40), st.booleans())
def test_any_text_is_a_table_with_counted_rows_or_an_answer(tmp_path_factory, cells, header):
    text = (CSV.splitlines()[0] + "\n" if header else "") + "".join(cells)
    folder = tmp_path_factory.mktemp("any")
    try:
        data = rows(folder, text.encode("utf-8", "surrogatepass"))
    except AuditError:
        return
    usable = [i for i, problem in enumerate(data.problems) if not problem]
    assert np.isfinite(data.batch(usable)[0].numpy()).all() and len(data) == len(data.problems)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_parquet_file_with_a_byte_changed_gives_rows_or_an_answer(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("changed")
    pq.write_table(pa.table({"age": [1.0, 2.0], "sex": ["f", "m"]}), folder / "t.parquet")
    content = bytearray((folder / "t.parquet").read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        made = rows(folder, bytes(content), {"numeric": ["age"], "categorical": {"sex": ["f", "m"]}}, (), name="t.parquet")
    except AuditError:
        return
    assert len(made.problems) == len(made) > 0


def test_labels_that_hold_several_names_are_met_with_the_separator(tmp_path):
    (tmp_path / "n.csv").write_text("x,kind\n1,ham|spam\n2,ham\n")
    plan = DataPlan.model_validate({"name": "d", "path": "n.csv", "table": {"label": "kind", "numeric": ["x"]}})
    with pytest.raises(AuditError) as caught:
        open_data(plan, ("ham", "spam"), tmp_path)
    assert '`label_separator: "|"`' in caught.value.fix
