import numpy as np
import pytest

from auditor.evidence.store import Reader, shard_path, write_shard
from auditor.measure import known_names, measure_all
from auditor.measure._frame import log_probabilities, read_frame
from auditor.measure._study import Study, _merged
from auditor.measure.statistics.clusters import ClusterDesign
from auditor.measure.statistics.design import RowDesign
from auditor.report.build import stored_plan
from tests.measure.synthetic import replace_table, write_run


def study_of(run):
    plan, _ = stored_plan(run)
    reader = Reader(run)
    return Study(reader, plan, read_frame(reader, plan))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"), 800, 200)


def test_the_weights_of_the_cases_are_the_stored_ones(run):
    study = study_of(run)
    rows = np.flatnonzero(study.frame.selected)
    stored = np.asarray(study.reader.table("samples")["weight"])[rows]
    assert study.case_design(rows).weights == pytest.approx(stored)


def test_lonely_cases_are_merged_and_keep_their_weights(run):
    study = study_of(run)
    chosen = np.flatnonzero(study.frame.selected)
    first = np.unique(study.frame.stratum[chosen], return_index=True)[1]
    design = study.case_design(chosen[np.sort(first)])  # one case of every stratum
    expected = np.bincount(study.frame.stratum)[study.frame.stratum[chosen[np.sort(first)]]]
    assert isinstance(design, RowDesign)
    assert len(design.sizes) < len(first)
    assert design.weights == pytest.approx(expected.astype(float))
    assert design.moments(np.arange(len(first), dtype=float)[:, None])[1][0] > 0


def test_one_lonely_stratum_joins_the_smallest_other():
    merged = _merged(np.array([0, 1, 1, 1, 2, 2]), np.repeat([0, 1, 2], [9, 20, 30]))
    assert merged.tolist() == [1, 0, 1]
    assert _merged(np.array([0, 1, 1]), np.array([0, 1, 1, 1])).tolist() == [0, 1]  # a stratum of one row, taken whole


def test_declared_units_make_a_clustered_design(tmp_path):
    study = study_of(write_run(tmp_path, 800, 200, unit_size=8))
    assert isinstance(study.case_design(np.flatnonzero(study.frame.selected)), ClusterDesign)
    assert isinstance(study.row_design(study.frame.labelled), ClusterDesign)


def test_sampling_by_label_groups_the_first_phase(tmp_path):
    study = study_of(write_run(tmp_path, 800, 200, extra={"sampling": "by_label"}))
    design = study.case_design(np.flatnonzero(study.frame.selected))
    assert design.population.shape[1] == 10
    assert design.population.sum() == 800
    assert design.moments(study.frame.correct[study.frame.selected][:, None])[1][0] >= 0
    assert isinstance(measure_all(study.reader, study.plan).results, tuple)


def test_confidence_and_loss_come_from_the_stored_logits(run):
    frame = study_of(run).frame
    logits = {row["sample_id"]: row["logits"] for row in Reader(run).table("predictions").to_pylist()}
    z = np.array(logits[frame.ids[5].as_py()])
    p = np.exp(z) / np.exp(z).sum()
    assert frame.confidence[5] == pytest.approx(p.max())
    assert frame.log_loss[5] == pytest.approx(-np.log(p[frame.label[5]]))


def test_extreme_logits_have_finite_logs():
    z = np.array([[1000.0, -1000.0], [0.0, 0.0]])
    assert log_probabilities(z, "softmax") == pytest.approx(np.array([[0, -2000], [np.log(0.5)] * 2]))
    assert log_probabilities(z, "sigmoid") == pytest.approx(np.array([[0, -1000], [np.log(0.5)] * 2]))


def test_rows_without_a_prediction_are_excluded_by_reason(tmp_path):
    run = write_run(tmp_path, 200, 50)
    rows = Reader(run).table("predictions").to_pylist()
    rows[3].update(logits=[], error="the model's output is not finite")
    rows[4].update(logits=[1.0, 2.0])
    replace_table(run, "predictions", rows[:-1])
    frame = study_of(run).frame
    assert len(frame.label) == 197
    assert frame.excluded == {
        "no prediction was stored": 1,
        "the model's output is not finite": 1,
        "the stored prediction is not complete": 1,
    }


def test_the_results_do_not_depend_on_how_the_evidence_was_cut(run, tmp_path):
    other = write_run(tmp_path, 800, 200)
    for name in ("samples", "predictions", "curves", "attributions", "checks"):
        table = Reader(other).table(name)
        replace_table(other, name, table.slice(100).to_pylist()[::-1])
        write_shard(shard_path(other, name, "late", 0, 100), table.slice(0, 100))
    plan, _ = stored_plan(run)
    assert measure_all(Reader(other), plan).results == measure_all(Reader(run), plan).results


def test_every_result_has_a_known_name_and_stands_once(run):
    plan, _ = stored_plan(run)
    results = measure_all(Reader(run), plan).results
    assert {result.name for result in results} <= set(known_names())
    keys = [(result.name, tuple(sorted(result.slice.items()))) for result in results]
    assert len(set(keys)) == len(keys)


def test_a_missing_table_is_a_gap_under_every_name(tmp_path):
    run = write_run(tmp_path, 200, 50)
    for path in (run / "evidence" / "curves").glob("*"):
        path.unlink()
    plan, _ = stored_plan(run)
    found = {result.name: result for result in measure_all(Reader(run), plan).results}
    assert found["faithfulness_margin"].reason == "the evidence holds no table `curves`"
    assert found["accuracy"].kind == "estimate"


def test_protocols_hold_whatever_a_result_refers_to(run):
    plan, _ = stored_plan(run)
    measured = measure_all(Reader(run), plan)
    assert {result.protocol for result in measured.results if result.kind != "not_evaluated"} - {""} <= set(measured.protocols)
    assert measured.protocols["curves, fill mean"]["points"].startswith("21: K = 20 steps")


def test_twelve_cases_make_a_report_of_reasons(tmp_path):
    run = write_run(tmp_path, 60, 12, methods=("saliency",), extra={"fills": ("mean",)})
    plan, _ = stored_plan(run)
    assert all(
        result.kind in ("not_evaluated", "estimate", "table", "curve") for result in measure_all(Reader(run), plan).results
    )
