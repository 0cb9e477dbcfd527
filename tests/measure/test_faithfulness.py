import numpy as np
import pytest

from auditor.evidence.results import Curve, Estimate, NotEvaluated
from auditor.evidence.store import Reader
from auditor.measure import measure_all
from auditor.measure._cases import locate, paths
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.measure.faithfulness import measure
from auditor.report.build import stored_plan
from tests.measure.synthetic import replace_table, write_run


def study_of(run):
    plan, _ = stored_plan(run)
    reader = Reader(run)
    return Study(reader, plan, read_frame(reader, plan))


def by_name(results):
    return {(result.name, *result.slice.values()): result for result in results}


def curve_rows(run, orders, steps=(0, 2, 4)):
    """Rows of the game f = Σ x over the selected cases, x = size·(.4, .3, .2, .1); `orders`: (method, order) → features."""
    frame = study_of(run).frame
    x = np.array([0.4, 0.3, 0.2, 0.1])
    size = np.random.default_rng(0).uniform(0.5, 1.0, len(frame.ids))
    rows = []
    for i in np.flatnonzero(frame.selected):
        for (method, order), sequence in orders.items():
            score = [size[i] * (1.0 - x[list(sequence[:n])].sum()) for n in steps]
            key = {"sample_id": frame.ids[i].as_py(), "target": int(frame.predicted[i]), "variant": "", "draw": ""}
            rows.append(
                {**key, "method": method, "fill": "mean", "order": order, "removed": steps, "score": score, "error": ""}
            )
    weights = study_of(run).case_design(np.flatnonzero(frame.selected)).weights
    return rows, float(weights @ size[frame.selected] / weights.sum())


def four_features(run, best, steps=(0, 2, 4)):
    """All 24 orders in antithetic pairs as the control, so that its mean is the exact expectation."""
    from itertools import permutations

    pairs = [p for p in permutations(range(4)) if p < p[::-1]]
    orders = {("", f"random:{2 * k + twin}"): p[:: 1 - 2 * twin] for k, p in enumerate(pairs) for twin in (0, 1)}
    return curve_rows(run, {("saliency", "descending"): best, ("saliency", "ascending"): best[::-1], **orders}, steps)


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path, 300, 80, methods=("saliency",))


def test_the_ideal_order_of_a_sum_by_hand(run):
    rows, mean = four_features(run, (0, 1, 2, 3))
    replace_table(run, "curves", rows)
    found = by_name(measure(study_of(run)))
    at = ("saliency", "mean")
    assert found["deletion_curve", *at].y == pytest.approx(np.array([1, 0.3, 0]) * mean)
    assert found["insertion_curve", *at].y == pytest.approx(np.array([0, 0.7, 1]) * mean)
    assert found["deletion_auc", *at].value == pytest.approx(0.4 * mean)
    assert found["insertion_auc", *at].value == pytest.approx(0.6 * mean)
    assert found["faithfulness_margin", *at].value == pytest.approx(0.2 * mean)
    assert found["normalised_margin", *at].value == pytest.approx(0.2)
    # additive game: random order is expected at half way between full and empty
    assert found["random_deletion_auc", "mean"].value == pytest.approx(0.5 * mean)
    assert found["deletion_gain", *at].value == pytest.approx(0.1 * mean)
    assert found["insertion_gain", *at].value == pytest.approx(0.1 * mean)
    assert found["deletion_difference", *at].y == pytest.approx(np.array([0, -0.2, 0]) * mean)
    assert found["insertion_difference", *at].y == pytest.approx(np.array([0, 0.2, 0]) * mean)
    assert found["insertion_curve", "random", "mean"].y == pytest.approx(np.array([0, 0.5, 1]) * mean)


def test_insertion_stands_on_the_features_kept_where_a_step_divides_them_unevenly(run):
    """One of four removed leaves three inserted, not one: the random order of a sum lies on the straight line."""
    rows, mean = four_features(run, (0, 1, 2, 3), steps=(0, 1, 4))
    replace_table(run, "curves", rows)
    found = by_name(measure(study_of(run)))
    random = found["insertion_curve", "random", "mean"]
    assert random.x == pytest.approx((0, 0.75, 1))
    assert random.y == pytest.approx(np.array(random.x) * mean)
    assert found["insertion_difference", "saliency", "mean"].x == pytest.approx((0, 0.75, 1))
    assert found["deletion_curve", "random", "mean"].x == pytest.approx((0, 0.25, 1))


def test_the_reversed_order_has_exactly_minus_the_margin(run):
    margins = []
    for best in ((0, 2, 1, 3), (3, 1, 2, 0)):
        replace_table(run, "curves", four_features(run, best)[0])
        margins.append(by_name(measure(study_of(run)))["faithfulness_margin", "saliency", "mean"].value)
    assert margins[0] > 0
    assert margins[0] == pytest.approx(-margins[1], abs=1e-9)


def test_a_share_of_beaten_random_orders_counts_ties_half(run):
    replace_table(run, "curves", four_features(run, (0, 1, 2, 3))[0])
    study = study_of(run)
    found = by_name(measure(study))["beats_random_share", "saliency", "mean"]
    # two of the first half: 1/6 of the random orders remove {0, 1} first and tie; float32 scores decide ties exactly
    assert found.value == pytest.approx(11 / 12)
    # every case has this value: the limits are those of a share of so many cases
    assert found.interval.how.startswith("Clopper–Pearson, as of a share")


def test_random_order_has_no_margin_and_beats_half(tmp_path):
    run = write_run(tmp_path, 800, 300, methods=("integrated_gradients", "random"))
    found = by_name(measure(study_of(run)))
    margin, share = (found[name, "random", "mean"] for name in ("faithfulness_margin", "beats_random_share"))
    assert margin.interval.low < 0 < margin.interval.high
    assert share.interval.low < 0.5 < share.interval.high
    assert found["random_deletion_auc", "mean"].value == found["random_insertion_auc", "mean"].value
    assert found["margin_p_value", "integrated_gradients", "mean"].value == pytest.approx(1 / 2001)
    assert found["margin_p_value", "random", "mean"].value > 0.01


def test_the_weighted_mean_margin_is_the_sum_over_strata_by_hand(tmp_path):
    run = write_run(tmp_path, 800, 200)
    study = study_of(run)
    found = by_name(measure(study))
    samples = study.reader.table("samples").to_pylist()
    weight = {row["sample_id"]: row["weight"] for row in samples}
    areas = {}
    for row in study.reader.table("curves").to_pylist():
        fraction = np.array(row["removed"]) / row["removed"][-1]
        areas[row["sample_id"], row["method"], row["order"]] = np.trapezoid(row["score"], fraction)
    own = [(weight[i], areas[i, "saliency", "ascending"] - areas[i, "saliency", "descending"]) for i in weight if weight[i] > 0]
    expected = sum(w * m for w, m in own) / sum(w for w, _ in own)
    assert found["faithfulness_margin", "saliency", "mean"].value == pytest.approx(expected)
    margin, parts = found["faithfulness_margin", "saliency", "mean"], ("deletion_gain", "insertion_gain")
    assert margin.value == pytest.approx(sum(found[name, "saliency", "mean"].value for name in parts))
    assert margin.samples.weighted
    assert margin.protocol == "curves, fill mean"


def test_failed_curves_are_left_out_and_counted(run):
    rows, _ = four_features(run, (0, 1, 2, 3))
    failed = 0
    for row in rows:
        if row["order"] == "descending" and failed < 7:
            row.update(score=[], removed=[], error="out of memory")
            failed += 1
    replace_table(run, "curves", rows)
    study = study_of(run)
    total = int(study.frame.selected.sum())
    found = by_name(measure(study))["faithfulness_margin", "saliency", "mean"]
    assert found.samples.rows == total - 7
    assert found.notes == (f"7 of {total} cases left out: a curve of theirs failed or is not stored.",)


def test_a_method_whose_curves_all_failed_says_so(run):
    rows = [row for row in four_features(run, (0, 1, 2, 3))[0] if row["method"] == ""]
    replace_table(run, "curves", rows)
    found = by_name(measure(study_of(run)))
    assert found["deletion_auc", "saliency", "mean"].reason == "no curves were stored for this method and fill"
    assert isinstance(found["random_deletion_auc", "mean"], Estimate)


def test_without_random_orders_nothing_is_compared(run):
    rows = [row for row in four_features(run, (0, 1, 2, 3))[0] if row["method"]]
    replace_table(run, "curves", rows)
    assert all(isinstance(result, NotEvaluated) for result in measure(study_of(run)) if result.name != "tie_share")


def test_a_score_that_hardly_falls_has_no_normalised_margin(run):
    rows, _ = four_features(run, (0, 1, 2, 3))
    for row in rows:
        row["score"] = [0.5 + 0.01 * value for value in row["score"]]
    replace_table(run, "curves", rows)
    found = by_name(measure(study_of(run)))["normalised_margin", "saliency", "mean"]
    assert "at least 0.05 is needed" in found.reason


def test_curves_of_unequal_length_keep_their_own_area_and_meet_at_k_over_steps(run):
    rows, _ = curve_rows(run, {("saliency", "descending"): (0, 1, 2, 3)})
    rows[0].update(removed=[0, 1, 4], score=[1.0, 0.5, 0.0])  # own fractions 0, 1/4, 1
    replace_table(run, "curves", rows)
    study = study_of(run)
    located = locate(study.frame, study.reader.table("curves"), ("method", "fill", "order"))
    path = paths(located, 4)["saliency", "mean", "descending"]
    assert path.fraction == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert path.area[0] == pytest.approx(0.25 * 0.75 + 0.75 * 0.25)
    assert path.score[0] == pytest.approx([1, 0.5, 1 / 3, 1 / 6, 0])


def test_a_few_cases_have_a_curve_by_students_t_and_no_mean(tmp_path):
    found = by_name(measure(study_of(write_run(tmp_path, 300, 40))))
    curve = found["deletion_curve", "saliency", "mean"]
    assert isinstance(curve, Curve)
    assert curve.how.startswith("Student t")
    assert found["deletion_auc", "saliency", "mean"].reason.startswith("too few samples")


def test_bands_hold_their_curve_and_stay_inside_the_scores_range(tmp_path):
    for result in measure(study_of(write_run(tmp_path, 300, 80))):
        if isinstance(result, Curve):
            assert len(result.x) == 21
            assert all(low <= y <= high for low, y, high in zip(result.low, result.y, result.high, strict=True))
            floor = -1.0 if result.name.endswith("difference") else 0.0
            assert floor <= min(result.low)
            assert max(result.high) <= 1.0


def test_a_gated_result_uses_ten_thousand_resamples(tmp_path):
    run = write_run(tmp_path, 200, 60, methods=("saliency",))
    plan, _ = stored_plan(run)
    found = by_name(measure_all(Reader(run), plan, {"faithfulness_margin"}).results)
    assert "10,000 resamples" in found["faithfulness_margin", "saliency", "mean"].interval.how
    assert "2,000 resamples" in found["log_loss",].interval.how
