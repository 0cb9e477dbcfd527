"""Small cells: nothing that is printed of groups, added up or taken apart, tells how many rows a withheld one has."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from auditor.evidence.results import NotEvaluated, Table
from auditor.measure._disclosure import Cells, kept_back
from auditor.measure.groups import measure
from tests.measure.grouped import write_grouped

SMALLEST = 5


def interval(counts, members, totals):
    """[low, high] of each cell in `members` given the printed ones (None: not printed), by linear programming."""
    known = [(row, count) for row, count in zip(members, counts, strict=True) if count is not None] + totals
    rows, values = np.array([row for row, _ in known], float), np.array([value for _, value in known], float)
    ends = []
    for row, count in zip(members, counts, strict=True):
        if count is None:
            found = [linprog(sign * np.array(row, float), A_eq=rows, b_eq=values) for sign in (1, -1)]
            ends.append((found[0].fun, -found[1].fun))
    return ends


def column(counts, extra=()):
    members = np.eye(len(counts), dtype=bool)
    counts = np.array(counts)
    small = (counts > 0) & (counts < SMALLEST)
    return Cells(members, counts, small, np.zeros(len(counts), bool), np.ones((1, len(counts)), bool), np.array([counts.sum()]))


def test_the_difference_from_the_total_hides_the_next_smallest_too():
    assert kept_back(column([150, 90, 56, 4]), SMALLEST).tolist() == [False, False, True, True]


def test_two_small_ones_hide_each_other_only_when_they_hold_enough_rows_together():
    assert kept_back(column([150, 90, 4, 3]), SMALLEST).tolist() == [False, False, True, True]
    assert kept_back(column([150, 90, 2, 1]), SMALLEST).tolist() == [False, True, True, True]


def test_without_a_small_one_nothing_is_withheld():
    assert not kept_back(column([150, 5, 0]), SMALLEST).any()


def drawn(seed, rows=400):
    generator = np.random.default_rng(seed)
    sex = generator.choice(["A", "B"], rows, p=[0.6, 0.4])
    band = generator.choice(["old", "young", "mid", "kid"], rows, p=[0.5, 0.4, 0.09, 0.01])
    home = generator.choice(["x", "y", "z"], rows, p=[0.7, 0.29, 0.01])
    return {"sex": sex.tolist(), "band": band.tolist(), "home": home.tolist()}


@pytest.fixture(scope="module", params=[0, 1, 2, 3])
def told(request, tmp_path_factory):
    groups, folder = drawn(request.param), tmp_path_factory.mktemp("told")
    crossed = [["sex", "band"], ["band", "home"]]
    run = write_grouped(folder, 400, request.param, groups=groups, inputs=False, intersections=crossed, examples="full")
    return run, list(measure(run.study()))


def test_no_arithmetic_on_printed_counts_tells_a_withheld_group(told):
    run, results = told
    names = list(run.groups)
    keys = sorted(set(zip(*run.groups.values(), strict=True)))
    counts, members = [], []
    for table in (one for one in results if isinstance(one, Table) and one.name == "group_counts"):
        columns = table.slice["attribute"].split(" × ")
        for group, number, *_ in table.rows:
            values = dict(zip(columns, group.split(", "), strict=True))
            members.append([all(key[names.index(c)] == value for c, value in values.items()) for key in keys])
            counts.append(number)
    ends = interval(counts, members, [([1] * len(keys), 400)])
    assert ends, "the draw has no small group"
    true = [sum(1 for row in zip(*run.groups.values(), strict=True) if m[keys.index(row)]) for m in members]
    small = [i for i, count in enumerate(true) if 0 < count < SMALLEST]
    hidden = [i for i, count in enumerate(counts) if count is None]
    assert set(small) <= set(hidden)
    for place, (low, high) in zip(hidden, ends, strict=True):
        assert place not in small or high - low >= SMALLEST - 1e-6


def test_every_gap_of_a_withheld_group_is_marked_and_no_text_tells_its_rows(told):
    _, results = told
    back = {(one.slice["attribute"], row[0]) for one in results if isinstance(one, Table) for row in one.rows if row[1] is None}
    for one in results:
        if (one.slice.get("attribute"), one.slice.get("group")) in back:
            assert isinstance(one, NotEvaluated) and one.withheld and one.reason.startswith("withheld: fewer than 5 rows")
    said = " ".join(one.model_dump_json() for one in results)
    assert not any(f"{n} rows in the denominator" in said or f"{n} rows in the group" in said for n in range(1, SMALLEST))


def test_a_class_that_few_of_a_group_have_is_withheld_with_all_that_tells_it(tmp_path):
    rows = 400
    run = write_grouped(tmp_path, rows, 5, groups={"sex": ["A"] * 60 + ["B"] * 340}, inputs=False)
    study = run.study()
    own, label = run.groups["sex"] == "A", study.frame.label.copy()
    label[own] = 1
    label[np.flatnonzero(own)[:3]] = 0  # three of 60 rows of A are refused
    object.__setattr__(study.frame, "label", label)
    found = {(one.name, *sorted(one.slice.items())): one for one in measure(study)}

    def of(name, group, **where):
        named = {"attribute": "sex", "group": group, **{k.rstrip("_"): v for k, v in where.items()}}
        return found[(name, *sorted(named.items()))]

    for name in ("recall", "false_positive_rate"):
        for group in ("A", "B"):  # the other group's rows, taken from all rows of the class, would tell those of A
            for cls in ("refused", "granted"):
                assert of(name, group, class_=cls).withheld, (name, group, cls)
    assert of("balanced_accuracy", "A").withheld and of("roc_auc", "B").withheld
    assert of("accuracy", "A").kind == "estimate" and of("selection_rate", "A", class_="granted").kind == "estimate"
    assert not any(" 3 rows" in one.model_dump_json() for one in found.values())


def test_zero_withholds_nothing(tmp_path):
    values = {"sex": ["A"] * 297 + ["B"] * 3}
    run = write_grouped(tmp_path, 300, groups=values, inputs=False, disclosure={"smallest_cell": 0})
    counts = next(one for one in measure(run.study()) if one.name == "group_counts")
    assert [row[1] for row in counts.rows] == [297, 3]
