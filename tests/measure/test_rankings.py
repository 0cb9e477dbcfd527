import numpy as np
import pytest

from auditor.evidence.results import NotEvaluated, Ranking
from auditor.evidence.store import Reader
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.measure.rankings import measure
from auditor.report.build import stored_plan
from tests.measure.synthetic import replace_table, write_run
from tests.measure.synthetic_facts import FEATURES


def study_of(run):
    plan, _ = stored_plan(run)
    reader = Reader(run)
    return Study(reader, plan, read_frame(reader, plan))


def rankings(study):
    return {(r.name, r.slice["method"], r.slice["class"]): r for r in measure(study)}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"), 1500, 500)


def with_attributions(run, change):
    rows = Reader(run).table("attributions").to_pylist()
    for number, row in enumerate(rows):
        change(number, row)
    replace_table(run, "attributions", rows)
    return study_of(run)


def test_a_score_is_the_weighted_mean_magnitude_by_hand(run):
    study = study_of(run)
    weight = {row["sample_id"]: row["weight"] for row in study.reader.table("samples").to_pylist()}
    total, mass = np.zeros(49), 0.0
    for row in study.reader.table("attributions").to_pylist():
        if row["method"] == "integrated_gradients" and row["target"] == 3:
            total += weight[row["sample_id"]] * np.abs(row["values"])
            mass += weight[row["sample_id"]]
    ranking = rankings(study)["feature_ranking", "integrated_gradients", "3"]
    scores = {item.feature: item.score for item in ranking.items}
    assert [scores[name] for name in FEATURES] == pytest.approx(total / mass)
    assert [item.rank for item in ranking.items] == list(range(1, 50))
    assert sum(item.share for item in ranking.items) == pytest.approx(1)
    assert all(item.low <= item.rank <= item.high for item in ranking.items)
    assert ranking.length == 49
    assert ranking.table == ""


def test_random_attributions_are_not_ranked_and_not_stable(run):
    found = rankings(study_of(run))
    blind, seeing = found["feature_ranking", "random", "0"], found["feature_ranking", "integrated_gradients", "0"]
    assert np.mean([item.low == 1 and item.high == 49 for item in blind.items]) > 0.9
    assert np.mean([item.high - item.low for item in seeing.items]) < 25
    assert found["rank_stability", "random", "0"].value < 0.3
    assert found["rank_stability", "integrated_gradients", "0"].value > 0.75
    assert "stable (" in found["rank_stability", "integrated_gradients", "0"].notes[0]


def test_too_few_cases_of_a_class_are_not_ranked(tmp_path):
    found = rankings(study_of(write_run(tmp_path, 600, 100)))
    assert found["feature_ranking", "saliency", "4"].reason.startswith("too few samples: 10 cases predicted as this class")


def test_failed_attributions_are_counted_and_never_ranked_last(tmp_path):
    def fail(_, row):
        if row["method"] == "saliency":
            row.update(values=[], error="NaN in the attribution")

    found = rankings(with_attributions(write_run(tmp_path, 600, 100), fail))
    assert found["feature_ranking", "saliency", "4"].reason == "all 100 attributions failed"


def test_attributions_of_zero_are_no_ranking(tmp_path):
    study = with_attributions(write_run(tmp_path, 1500, 500), lambda _, row: row.update(values=[0.0] * 49))
    assert rankings(study)["feature_ranking", "saliency", "4"].reason == "every attribution of these cases is 0"


def test_words_are_pooled_by_name_with_their_sign(tmp_path):
    def word(number, row):
        row.update(names=["due", "invoice", "due", str(number % 7)], values=[1.0, 2.0, -0.5, 0.0])

    ranking = rankings(with_attributions(write_run(tmp_path, 1500, 500), word))["feature_ranking", "saliency", "4"]
    assert [(item.feature, item.score) for item in ranking.items[:2]] == [("invoice", 2.0), ("due", 0.5)]
    assert (ranking.items[0].low, ranking.items[0].high) == (1, 1)


def test_a_long_ranking_goes_to_a_table_whole(tmp_path):
    generator = np.random.default_rng(0)
    names = [f"column {j}" for j in range(60)]

    def widen(_, row):
        row.update(names=names, values=generator.gamma(1.0, 1.0, 60))

    study = with_attributions(write_run(tmp_path, 1500, 500), widen)
    ranking = rankings(study)["feature_ranking", "saliency", "4"]
    assert (len(ranking.items), ranking.length) == (50, 60)
    assert ranking.table == "tables/ranking-saliency-4.csv"
    lines = study.tables[ranking.table].decode().splitlines()
    assert lines[0] == "feature,score,share,rank,low,high,cases"
    assert len(lines) == 61
    assert ranking.notes[-1].startswith("More features (60) than cases (50)")


def test_more_than_three_hundred_features_are_compared_on_a_second_half(tmp_path):
    generator = np.random.default_rng(0)
    names, level = [f"column {j:03d}" for j in range(320)], np.concatenate([[50.0, 20.0], np.ones(318)])

    def widen(_, row):
        row.update(names=names if row["target"] == 4 else ["one"], values=level * generator.gamma(5.0, 0.2, 320))
        row["values"] = row["values"][: len(row["names"])]

    study = with_attributions(write_run(tmp_path, 3000, 600, methods=("saliency",)), widen)
    ranking = rankings(study)["feature_ranking", "saliency", "4"]
    assert "tested on the other half" in ranking.how
    # 320 names of this class, 20 of them not compared: each of these might still rank before any other
    assert [(item.feature, item.low, item.high) for item in ranking.items[:2]] == [("column 000", 1, 21), ("column 001", 2, 22)]


def test_units_not_rows_are_what_is_resampled(tmp_path):
    run = write_run(tmp_path, 1500, 500, methods=("saliency",), unit_size=250)
    found = rankings(study_of(run))
    assert isinstance(found["feature_ranking", "saliency", "0"], NotEvaluated)  # six writers
    found = rankings(study_of(write_run(tmp_path / "more", 1500, 500, methods=("saliency",), unit_size=30)))
    assert isinstance(found["feature_ranking", "saliency", "0"], Ranking)
    assert found["feature_ranking", "saliency", "0"].samples.units < 50
