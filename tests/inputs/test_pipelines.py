"""A fitted preprocessing saved with skops encodes as scikit-learn does, and what is no such file is refused."""

import pickle

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler

from auditor.errors import AuditError
from auditor.inputs.datasets import open_data
from auditor.plan.fields import DataPlan

ROWS = 40


def frame():
    generator = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "sex": generator.choice(["F", "M"], ROWS),
            "age": generator.normal(40, 10, ROWS).round(1),
            "hours": generator.exponential(9, ROWS).round(1),
            "job": generator.choice(["clerk", "cook", "pilot"], ROWS),
            "loss": generator.normal(0, 1, ROWS).round(2),
            "y": generator.choice(["no", "yes"], ROWS),
        }
    )
    table.loc[3, "age"] = np.nan
    table.loc[5, "job"] = None
    return table


def transformer():
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False))
    parts = [
        ("n", numbers, ["age"]),
        ("r", make_pipeline(MinMaxScaler(), RobustScaler()), ["hours"]),
        ("w", words, ["job", "sex"]),
    ]
    return ColumnTransformer([*parts, ("m", MaxAbsScaler(), ["loss"])], remainder="drop")


def opened(folder, made, table, **plan):
    skops.io.dump(made, folder / "encoder.skops")
    table.to_csv(folder / "t.csv", index=False)
    stated = {"pipeline": "encoder.skops", "label": "y", **plan}
    return open_data(DataPlan.model_validate({"name": "t", "path": "t.csv", "table": stated}), ("no", "yes"), folder)


def test_every_input_is_what_the_fitted_transformer_makes_of_the_row(tmp_path):
    table = frame()
    made = transformer().fit(table.drop(columns="y"))
    data = opened(tmp_path, made, table)
    assert np.allclose(data.batch(range(ROWS))[0].numpy(), made.transform(table.drop(columns="y")), atol=1e-6)
    assert data.encoding.columns == ("age", "hours", "job", "job", "job", "sex", "sex", "loss")
    assert ("preprocessing", "encoder.skops") in [(role, path.name) for role, path in data.files]


def test_unseen_categories_are_zeros_where_the_encoder_ignored_them_and_exclude_the_row_where_it_refused(tmp_path):
    table, later = frame(), frame()
    later.loc[0, "sex"] = "X"
    seen = opened(tmp_path, transformer().fit(table.drop(columns="y")), later)
    assert seen.batch([0])[0][0, 5:7].tolist() == [0, 0]
    strict = ColumnTransformer([("w", OneHotEncoder(), ["sex"])]).fit(table.drop(columns="y"))
    refused = opened(tmp_path, strict, later, ignored=["age", "hours", "job", "loss"])
    assert refused.problems[0] == "an unlisted category in `sex`"


def test_columns_the_transformer_drops_need_not_be_listed_as_ignored_and_it_may_stand_in_a_pipeline(tmp_path):
    table = frame()[["age", "hours", "loss", "y"]].fillna(1.0)
    made = Pipeline([("c", ColumnTransformer([("s", StandardScaler(), ["hours", "age"])])), ("m", MinMaxScaler())])
    made.fit(table.drop(columns="y"))
    data = opened(tmp_path, made, table)
    assert np.allclose(data.batch(range(ROWS))[0].numpy(), made.transform(table.drop(columns="y")), atol=1e-6)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: PCA(2), "PCA is not among"),
        (lambda: MinMaxScaler(clip=True), "with clip"),
        (lambda: SimpleImputer(add_indicator=True), "adds a column"),
    ],
)
def test_steps_that_mix_columns_are_refused_by_name(tmp_path, make, words):
    numbers = frame()[["age", "hours", "y"]]
    made = make().fit(numbers[["age", "hours"]].fillna(0.0) if words[0] == "P" else numbers[["age", "hours"]])
    with pytest.raises(AuditError, match="cannot be said column by column") as error:
        opened(tmp_path, made, numbers)
    assert words in error.value.found


def test_dropped_categories_and_scaled_categories_are_refused(tmp_path):
    words = frame()[["sex", "y"]]
    for made in (OneHotEncoder(drop="first"), make_pipeline(OneHotEncoder(sparse_output=False), StandardScaler())):
        with pytest.raises(AuditError, match="column by column"):
            opened(tmp_path, made.fit(words[["sex"]]), words)


def test_a_pickle_is_never_read_and_untrusted_types_are_named(tmp_path):
    frame().to_csv(tmp_path / "t.csv", index=False)
    plan = DataPlan.model_validate({"name": "t", "path": "t.csv", "table": {"pipeline": "e.skops", "label": "y"}})
    (tmp_path / "e.skops").write_bytes(pickle.dumps(StandardScaler()))
    with pytest.raises(AuditError, match="not a file that skops wrote"):
        open_data(plan, ("no", "yes"), tmp_path)


def test_a_transformer_fitted_without_names_is_refused(tmp_path):
    made = StandardScaler().fit(frame()[["age", "hours"]].fillna(0.0).to_numpy())
    with pytest.raises(AuditError, match="column by column") as error:
        opened(tmp_path, made, frame()[["age", "hours", "y"]])
    assert "without column names" in error.value.found
