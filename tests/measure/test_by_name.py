"""Features that differ from case to case: words, segments, windows of series of unequal length."""

import tracemalloc

import numpy as np
import pyarrow as pa
import pytest

from auditor.evidence.facts import FeatureFacts
from auditor.evidence.schema import TABLES
from auditor.evidence.store import Reader
from auditor.measure import measure_all
from auditor.measure._cases import Cases, Located, paths
from auditor.measure._frame import read_frame
from auditor.measure._pooled import _by_name, attributed, pooled
from auditor.measure._study import Study
from auditor.measure.rankings import measure
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.ranks import rank_intervals
from auditor.report.build import stored_plan
from tests.measure import some_kinds
from tests.measure.synthetic_kinds import write_kind


def study_of(run):
    plan, _ = stored_plan(run)
    reader = Reader(run)
    return Study(reader, plan, read_frame(reader, plan))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_kind(tmp_path_factory.mktemp("run"), some_kinds.words())


@pytest.fixture(scope="module")
def found(run):
    return {(r.name, r.slice["method"], r.slice["class"]): r for r in measure(study_of(run))}


def test_a_words_score_is_the_weighted_mean_over_the_cases_that_hold_it(run, found):
    weight = {row["sample_id"]: row["weight"] for row in Reader(run).table("samples").to_pylist()}
    total, mass, cases = {}, {}, {}
    for row in Reader(run).table("attributions").to_pylist():
        if row["method"] != "integrated_gradients" or row["target"] != 1:
            continue
        sums = {}
        for name, value in zip(row["names"], row["values"], strict=True):
            sums[name] = sums.get(name, 0.0) + value
        for name, value in sums.items():
            total[name] = total.get(name, 0.0) + weight[row["sample_id"]] * abs(value)
            mass[name] = mass.get(name, 0.0) + weight[row["sample_id"]]
            cases[name] = cases.get(name, 0) + 1
    ranking = found["feature_ranking", "integrated_gradients", "spam"]
    assert {item.feature for item in ranking.items} == {name for name, count in cases.items() if count >= 10}
    for item in ranking.items:
        assert item.score == pytest.approx(total[item.feature] / mass[item.feature])
        assert item.cases == cases[item.feature]
    rare = sum(count < 10 for count in cases.values())
    assert ranking.notes[0].startswith(f"{rare:,} of {len(cases):,} names occur in fewer than 10 of the ")
    assert {item.feature for item in ranking.items[:2]} == {"free", "winner"}
    assert all(item.low <= item.rank <= item.high for item in ranking.items)


def test_occurrences_are_pooled_as_the_method_pools_elements():
    code, values = np.array([0, 2, 0, 5, 5]), np.array([1.0, 4.0, -3.0, 2.0, 6.0])  # two cases, three names
    for pool, expected in (("sum", [[-2, 0, 4], [0, 0, 8]]), ("mean", [[-1, 0, 4], [0, 0, 4]])):
        sums, occurs = pooled(code, values, pool, (2, 3))
        assert sums.toarray().tolist() == expected
        assert occurs.toarray().tolist() == [[1, 0, 1], [0, 0, 1]]


def test_a_word_with_an_attribution_of_zero_still_occurs():
    magnitude = _by_name(pa.array([["a", "b"], ["a"]]), np.array([0.0, 1.0, 2.0]), np.array([2, 1]), (), "sum")
    assert magnitude.cases.tolist() == [2, 1]
    assert magnitude.mean(np.ones(2)).tolist() == [1.0, 1.0]


def test_rank_intervals_of_means_over_some_rows_know_how_few_there_are():
    generator = np.random.default_rng(0)
    occurs = np.ones((200, 3))
    occurs[12:, 1] = 0  # the second feature stands in 12 rows only
    magnitude = occurs * (np.array([1.0, 1.05, 2.0]) + generator.normal(0, 0.6, (200, 3)))
    design = RowDesign(np.zeros(200, dtype=np.int64), np.array([[200]]))
    low, high = rank_intervals(design, magnitude, 500, 0, occurs)
    assert (low[2], high[0]) == (1, 3)
    assert low[1] < high[1]  # too few to tell
    whole = rank_intervals(design, np.array([1.0, 1.3, 2.0]) + generator.normal(0, 0.3, (200, 3)), 500, 0, np.ones((200, 3)))
    assert whole[0].tolist() == whole[1].tolist() == [3, 2, 1]


def test_features_that_all_rows_have_rank_as_if_nothing_were_missing():
    magnitude = np.random.default_rng(1).gamma(1.0, 1.0, (4000, 6)) * np.array([1.0, 1.02, 1.1, 1.3, 1.3, 2.0])
    design = RowDesign(np.zeros(4000, dtype=np.int64), np.array([[4000]]))
    plain, named = rank_intervals(design, magnitude, 400, 0), rank_intervals(design, magnitude, 400, 0, np.ones((4000, 6)))
    assert [a.tolist() for a in plain] == [a.tolist() for a in named]


def test_rank_intervals_of_equal_words_hold_all_ranks_about_as_often_as_they_say():
    held = 0
    for seed in range(100):
        generator = np.random.default_rng(seed)
        occurs = (generator.random((120, 20)) < generator.uniform(0.1, 0.2, 20)).astype(float)
        occurs[:8] = 1
        magnitude = occurs * generator.gamma(1.0, 1.0, (120, 20))
        design = RowDesign(np.zeros(120, dtype=np.int64), np.array([[120]]))
        low, high = rank_intervals(design, magnitude, 300, seed, occurs)
        held += bool((low == 1).all() and (high == 20).all())
    assert held >= 93  # with the normal quantile of many rows about 87


def test_words_that_are_all_rare_give_a_reason(tmp_path):
    kind = some_kinds.words(300)
    kind.names = [tuple(f"{row}-{j}" for j in range(len(names))) for row, names in enumerate(kind.names)]
    results = {(r.name, r.slice["class"]): r for r in measure(study_of(write_kind(tmp_path, kind)))}
    assert results["feature_ranking", "spam"].reason.startswith(
        "no name occurs in at least 10 of these cases; the most frequent"
    )


def test_segments_have_no_identity_and_are_not_ranked_but_their_curves_are_measured(tmp_path):
    run = write_kind(tmp_path, some_kinds.segments(300))
    plan, _ = stored_plan(run)
    measured = measure_all(Reader(run), plan)
    results = {(r.name, *r.slice.values()): r for r in measured.results}
    assert "another region in another picture" in results["feature_ranking", "saliency", "ham"].reason
    curve = results["deletion_curve", "integrated_gradients", "mean"]
    assert curve.x == pytest.approx(np.arange(7) / 6)
    assert results["faithfulness_margin", "integrated_gradients", "mean"].value > 0
    example = next(iter(measured.examples.values()))
    assert example.top["integrated_gradients"][0][0].startswith("segment ")


def test_windows_of_series_of_unequal_length_keep_their_names(tmp_path):
    for equal in (True, False):
        results = {
            (r.name, r.slice["method"], r.slice["class"]): r
            for r in measure(study_of(write_kind(tmp_path / str(equal), some_kinds.windows(300, equal))))
        }
        first = results["feature_ranking", "integrated_gradients", "ham"].items[0]
        assert first.feature == "channel 1, steps 11–20"
        assert (first.cases is None) == equal


def test_curves_meet_at_k_over_steps_each_with_its_own_area():
    generator = np.random.default_rng(3)
    removed = [np.array([0, 1, 2, 3]), np.array([0, 1]), np.array([0, 2, 3, 5]), np.array([0, 1, 2])]
    scores = [generator.random(len(counts)).astype(np.float32) for counts in removed]
    rows = [
        {"sample_id": str(i), "target": 0, "method": "m", "variant": "", "fill": "f", "order": "o", "draw": "", "removed": n,
         "score": s, "error": ""} for i, (n, s) in enumerate(zip(removed, scores, strict=True))
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=TABLES["curves"])
    four = np.arange(4)
    located = Located(table, Cases(four, np.zeros(4, dtype=np.int64)), four, {}, {("m",): four[:3], ("n",): four[3:]})
    found = paths(located, 4)
    for index in range(3):
        own = removed[index] / removed[index][-1]
        assert found["m",].score[index] == pytest.approx(np.interp(np.arange(5) / 4, own, scores[index]))
        assert found["m",].area[index] == pytest.approx(np.trapezoid(scores[index], own))
    assert not found["m",].has[3]
    assert found["n",].score.shape == (4, 5)  # one curve alone stands on the same fractions as the others


def test_fifty_thousand_words_stay_sparse(run):
    generator = np.random.default_rng(0)
    widths = np.full(500, 200)
    words = np.array([f"word {j}" for j in range(50_000)])
    names = [words[generator.zipf(1.3, 200) % 50_000].tolist() for _ in range(500)]
    tracemalloc.start()
    magnitude = _by_name(pa.array(names), generator.normal(0, 1, 100_000), widths, (), "sum")
    magnitude.mean(np.ones(500))
    assert tracemalloc.get_traced_memory()[1] < 60e6  # [500, 50,000] in float64 would be 200 MB
    tracemalloc.stop()


def test_a_case_without_names_of_its_own_has_the_common_ones(run):
    study = study_of(run)
    fact = study.frame.prepared.methods[0]
    rows = [{"values": [1.0, 2.0], "names": None}, {"values": [3.0], "names": ["b"]}]
    table = pa.table(
        {"values": pa.array([row["values"] for row in rows], pa.list_(pa.float32())), "names": [None, ["b"]]},
        schema=pa.schema([TABLES["attributions"].field("values"), TABLES["attributions"].field("names")]),
    )
    two = np.arange(2)
    located = Located(table, Cases(two, two), two, {}, {(fact.name,): two})
    found = attributed(located, fact, ("a", "b"))
    assert found.magnitudes.names == ("a", "b")
    assert found.magnitudes.dense()[0].tolist() == [[1.0, 2.0], [0.0, 3.0]]
    assert FeatureFacts(kind="words", names=(), grid=None, description="").most == 0
