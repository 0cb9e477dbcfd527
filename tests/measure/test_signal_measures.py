"""What signals rest on: labels other than expected, and rankings by group, each beside a slow definition; exact counts."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy.stats import t

from auditor.evidence.results import NotEvaluated, Table
from auditor.evidence.store import Reader
from auditor.measure import group_rankings, label_excess, row_counts
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.report.stored_plan import stored_plan
from tests.measure.grouped import write_grouped
from tests.measure.synthetic import write_run


def study_of(run):
    plan, _ = stored_plan(run)
    reader = Reader(run)
    return Study(reader, plan, read_frame(reader, plan))


@pytest.mark.parametrize("chances", [[0.1, 0.4, 0.7], [0.05] * 6, [0.9, 0.01, 0.01, 0.02, 0.3]])
def test_the_tail_is_never_below_that_of_the_exact_distribution(chances):
    exact = np.zeros(len(chances) + 1)
    for hits in product((0, 1), repeat=len(chances)):
        exact[sum(hits)] += np.prod([c if hit else 1 - c for c, hit in zip(chances, hits, strict=True)])
    for found in range(len(chances) + 1):
        assert label_excess.tail(found, len(chances), sum(chances)) >= exact[found:].sum() - 1e-12
    equal = label_excess.tail(3, 6, 0.3)
    assert equal == pytest.approx(sum([20 * 0.05**3 * 0.95**3, 15 * 0.05**4 * 0.95**2, 6 * 0.05**5 * 0.95, 0.05**6]))
    assert label_excess.tail(0, 10, 0.0) == 1.0 and label_excess.tail(1, 10, 0.0) == 0.0


def test_labels_are_counted_against_what_the_probabilities_leave_to_other_classes(tmp_path):
    made = write_grouped(tmp_path, 900, groups={}, inputs=False)
    (found,) = label_excess.measure(made.study())
    assert isinstance(found, Table)
    p = np.stack([1 - made.score, made.score], axis=1)
    sure = [p[made.label == c, c].mean() for c in (0, 1)]
    for name, rows, otherwise, expected, chance in found.rows:
        c = ("refused", "granted").index(name)
        mine = (p[:, c] >= sure[c]) & ~((p[:, 1 - c] >= sure[1 - c]) & (p[:, 1 - c] > p[:, c]))
        assert (rows, otherwise) == (mine.sum(), (made.label[mine] != c).sum())
        assert expected == pytest.approx((1 - p[mine, c]).sum()) and 0 <= chance <= 1


def test_rows_of_one_unit_are_no_independent_trials(tmp_path):
    (found,) = label_excess.measure(write_grouped(tmp_path, 300, groups={}, inputs=False, unit_size=5).study())
    assert isinstance(found, NotEvaluated) and "unit" in found.reason


def test_shares_of_the_attribution_by_group_are_those_of_its_cases(tmp_path):
    made = write_grouped(tmp_path, 600, selected=400, inputs=False)
    study = made.study()
    found = {one.slice["attribute"]: one for one in group_rankings.measure(study) if one.slice["class"] == "granted"}
    ids, stored = study.frame.ids.to_pylist(), {row["sample_id"]: row for row in study.reader.table("samples").to_pylist()}
    everyone = Counter((stored[name]["stratum"], made.groups["sex"][row]) for row, name in enumerate(ids))
    shares, cells = [], []
    for row in study.reader.table("attributions").to_pylist():
        if row["method"] == study.plan.primary.method and row["target"] == 1:
            values = np.abs(np.array(row["values"], dtype=np.float64))
            shares.append(values / values.sum())
            cells.append((stored[row["sample_id"]]["stratum"], made.groups["sex"][ids.index(row["sample_id"])]))
    shares, sex, used = np.array(shares), np.array([of for _, of in cells]), Counter(cells)
    weight = np.array([everyone[cell] / used[cell] for cell in cells])  # to all rows of the group and stratum
    assert len(found["sex"].rows) == 8 and {row[1] for row in found["sex"].rows} == {"A"}
    for j, (feature, _, inside, elsewhere, error, p) in enumerate(found["sex"].rows):
        means = [np.average(shares[sex == of, j], weights=weight[sex == of]) for of in "AB"]
        assert feature == f"column {j}" and (inside, elsewhere) == pytest.approx(means)
        spread = [np.var(shares[sex == of, j]) / (sex == of).sum() for of in "AB"]
        assert error == pytest.approx(np.sqrt(sum(spread)), rel=0.25)
        assert p == pytest.approx(2 * t.sf(abs(inside - elsewhere) / error, len(sex) - 2), rel=1e-6)


def test_small_groups_are_left_out_and_named(tmp_path):
    found = list(group_rankings.measure(write_grouped(tmp_path, 300, selected=40, inputs=False).study()))
    assert found and all(isinstance(one, NotEvaluated) and "too few samples" in one.reason for one in found)


def test_counts_of_the_evaluation_set_are_exact_results(tmp_path):
    study = study_of(write_run(tmp_path, 200, 60))
    values = {one.name: one.value for one in row_counts.measure(study)}
    assert values == {
        "supplied_rows": 200, "evaluated_rows": 200, "excluded_rows": 0, "labelled_rows": 200, "duplicate_rows": 0,
    }  # fmt: skip
