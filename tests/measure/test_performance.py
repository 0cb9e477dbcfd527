import json

import numpy as np
import pytest
from sklearn import metrics

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.evidence.store import Reader
from auditor.judge import judge
from auditor.measure import _confusion
from auditor.measure._confusion import Confusion
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.measure.calibration import measure as calibration
from auditor.measure.performance import measure as performance
from auditor.plan.fields import Gate
from auditor.report.build import stored_plan
from tests.measure.synthetic import replace_table, write_run


def study_of(run):
    plan, _ = stored_plan(run)
    reader = Reader(run)
    return Study(reader, plan, read_frame(reader, plan))


def by_name(results):
    return {(result.name, *result.slice.values()): result for result in results}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"), rows=1200, selected=100, error_rate=0.1)


def test_every_score_is_scikit_learns(run):
    study = study_of(run)
    found = by_name(performance(study))
    samples, predictions = study.reader.table("samples"), study.reader.table("predictions")
    label, predicted = np.asarray(samples["label"]), np.asarray(samples["predicted"])
    logits = np.array(predictions["logits"].to_pylist())
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(label, predicted)
    assert found["accuracy",].value == pytest.approx(metrics.accuracy_score(label, predicted))
    assert found["balanced_accuracy",].value == pytest.approx(metrics.balanced_accuracy_score(label, predicted))
    assert found["macro_f1",].value == pytest.approx(metrics.f1_score(label, predicted, average="macro"))
    assert found["log_loss",].value == pytest.approx(metrics.log_loss(label, p))
    assert found["brier_score",].value == pytest.approx(np.square(p - np.eye(10)[label]).sum(axis=1).mean())
    for c in range(10):
        name = str(c)
        assert found["precision", name].value == pytest.approx(precision[c])
        assert found["recall", name].value == pytest.approx(recall[c])
        assert found["f1", name].value == pytest.approx(f1[c])
        assert found["specificity", name].value == pytest.approx(np.mean(predicted[label != c] != c))
        assert found["recall", name].samples.rows == np.sum(label == c)
    matrix = [row[1:] for row in found["confusion_matrix",].rows]
    assert np.array_equal(matrix, metrics.confusion_matrix(label, predicted))


def test_every_estimate_lies_in_its_interval(run):
    for result in [*performance(study_of(run)), *calibration(study_of(run))]:
        if isinstance(result, Estimate) and result.interval:
            assert result.interval.low <= result.value <= result.interval.high


def test_calibration_is_confidence_beside_accuracy(run):
    study = study_of(run)
    found = by_name(calibration(study))
    assert found["overconfidence",].value == pytest.approx(study.frame.confidence.mean() - study.frame.correct.mean())
    assert found["expected_calibration_error",].interval is None
    lines = found["reliability",].rows
    assert sum(line[2] for line in lines) == 1200
    assert all((line[3] is None) == (line[2] < 10) for line in lines)
    last = study.frame.confidence > 14 / 15
    assert lines[-1][4] == pytest.approx(study.frame.correct[last].mean())


@pytest.mark.parametrize("score", ["f1", "macro_f1", "recall"])
def test_influence_values_are_what_leaving_a_row_out_changes(score):
    generator = np.random.default_rng(0)
    label, predicted = generator.integers(0, 3, 60), generator.integers(0, 3, 60)

    def value(keep):
        totals = Confusion(label[keep], predicted[keep], np.ones(len(keep)), 3).totals
        return {"f1": totals.f1()[1], "macro_f1": totals.macro_f1(), "recall": totals.balanced_accuracy()}[score]

    whole = Confusion(label, predicted, np.ones(60), 3)
    psi = whole.influence_f1(1) if score == "f1" else getattr(whole, f"influence_{score}")()
    jackknife = [value(np.arange(60)) - value(np.delete(np.arange(60), i)) for i in range(60)]
    assert psi == pytest.approx(np.array(jackknife), rel=0.06, abs=1e-4)
    assert np.corrcoef(psi, jackknife)[0, 1] > 0.998


def test_resampled_tables_vary_as_resampled_rows_do():
    generator = np.random.default_rng(1)
    label, predicted = generator.integers(0, 3, 150), generator.integers(0, 3, 150)
    confusion = Confusion(label, predicted, np.ones(150), 3)
    by_table = np.concatenate([totals.macro_f1() for totals in confusion.resample(3000, 0)])
    rows = generator.integers(0, 150, (3000, 150))
    by_row = [metrics.f1_score(label[i], predicted[i], average="macro") for i in rows[:600]]
    assert by_table.std() == pytest.approx(np.std(by_row), rel=0.08)
    assert by_table.mean() == pytest.approx(np.mean(by_row), abs=0.005)


def test_whole_units_are_resampled_into_tables():
    label, unit = np.repeat([0, 1], 50), np.repeat(np.arange(20), 5)
    confusion = Confusion(label, label, np.ones(100), 2, unit=unit)
    for totals in confusion.resample(50, 0):
        assert (totals.actual % 5 == 0).all()
        assert (totals.actual.sum(axis=1) == 100).all()


def test_a_file_sampled_by_label_keeps_its_label_counts():
    label = np.repeat([0, 1], [70, 30])
    confusion = Confusion(label, np.roll(label, 5), np.ones(100), 2, by_label=True)
    for totals in confusion.resample(50, 0):
        assert (totals.actual == [70, 30]).all()


def test_the_declared_prevalence_moves_accuracy_but_not_recall(tmp_path):
    prevalence = {str(c): 0.55 if c == 3 else 0.05 for c in range(10)}
    plain = by_name(performance(study_of(write_run(tmp_path / "plain", 1200, 100, error_rate=0.1))))
    run = write_run(tmp_path / "weighted", 1200, 100, error_rate=0.1, extra={"prevalence": prevalence})
    found = by_name(performance(study_of(run)))
    recall = np.array([plain["recall", str(c)].value for c in range(10)])
    assert found["accuracy",].value == pytest.approx(recall @ list(prevalence.values()))
    assert found["accuracy",].samples.weighted
    assert found["accuracy",].interval.how.startswith("Wilson with")
    assert found["recall", "3"].value == plain["recall", "3"].value
    assert found["precision", "3"].value > plain["precision", "3"].value


def test_rows_of_one_writer_widen_the_interval(tmp_path):
    found = by_name(performance(study_of(write_run(tmp_path, 1200, 100, unit_size=40, error_rate=0.1))))
    assert found["accuracy",].samples.units == 30
    assert found["accuracy",].interval.how.endswith("m = 30")


def altered(run, change):
    rows = Reader(run).table("samples").to_pylist()
    for number, row in enumerate(rows):
        change(number, row)
    replace_table(run, "samples", rows)
    return by_name(performance(study_of(run)))


def test_one_class_only_has_an_accuracy_and_says_why_it_has_no_mean_over_classes(tmp_path):
    found = altered(write_run(tmp_path, 60, 10), lambda _, row: row.update(label=4))
    assert isinstance(found["accuracy",], Estimate)
    assert found["macro_f1",].reason == "needs rows of at least two classes; the labels hold only 4"
    assert isinstance(found["recall", "3"], NotEvaluated)


def test_one_sample_is_a_report_full_of_reasons(tmp_path):
    found = altered(write_run(tmp_path, 60, 10), lambda number, row: row.update(error="" if number == 7 else "decode failed"))
    assert found["accuracy",].reason == "too few samples: 1 of at least 10 rows"
    assert found["class_counts",].notes == ("Excluded: 59 rows, decode failed.",)


@pytest.mark.parametrize("change", [{"label": -1}, {"error": "not a picture"}])
def test_without_labels_or_rows_nothing_crashes(tmp_path, change):
    found = altered(write_run(tmp_path, 60, 10), lambda _, row: row.update(change))
    assert isinstance(found["accuracy",], NotEvaluated)


def test_many_classes_put_the_table_into_a_file(run, monkeypatch):
    monkeypatch.setattr("auditor.measure.performance._INLINE_CLASSES", 5)
    study = study_of(run)
    table = by_name(performance(study))["confusion_matrix",]
    assert table.rows == ()
    assert study.tables[table.table].startswith(b"label \\ predicted,0,1,2")


def test_a_class_that_is_never_predicted_has_no_precision_but_a_recall():
    totals = _confusion.Totals(np.array([3.0, 0.0]), np.array([3.0, 4.0]), np.array([7.0, 0.0]))
    assert totals.recall().tolist() == [1.0, 0.0]
    assert totals.f1().tolist() == [0.6, 0.0]


def test_of_many_classes_only_those_that_occur_get_results_and_a_gate_on_another_is_not_evaluated(tmp_path):
    run = write_run(tmp_path, 1200, 40, error_rate=0.1)
    file = run / "evidence" / "prepared.json"
    prepared = json.loads(file.read_text())
    names = prepared["model"]["classes"]
    prepared["model"]["classes"] = [*names, *(f"absent {i}" for i in range(40))]
    file.write_text(json.dumps(prepared))
    rows = Reader(run).table("predictions").to_pylist()
    replace_table(run, "predictions", [{**row, "logits": [*row["logits"], *[-50.0] * 40]} for row in rows])
    study = study_of(run)
    results = tuple(performance(study))
    assert {one.slice["class"] for one in results if one.name == "specificity"} == set(names)
    gate = Gate(result="recall", slice={"class": "absent 7"}, at_least=0.5)
    model = study.plan.model.model_copy(update={"classes": tuple(prepared["model"]["classes"])})
    (found,) = judge(study.plan.model_copy(update={"model": model, "gates": (gate,)}), results)
    assert found.status == "not evaluated"
    assert "no evaluated row is of the class absent 7" in found.statement
