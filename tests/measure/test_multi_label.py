import numpy as np
import pytest
from sklearn import metrics

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.evidence.store import Reader
from auditor.measure import measure_all
from auditor.measure._cases import PerSample
from auditor.measure._frame import read_frame
from auditor.measure._multi_label import _Ratios
from auditor.measure._study import Study
from auditor.measure.calibration import Stated, _reliability
from auditor.measure.rankings import measure as rankings
from auditor.measure.statistics.design import RowDesign
from auditor.report.build import stored_plan
from tests.measure import some_kinds
from tests.measure.synthetic import replace_table
from tests.measure.synthetic_kinds import write_kind


def study_of(run):
    plan, _ = stored_plan(run)
    reader = Reader(run)
    return Study(reader, plan, read_frame(reader, plan))


def results_of(run, gated=()):
    plan, _ = stored_plan(run)
    measured = measure_all(Reader(run), plan, gated)
    return {(result.name, *result.slice.values()): result for result in measured.results}, measured


@pytest.fixture(scope="module")
def kind():
    return some_kinds.several_labels(400, unknown=30)


@pytest.fixture(scope="module")
def run(kind, tmp_path_factory):
    return write_kind(tmp_path_factory.mktemp("run"), kind)


@pytest.fixture(scope="module")
def found(run):
    return results_of(run)[0]


def truth_of(kind):
    known = [row for row, labels in enumerate(kind.labels) if labels is not None]
    truth = np.zeros((len(known), len(kind.classes)), dtype=int)
    for place, row in enumerate(known):
        truth[place, kind.labels[row]] = 1
    return truth, kind.called[known].astype(int), kind.logits[known].astype(np.float64)


def test_every_score_of_several_labels_is_scikit_learns(kind, found):
    truth, called, logits = truth_of(kind)
    p = 1 / (1 + np.exp(-logits))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, called)
    assert found["accuracy",].value == pytest.approx(metrics.accuracy_score(truth, called))
    assert found["hamming_loss",].value == pytest.approx(metrics.hamming_loss(truth, called))
    assert found["micro_f1",].value == pytest.approx(metrics.f1_score(truth, called, average="micro"))
    assert found["macro_f1",].value == pytest.approx(metrics.f1_score(truth, called, average="macro"))
    assert found["mean_average_precision",].value == pytest.approx(metrics.average_precision_score(truth, logits))
    assert found["roc_auc",].value == pytest.approx(metrics.roc_auc_score(truth, logits))
    assert found["log_loss",].value == pytest.approx(
        np.mean([metrics.log_loss(t, q) for t, q in zip(truth.T, p.T, strict=True)])
    )
    assert found["brier_score",].value == pytest.approx(np.square(p - truth).mean())
    assert found["overconfidence",].value == pytest.approx((p - truth).mean())
    for c, name in enumerate(kind.classes):
        assert found["precision", name].value == pytest.approx(precision[c])
        assert found["recall", name].value == pytest.approx(recall[c])
        assert found["f1", name].value == pytest.approx(f1[c])
        assert found["average_precision", name].value == pytest.approx(metrics.average_precision_score(truth[:, c], p[:, c]))
        assert found["overconfidence", name].value == pytest.approx((p - truth)[:, c].mean())


def test_every_interval_holds_its_estimate_and_rows_are_what_is_counted(found):
    for result in found.values():
        if isinstance(result, Estimate) and result.interval:
            assert result.interval.low <= result.value <= result.interval.high
    assert found["micro_f1",].samples.rows == found["micro_f1",].samples.units == 370
    assert found["labelled_share",].value == pytest.approx(370 / 400)


def test_resampled_f1_spreads_as_rows_drawn_with_replacement_do(kind, found):
    truth, called, _ = truth_of(kind)
    draws = np.random.default_rng(0).integers(0, len(truth), (600, len(truth)))
    parts = [(2 * (t & c).sum(axis=0), (t + c).sum(axis=0)) for t, c in ((truth[rows], called[rows]) for rows in draws)]
    stars = {
        "micro_f1": [above.sum() / below.sum() for above, below in parts],
        "macro_f1": [(above / below).mean() for above, below in parts],
    }
    for name, found_stars in stars.items():
        interval = found[name,].interval
        assert interval.high - interval.low == pytest.approx(2 * 1.96 * np.std(found_stars), rel=0.12)


def test_answers_of_one_row_move_together(tmp_path):
    twin, copies = some_kinds.several_labels(120), some_kinds.several_labels(120)
    for name in ("logits", "called"):  # each label stands twice: more answers, no more rows
        setattr(copies, name, np.concatenate([getattr(twin, name)] * 2, axis=1))
    copies.classes = tuple(f"{name} {k}" for k in (1, 2) for name in twin.classes)
    copies.labels = [[*labels, *(c + 5 for c in labels)] for labels in twin.labels]
    copies.contribution = lambda row, c: twin.contribution(row, c % 5)
    once, _ = results_of(write_kind(tmp_path / "once", twin))
    twice, _ = results_of(write_kind(tmp_path / "twice", copies))
    for name in ("hamming_loss", "micro_f1", "overconfidence"):
        width = [result[name,].interval.high - result[name,].interval.low for result in (once, twice)]
        assert width[1] == pytest.approx(width[0], rel=0.02)
    bins = []
    for run in ("once", "twice"):
        study = study_of(tmp_path / run)
        bins.append(_reliability(study, Stated.of(study), once["micro_f1",].samples).rows[-1])
    assert bins[1][2] == 2 * bins[0][2]
    assert bins[1][5:] == pytest.approx(bins[0][5:], abs=0.002)


def test_influence_of_a_ratio_is_what_leaving_a_row_out_changes(run):
    generator = np.random.default_rng(0)
    above, below = generator.random((60, 1)), 1 + generator.random((60, 1))
    design = RowDesign(np.zeros(60, dtype=np.int64), np.array([[60]]))
    ratios = _Ratios.of(study_of(run), design, above, below)
    psi = (ratios.psi * np.sqrt(ratios.weight)[:, None])[:60, 0]
    left_out = [np.delete(above, row).sum() / np.delete(below, row).sum() for row in range(60)]
    assert ratios.value[0] == pytest.approx(above.sum() / below.sum())
    assert psi == pytest.approx(ratios.value[0] - np.array(left_out), rel=0.04, abs=1e-5)


def test_reliability_pools_the_answers_and_keeps_rows_together(kind, found):
    truth, _, logits = truth_of(kind)
    p = 1 / (1 + np.exp(-logits))
    lines = found["reliability",].rows
    assert sum(line[2] for line in lines) == truth.size
    last = p > 14 / 15
    assert lines[-1][3] == pytest.approx(p[last].mean())
    assert lines[-1][4] == pytest.approx(truth[last].mean())


def test_what_needs_one_label_per_row_is_not_evaluated_and_says_so(found):
    for name in ("confusion_matrix", "balanced_accuracy"):
        assert "several labels" in found[name,].reason


def test_a_case_is_explained_for_each_predicted_label_at_most_three(run, kind):
    study = study_of(run)
    targets = study.frame.sets.targets
    position = {row["sample_id"]: place for place, row in enumerate(Reader(run).table("samples").to_pylist())}
    stored = {(position[row["sample_id"]], row["target"]) for row in Reader(run).table("attributions").to_pylist()}
    rows = np.flatnonzero(study.frame.selected)
    assert stored == {(row, c) for row in rows.tolist() for c in np.flatnonzero(targets[row]).tolist()}
    assert targets.sum(axis=1).min() == 1
    assert targets.sum(axis=1).max() == 3


def test_a_sample_counts_once_whatever_the_number_of_its_labels(run, found):
    weight = {row["sample_id"]: row["weight"] for row in Reader(run).table("samples").to_pylist()}
    area = {}
    for row in Reader(run).table("curves").to_pylist():
        fraction = np.array(row["removed"]) / row["removed"][-1]
        area[row["sample_id"], row["target"], row["method"], row["order"]] = np.trapezoid(row["score"], fraction)
    margins = {}
    for (sample, target, method, order), value in area.items():
        if method == "saliency":
            sign = 1 if order == "ascending" else -1
            margins.setdefault(sample, {}).setdefault(target, []).append(sign * value)
    mean = {sample: np.mean([sum(pair) for pair in cases.values()]) for sample, cases in margins.items()}
    expected = sum(weight[sample] * value for sample, value in mean.items()) / sum(weight[sample] for sample in mean)
    result = found["faithfulness_margin", "saliency", "mean"]
    assert result.value == pytest.approx(expected)
    assert result.samples.rows == len(mean)
    assert result.notes[0] == f"{sum(map(len, margins.values())):,} cases of {len(mean)} samples; a sample counts once, " + (
        "as the mean over its cases."
    )


def test_means_over_the_cases_of_a_sample_by_hand():
    means = PerSample(np.array([2, 2, 5, 7, 7, 7])).mean(np.array([1.0, 3.0, 4.0, 1.0, 1.0, 4.0])[:, None])
    assert means[:, 0].tolist() == [2.0, 4.0, 2.0]


def test_a_ranking_stands_for_all_rows_that_predict_the_label(run):
    study = study_of(run)
    found = {(r.name, r.slice["method"], r.slice["class"]): r for r in rankings(study)}
    ranking = found["feature_ranking", "integrated_gradients", "cat"]
    targets = study.frame.sets.targets[:, 0]
    rows = np.flatnonzero(targets & study.frame.selected)
    design = study.case_design(rows, targets)
    assert design.weights.sum() == pytest.approx(np.isin(study.frame.stratum, study.frame.stratum[rows])[targets].sum())
    own = {}
    for row in study.attributions.to_pylist():
        if row["method"] == "integrated_gradients" and row["target"] == 0:
            own[row["sample_id"]] = np.abs(row["values"])
    magnitude = np.array([own[study.frame.ids[i].as_py()] for i in rows])
    scores = {item.feature: item.score for item in ranking.items}
    assert [scores[f"column {j}"] for j in range(8)] == pytest.approx(design.weights @ magnitude / design.weights.sum())


def test_a_gate_on_another_kind_of_result_is_a_gap_and_no_crash(run, tmp_path):
    asked = {"hamming_loss", "accuracy", "nonsense", "worst_group", "proxy_auc", "worst_corruption"}
    found, _ = results_of(write_kind(tmp_path, some_kinds.one_logit(200)), asked)
    assert found["hamming_loss",].reason.startswith("this audit makes no such result")
    assert {found[name,].reason for name in ("worst_group", "proxy_auc")} == {"the plan declares no groups"}
    assert found["worst_corruption",].reason == "the plan lists no corruptions"
    assert found["accuracy",].kind == "estimate"


def test_without_any_known_labels_everything_is_a_reason(tmp_path, kind):
    run = write_kind(tmp_path, some_kinds.several_labels(120))
    rows = Reader(run).table("samples").to_pylist()
    for row in rows:
        row["labels"] = None
    replace_table(run, "samples", rows)
    found, _ = results_of(run)
    for name in ("accuracy", "hamming_loss", "micro_f1", "overconfidence", "mean_average_precision", "roc_auc"):
        assert isinstance(found[name,], NotEvaluated)
    assert found["deletion_auc", "saliency", "mean"].kind == "estimate"
