"""Accuracy under corruptions, from rows whose corrupted answers are chosen."""

import numpy as np
import pytest
from scipy.stats import norm

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.evidence.store import Reader
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.measure.performance import measure as performance
from auditor.measure.robustness import NAMES, measure
from auditor.report.build import stored_plan
from tests.measure import corrupted_run, some_kinds
from tests.measure.synthetic import write_run
from tests.measure.synthetic_kinds import write_kind


def study_of(run):
    plan, _ = stored_plan(run)
    reader = Reader(run)
    return Study(reader, plan, read_frame(reader, plan))


def found(run):
    return {(one.name, *one.slice.values()): one for one in measure(study_of(run))}


def answers(frame, rows, lost=0, gained=0, moved=0):
    """Logits that answer as the clean pass but for some right rows made wrong, wrong ones made right or otherwise wrong."""
    logits = frame.logits[rows].copy()
    right, wrong = np.flatnonzero(frame.correct[rows] > 0), np.flatnonzero(frame.correct[rows] == 0)
    for place in right[:lost]:
        logits[place, (frame.label[rows[place]] + 1) % logits.shape[1]] = 1e3
    for place in wrong[:gained]:
        logits[place, frame.label[rows[place]]] = 1e3
    for place in wrong[gained : gained + moved]:
        free = {0, 1, 2} - {int(frame.label[rows[place]]), int(frame.predicted[rows[place]])}
        logits[place, min(free)] = 1e3
    return logits


CELLS = {("noise", 1): (30, 5, 7), ("noise", 3): (90, 5, 0), ("blur", 1): (0, 0, 0), ("blur", 3): (4, 2, 0)}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = write_run(tmp_path_factory.mktemp("run"), 900, 100, error_rate=0.2)
    frame, rows = study_of(run).frame, np.arange(50, 850, 2)
    cells = {cell: answers(frame, rows, *counts) for cell, counts in CELLS.items()}
    corrupted_run.add(run, cells, rows, corrupted_run.facts(cells, 400, 900, {"jpeg": "the images have 4 channels"}))
    return run


@pytest.fixture(scope="module")
def results(run):
    return found(run)


def test_accuracy_drop_and_changes_are_the_counts(run, results):
    clean = study_of(run).frame.correct[np.arange(50, 850, 2)].mean()
    assert results["uncorrupted_accuracy",].value == pytest.approx(clean)
    for (name, severity), (lost, gained, moved) in CELLS.items():
        by = (name, str(severity))
        assert results["accuracy_drop", *by].value == pytest.approx((lost - gained) / 400, abs=1e-9)
        assert results["corrupted_accuracy", *by].value == pytest.approx(clean - (lost - gained) / 400)
        assert results["corruption_flips", *by].value == pytest.approx((lost + gained + moved) / 400)


def test_the_interval_of_the_drop_is_newcombes_with_the_corruption_as_the_first_of_two(run, results):
    lost, gained, n = 90, 5, 400
    both = round(results["uncorrupted_accuracy",].value * n) - lost
    neither = n - both - lost - gained
    z = norm.ppf(0.975)

    def score(p):
        centre, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)

    clean, worse = (both + lost) / n, (both + gained) / n
    (l1, u1), (l2, u2) = score(clean), score(worse)
    phi = max(both * neither - lost * gained - n / 2, 0) / np.sqrt(
        (both + lost) * (gained + neither) * (both + gained) * (lost + neither)
    )
    low = clean - worse - np.sqrt((clean - l1) ** 2 - 2 * phi * (clean - l1) * (u2 - worse) + (u2 - worse) ** 2)
    high = clean - worse + np.sqrt((u1 - clean) ** 2 - 2 * phi * (u1 - clean) * (worse - l2) + (worse - l2) ** 2)
    interval = results["accuracy_drop", "noise", "3"].interval
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-6)


def test_no_change_at_all_still_has_an_interval_around_zero(results):
    still = results["accuracy_drop", "blur", "1"]
    assert still.value == 0 and still.interval.low < 0 < still.interval.high < 0.02


def test_the_largest_drop_is_bounded_as_one_chosen_of_all(results):
    worst, own = results["worst_corruption",], results["accuracy_drop", "noise", "3"]
    assert worst.value == own.value and worst.notes == ("Largest for noise at severity 3.",)
    assert worst.interval.low < own.interval.low and worst.interval.high > own.interval.high
    assert "largest of 4 drops, each interval at 98.75 %" in worst.interval.how


def test_what_could_not_be_made_is_a_gap_at_every_severity(results):
    gaps = {key: one for key, one in results.items() if isinstance(one, NotEvaluated)}
    assert set(gaps) == {(name, "jpeg", s) for name in NAMES[:3] for s in "13"}
    assert {one.reason for one in gaps.values()} == {"the images have 4 channels"}


def test_the_population_and_the_pairs_are_said(results):
    drop = results["accuracy_drop", "noise", "1"]
    assert drop.samples.population == "400 of 900 evaluated rows with a label, drawn at random" and drop.samples.rows == 400
    assert "35 pairs differ" in drop.interval.how


def test_other_measures_do_not_see_corrupted_rows(run, tmp_path):
    plain = write_run(tmp_path, 900, 100, error_rate=0.2)
    assert list(performance(study_of(plain))) == list(performance(study_of(run)))
    assert list(measure(study_of(plain))) == []


def test_rows_without_an_answer_count_as_wrong_and_as_changed(tmp_path):
    run = write_run(tmp_path, 400, 100)
    frame, rows = study_of(run).frame, np.arange(400)
    logits = frame.logits.copy()
    logits[np.flatnonzero(frame.correct > 0)[:20]] = np.nan
    corrupted_run.add(run, {("noise", 1): logits}, rows, corrupted_run.facts({("noise", 1): 0}, 400, 400))
    results = found(run)
    assert results["accuracy_drop", "noise", "1"].value == results["corruption_flips", "noise", "1"].value == 0.05
    assert results["corrupted_accuracy", "noise", "1"].notes == (
        "20 rows without a finite output count as wrong and as changed.",
    )
    assert results["uncorrupted_accuracy",].samples.population == "all evaluated rows with a label"


def test_whole_units_are_resampled_and_few_changes_keep_a_bound(tmp_path):
    run = write_run(tmp_path, 600, 100, unit_size=5, error_rate=0.2, extra={"unit": "writer"})
    frame, rows = study_of(run).frame, np.arange(600)
    cells = {("noise", 1): answers(frame, rows, lost=120), ("noise", 2): answers(frame, rows, lost=2)}
    corrupted_run.add(run, cells, rows, corrupted_run.facts(cells, 600, 600))
    results = found(run)
    many, few = results["accuracy_drop", "noise", "1"], results["accuracy_drop", "noise", "2"]
    assert many.samples.units == 120 and "m = 120" in many.interval.how
    assert isinstance(few, Estimate) and few.interval.low <= few.value <= few.interval.high < 0.1


def test_with_several_labels_right_means_exactly_right(tmp_path):
    kind = some_kinds.several_labels(400)
    run = write_kind(tmp_path, kind)
    frame = study_of(run).frame
    logits = frame.logits.copy()
    logits[:50, 0] *= -1  # one answer of the row becomes its opposite
    corrupted_run.add(run, {("noise", 1): logits}, np.arange(400), corrupted_run.facts({("noise", 1): 0}, 400, 400))
    results = found(run)
    called = 1 / (1 + np.exp(-logits.astype(np.float64))) >= frame.sets.threshold
    exact = (called == frame.sets.truth).all(axis=1)
    assert results["corrupted_accuracy", "noise", "1"].value == pytest.approx(exact.mean())
    assert results["accuracy_drop", "noise", "1"].value == pytest.approx(frame.correct.mean() - exact.mean())
    assert results["corruption_flips", "noise", "1"].value == pytest.approx(50 / 400)


def test_without_labels_only_changes_are_counted(tmp_path):
    kind = some_kinds.one_logit(300)
    kind.label[:] = -1
    run = write_kind(tmp_path, kind)
    frame = study_of(run).frame
    logits = frame.logits.copy()
    logits[:30] = logits[:30, ::-1]
    corrupted_run.add(run, {("noise", 1): logits}, np.arange(300), corrupted_run.facts({("noise", 1): 0}, 300, 300))
    results = found(run)
    assert results["corruption_flips", "noise", "1"].value == pytest.approx(0.1)
    for name in ("corrupted_accuracy", "accuracy_drop"):
        assert results[name, "noise", "1"].reason == "no evaluated row has a label"
    assert isinstance(results["worst_corruption",], NotEvaluated)


def test_a_plan_whose_corruptions_all_fail_gives_reasons_alone(tmp_path):
    run = write_run(tmp_path, 300, 100)
    corrupted_run.add(run, {}, np.arange(0), corrupted_run.facts({}, 300, 300, {"noise": "no numeric column"}))
    assert all(one.reason == "no numeric column" for one in measure(study_of(run)))
    assert {one.name for one in measure(study_of(run))} == set(NAMES)
