"""Differences of macro scores and areas between groups, beside fairlearn and a slow resampling of rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics

from auditor.evidence.results import NotEvaluated
from auditor.evidence.store import Reader
from auditor.measure._frame import read_frame
from auditor.measure._group_cells import attributes
from auditor.measure._group_scores import SCORES, _area, score_differences
from auditor.measure._study import Study
from auditor.measure.statistics.separation import resampled_areas, roc_auc
from auditor.report.stored_plan import stored_plan
from tests.measure.grouped import write_grouped
from tests.measure.synthetic import write_run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write_grouped(tmp_path_factory.mktemp("scores"), 700, inputs=False)


def found_in(made, column):
    study = made.study()
    (attribute,) = [one for one in attributes(study) if one.name == column]
    return {one.slice["of"]: one for one in score_differences(study, attribute)}


def score(of, label, said, p):
    if of == "balanced_accuracy":
        return metrics.balanced_accuracy_score(label, said)
    return metrics.f1_score(label, said, average="macro") if of == "macro_f1" else metrics.roc_auc_score(label, p)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("column", ["sex", "band"])
def test_differences_of_scores_are_fairlearns(made, column):
    fairlearn = pytest.importorskip("fairlearn.metrics")
    found, groups = found_in(made, column), made.groups[column]
    for of in SCORES:
        own = {
            group: score(of, *(a[groups == group] for a in (made.label, made.predicted, made.score))) for group in set(groups)
        }
        assert found[of].value == pytest.approx(max(own.values()) - min(own.values()))
    frame = fairlearn.MetricFrame(
        metrics=metrics.balanced_accuracy_score, y_true=made.label, y_pred=made.predicted, sensitive_features=groups
    )
    assert found["balanced_accuracy"].value == pytest.approx(frame.difference(method="between_groups"))
    frame = fairlearn.MetricFrame(
        metrics=metrics.roc_auc_score, y_true=made.label, y_pred=made.score, sensitive_features=groups
    )
    assert found["roc_auc"].value == pytest.approx(frame.difference(method="between_groups"))


def test_intervals_are_those_of_rows_resampled_in_each_group(made):
    found, groups = found_in(made, "sex"), made.groups["sex"]
    generator, drawn = np.random.default_rng(0), {of: [] for of in SCORES}
    for _ in range(250):
        own = {}
        for group in ("A", "B"):
            rows = generator.choice(np.flatnonzero(groups == group), (groups == group).sum())
            own[group] = [score(of, made.label[rows], made.predicted[rows], made.score[rows]) for of in SCORES]
        for place, of in enumerate(SCORES):
            drawn[of].append(own["A"][place] - own["B"][place])
    for of in SCORES:
        interval = found[of].interval
        low, high = sorted(abs(limit) for limit in np.quantile(drawn[of], [0.025, 0.975]))
        width = np.std(drawn[of]) * 2 * 1.96
        assert interval.high == pytest.approx(high, abs=0.15 * width)
        assert interval.low == pytest.approx(low, abs=0.15 * width) or interval.low == 0.0
        assert "each group resampled by itself" in interval.how


def test_areas_of_resamples_are_those_of_the_rows_drawn():
    generator = np.random.default_rng(1)
    values, holds = generator.integers(0, 9, 40).astype(float), generator.random(40) < 0.4
    stars = resampled_areas([(values, holds)], np.ones(40), None, 300, 0)
    exact, psi = roc_auc(values, holds, np.ones(40))
    assert np.mean(stars) == pytest.approx(exact, abs=0.02)
    assert np.std(stars) == pytest.approx(np.sqrt((psi**2).sum()), rel=0.15)
    many = generator.normal(size=3000) + (kinds := generator.random(3000) < 0.3)  # more values than bins
    binned = resampled_areas([(many, kinds)], np.ones(3000), None, 400, 0)
    by_rows = resampled_areas([(many, kinds)] * 2, np.ones(3000), None, 400, 0)
    assert np.mean(binned) == pytest.approx(np.mean(by_rows), abs=0.002)
    assert np.std(binned) == pytest.approx(np.std(by_rows), rel=0.12)
    # three units, each drawn whole: only the areas of the ten multisets can occur
    unit = np.arange(12) % 3
    small, kind = values[:12], holds[:12]
    units = [np.repeat([a, b, c], 1) for a in range(3) for b in range(a, 3) for c in range(b, 3)]
    possible = []
    for drawn in units:
        rows = np.concatenate([np.flatnonzero(unit == u) for u in drawn])
        if 0 < kind[rows].sum() < len(rows):
            possible.append(metrics.roc_auc_score(kind[rows], small[rows]))
    found = resampled_areas([(small, kind)], np.ones(12), unit, 60, 0)
    assert all(np.isclose(one, possible).any() for one in found[np.isfinite(found)])


def test_a_group_without_a_class_is_left_out_and_named(made):
    study = made.study()
    label = np.where(made.groups["sex"] == "A", 1, study.frame.label)
    study.frame = replace(study.frame, label=label)
    (attribute,) = [one for one in attributes(study) if one.name == "sex"]
    for one in score_differences(study, attribute):
        assert isinstance(one, NotEvaluated) and "A (0 rows of class refused, at least 5 of each are needed)" in one.reason


def test_an_area_of_several_classes_is_their_mean_one_against_the_rest(tmp_path):
    run = write_run(tmp_path, 300, 40)
    study = Study(Reader(run), stored_plan(run)[0], read_frame(Reader(run), stored_plan(run)[0]))
    p = np.exp(study.frame.logits.astype(float))
    p /= p.sum(axis=1, keepdims=True)
    found = _area(study, 40, 0)
    assert found.value == pytest.approx(metrics.roc_auc_score(study.frame.label, p, multi_class="ovr"))
    assert found.stars.shape == (40,) and abs(found.psi.sum()) < 1e-9
