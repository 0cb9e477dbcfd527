"""Decisions at a threshold, curves over all of them, and the further figures, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.measure import baselines, brier_decomposition, label_issues, matthews, proxies, threshold_curves, top_k
from auditor.measure._confusion import Totals
from auditor.measure.matthews import correlation
from auditor.measure.operating_point import measure
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.logistic import decided, fitted
from auditor.measure.statistics.thresholds import rates, share_band, thinned
from auditor.measure.statistics.wilson import wilson
from tests.measure.grouped import write_grouped
from tests.measure.synthetic import write_run
from tests.measure.test_performance import study_of

POINT = {"class": "granted", "threshold": 0.3, "costs": {"false_positive": 1, "false_negative": 4}}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write_grouped(tmp_path_factory.mktemp("point"), 600, operating_point=POINT)


@pytest.fixture(scope="module")
def found(made):
    return {one.name: one for one in measure(made.study())}


def test_rates_at_the_threshold_are_those_of_the_two_by_two_table(made, found):
    (tn, fp), (fn, tp) = metrics.confusion_matrix(made.label, made.score >= 0.3)
    expected = {"recall": tp / (tp + fn), "specificity": tn / (tn + fp), "precision": tp / (tp + fp)}
    expected |= {"negative_predictive_value": tn / (tn + fn), "prevalence": (tp + fn) / 600, "decided_share": (tp + fp) / 600}
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value), name
        assert found[name].slice == {"class": "granted", "threshold": "0.3"}
    assert found["expected_cost"].value == pytest.approx((fp + 4 * fn) / 600)
    interval = found["recall"].interval
    assert (interval.low, interval.high) == pytest.approx(wilson(tp / (tp + fn), tp + fn))


def test_predictive_values_follow_the_declared_prevalence_by_bayes(tmp_path):
    run = write_grouped(tmp_path, 600, operating_point=POINT, prevalence={"refused": 0.95, "granted": 0.05})
    own = {one.name: one for one in measure(run.study())}
    hit, right = own["recall"].value, own["specificity"].value
    assert own["prevalence"].value == 0.05 and own["prevalence"].no_interval == "declared in the plan, not estimated"
    assert own["precision"].value == pytest.approx(0.05 * hit / (0.05 * hit + 0.95 * (1 - right)))
    assert own["negative_predictive_value"].value == pytest.approx(0.95 * right / (0.95 * right + 0.05 * (1 - hit)))


def test_the_sweep_holds_the_plans_threshold_and_names_the_cheapest(made, found):
    curve = found["cost_by_threshold"]
    costs = [
        np.mean((made.score >= t) & (made.label == 0)) + 4 * np.mean((made.score < t) & (made.label == 1)) for t in curve.x
    ]
    assert np.allclose(curve.y, costs) and 0.3 in curve.x
    assert f"Lowest at {curve.x[int(np.argmin(costs))]:g}" in curve.notes[0]
    recall = found["recall_by_threshold"]
    assert recall.y[recall.x.index(0.3)] == pytest.approx(found["recall"].value)
    assert recall.low[recall.x.index(0.3)] == pytest.approx(found["recall"].interval.low)
    assert recall.y[0] == 1.0 and found["specificity_by_threshold"].y[0] == 0.0


def test_without_costs_there_is_no_cost_and_without_a_point_nothing(tmp_path):
    run = write_grouped(tmp_path / "a", 300, operating_point=POINT | {"costs": None})
    assert not {"expected_cost", "cost_by_threshold"} & {one.name for one in measure(run.study())}
    assert list(measure(write_grouped(tmp_path / "b", 100).study())) == []


def test_rows_of_equal_score_move_together():
    score, positive = np.array([0.9, 0.5, 0.5, 0.5, 0.1]), np.array([True, True, False, True, False])
    found = rates(score, positive, np.ones(5))
    fpr, tpr, thresholds = metrics.roc_curve(positive, score, drop_intermediate=False)
    assert np.allclose(found.alarms, fpr) and np.allclose(found.hits, tpr) and np.allclose(found.threshold, thresholds)
    precision, recall, _ = metrics.precision_recall_curve(positive, score)
    assert np.allclose(found.precision, precision[::-1]) and np.allclose(found.hits, recall[::-1])
    assert len(found.threshold) == 4


def test_curves_are_scikit_learns_at_their_points(made):
    roc, pr = (one for one in threshold_curves.measure(made.study()) if one.slice["class"] == "granted")
    fpr, tpr, _ = metrics.roc_curve(made.label, made.score, drop_intermediate=False)
    assert _off(roc, fpr, tpr) < 1e-9
    precision, recall, _ = metrics.precision_recall_curve(made.label, made.score)
    assert _off(pr, recall, precision) < 1e-9
    assert len(roc.x) == 101 and (roc.x[-1], roc.y[-1]) == (1.0, 1.0)
    for curve in (roc, pr):
        assert all(low <= y <= high for low, y, high in zip(curve.low, curve.y, curve.high, strict=True))


def _off(curve, x, y):
    """Largest distance of a point of the curve from the nearest of the points (x, y)."""
    return max(np.min(np.abs(x - own_x) + np.abs(y - own_y)) for own_x, own_y in zip(curve.x, curve.y, strict=True))


def test_bands_are_wilsons_and_empty_where_nothing_is_asked():
    design = RowDesign(np.zeros(40, dtype=np.int64), np.array([[40]]))
    asked = np.zeros((40, 3), dtype=bool)
    asked[:20, 0] = asked[:, 1] = True
    hits = asked & (np.arange(40) < 5)[:, None]
    value, low, high = share_band(design, hits, asked)
    assert value[:2] == pytest.approx([0.25, 0.125]) and np.isnan(value[2]) and np.isnan(low[2])
    assert (low[0], high[0]) == pytest.approx(wilson(0.25, 20)) and (low[1], high[1]) == pytest.approx(wilson(0.125, 40))
    assert thinned(5, 101).tolist() == [0, 1, 2, 3, 4] and thinned(1000, 101)[[0, -1]].tolist() == [0, 999]


def test_top_k_and_matthews_are_scikit_learns(tmp_path):
    study = study_of(write_run(tmp_path, 600, 60, error_rate=0.2))
    frame = study.frame
    for one in top_k.measure(study):
        k = int(one.slice["k"])
        assert one.value == pytest.approx(metrics.top_k_accuracy_score(frame.label, frame.logits, k=k))
    (one,) = matthews.measure(study)
    assert one.value == pytest.approx(metrics.matthews_corrcoef(frame.label, frame.predicted))
    assert one.interval.low < one.value < one.interval.high


def test_matthews_of_one_class_is_zero_and_its_influence_is_the_derivative():
    assert correlation(Totals(np.array([5.0, 0.0]), np.array([5.0, 5.0]), np.array([10.0, 0.0]))) == 0.0
    from auditor.measure._confusion import Confusion

    generator = np.random.default_rng(0)
    label = generator.integers(0, 3, 60)
    said = np.where(generator.random(60) < 0.7, label, generator.integers(0, 3, 60))
    whole = Confusion(label, said, np.ones(60), 3)
    value, step = float(correlation(whole.totals)), 1e-6
    psi = matthews._influence(whole, value)
    for row in (0, 7, 31):
        eye = np.eye(3)
        more = Totals(
            whole.totals.hits + step * eye[label[row]] * (label[row] == said[row]),
            whole.totals.actual + step * eye[label[row]],
            whole.totals.called + step * eye[said[row]],
        )
        assert psi[row] == pytest.approx((float(correlation(more)) - value) / step, rel=1e-3, abs=1e-8)


def test_baselines_are_those_that_look_at_nothing(made):
    own = {(one.name, one.slice["baseline"]): one for one in baselines.measure(made.study())}
    share = made.label.mean()
    assert own["baseline_accuracy", "majority class"].value == pytest.approx(max(share, 1 - share))
    assert own["baseline_accuracy", "prior draw"].value == pytest.approx(share**2 + (1 - share) ** 2)
    accuracy = np.mean(made.label == made.predicted)
    assert own["baseline_gain", "majority class"].value == pytest.approx(accuracy - max(share, 1 - share))
    assert own["baseline_gain", "prior draw"].value == pytest.approx(accuracy - share**2 - (1 - share) ** 2)
    assert all(own["baseline_gain", one].interval.low > 0 for one in ("majority class", "prior draw"))


def test_the_parts_of_the_brier_score_add_up_and_are_exact_where_bins_hold_one_value():
    stated = np.repeat([0.2, 0.5, 0.9], [20, 20, 40])
    came = np.concatenate([np.arange(20) < 4, np.arange(20) < 14, np.arange(40) < 30]).astype(float)
    parts = brier_decomposition.decomposed(stated, came, np.ones(80))
    mean = 48 / 80
    assert parts["reliability"] == pytest.approx((20 * 0.0 + 20 * 0.2**2 + 40 * 0.15**2) / 80)
    assert parts["resolution"] == pytest.approx((20 * 0.4**2 + 20 * 0.1**2 + 40 * 0.15**2) / 80)
    assert parts["uncertainty"] == pytest.approx(mean * (1 - mean)) and parts["within bins"] == pytest.approx(0, abs=1e-12)
    assert parts["sum"] == pytest.approx(np.mean((stated - came) ** 2))


def test_planted_wrong_labels_are_candidates_and_single_rows_stay_out_where_the_plan_says_so(made, tmp_path):
    study = study_of(write_run(tmp_path, 600, 60, error_rate=0.0, extra={"examples": "full"}))
    planted = np.arange(0, 600, 60)
    before = {one.name: one for one in label_issues.measure(study)}["label_issue_count"].value
    study.frame.__dict__["label"] = np.where(np.isin(np.arange(600), planted), (study.frame.label + 1) % 10, study.frame.label)
    found = {one.name: one for one in label_issues.measure(study)}
    ids = [study.frame.ids[int(row)].as_py() for row in planted]
    assert found["label_issue_count"].value >= before + 9
    assert len({row[0] for row in found["label_issues"].rows} & set(ids)) >= 9
    assert found["confident_errors"].rows[0][3] >= found["confident_errors"].rows[-1][3]
    private = write_grouped(tmp_path / "private", 200, examples="redacted").study()
    told = {one.name: one for one in label_issues.measure(private)}
    assert isinstance(told["confident_errors"], NotEvaluated) and "examples: full" in told["label_issues"].reason
    assert isinstance(told["label_issue_count"], Estimate)


def test_classes_with_fewer_than_thirty_labels_are_thin(tmp_path):
    (thin,) = [one for one in label_issues.measure(study_of(write_run(tmp_path, 250, 60))) if one.name == "thin_classes"]
    counts = np.bincount(study_of(tmp_path).frame.label, minlength=10)
    assert {row[0]: row[1] for row in thin.rows} == {str(c): n for c, n in enumerate(counts.tolist()) if n < 30}


def test_the_logistic_model_is_scikit_learns():
    generator = np.random.default_rng(0)
    values = generator.normal(0, 1, (200, 3))
    positive = generator.random(200) < 1 / (1 + np.exp(-values @ [1.0, -2.0, 0.0] - 0.5))
    other = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(values, positive)
    assert np.allclose(fitted(values, positive), [*other.coef_[0], other.intercept_[0]], atol=1e-5)
    assert np.allclose(decided(values, fitted(values, positive)), other.decision_function(values), atol=1e-5)


def test_the_planted_proxy_is_the_strongest_and_a_column_without_relation_is_none(made):
    found = [one for one in proxies.measure(made.study()) if one.slice["attribute"] == "sex"]
    area = {one.slice["feature"]: one for one in found}
    assert {one.slice["group"] for one in found} == {"A"}
    assert [one.slice["feature"] for one in found[:2]] == [proxies.ALL, "column 0"]
    assert area["column 0"].interval.low > 0.7
    assert area["column 7"].interval.low < 0.5 < area["column 7"].interval.high + 0.05
    expected = metrics.roc_auc_score(made.groups["sex"] == "A", made.score)
    assert area[proxies.SCORE].value == pytest.approx(expected)


def test_proxies_say_why_they_are_missing(tmp_path):
    run = write_grouped(tmp_path / "a", 200, inputs=False)
    assert {one.reason for one in proxies.measure(run.study())} == {
        "the evidence holds no inputs; audits by this version store them for tables with declared groups"
    }
    values = ["A", "B"] * 100
    direct = write_grouped(tmp_path / "b", 200, groups={"column 3": values}, inputs=False)
    (gap,) = proxies.measure(direct.study())
    assert gap.reason == "direct use: column 3 is itself an input of the model"
