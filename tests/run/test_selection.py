"""Which cases are explained."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.allocation import allocate
from auditor.run.selection import Selection, choose_examples, rightness, stratify

CLASSES = ("a", "b", "c")


def population(rows=900, seed=0):
    generator = np.random.default_rng(seed)
    predicted = generator.choice(3, rows, p=[0.7, 0.25, 0.05])
    label = np.where(generator.random(rows) < 0.9, predicted, (predicted + 1) % 3)
    return predicted, label, generator.random(rows)


def select(predicted, right, draw, classes, samples) -> Selection:
    strata = stratify(predicted, right, draw, classes)
    return strata.take(strata.shares(samples))


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(0, 120))
def test_shares_are_equal_up_to_what_each_has_and_grow_with_the_total(sizes, total):
    shares, more = allocate(sizes, total), allocate(sizes, total + 1)
    assert sum(shares) == min(total, sum(sizes))
    assert all(s <= size for s, size in zip(shares, sizes, strict=True))
    assert all(b >= a for a, b in zip(shares, more, strict=True))
    hungry = [s for s, size in zip(shares, sizes, strict=True) if s < size]
    assert not hungry or max(shares) - min(hungry) <= max(1, max(shares) - max(hungry))


def test_weights_add_up_to_the_rows_of_each_stratum():
    predicted, label, draw = population()
    found = select(predicted, rightness(predicted, label), draw, CLASSES, 150)
    assert (found.weight > 0).sum() == 150
    for stratum in found.strata:
        rows = (predicted == stratum.predicted) & ((predicted == label) == stratum.right)
        assert rows.sum() == stratum.rows
        assert found.weight[rows].sum() == pytest.approx(stratum.rows)
        assert (found.weight[rows] > 0).sum() == stratum.selected
    assert [sum(s.selected for s in found.strata if s.predicted == c) for c in range(3)] == allocate(
        [int((predicted == c).sum()) for c in range(3)], 150
    )


def test_the_smallest_draws_of_each_stratum_are_taken_whatever_the_order_of_the_rows():
    predicted, label, draw = population()
    found = select(predicted, rightness(predicted, label), draw, CLASSES, 60)
    for stratum in found.strata:
        rows = np.flatnonzero((predicted == stratum.predicted) & ((predicted == label) == stratum.right))
        expected = set(rows[np.argsort(draw[rows])][: stratum.selected])
        assert set(np.flatnonzero(found.weight > 0)) & set(rows) == expected
    shuffled = np.random.default_rng(1).permutation(len(draw))
    again = select(predicted[shuffled], rightness(predicted, label)[shuffled], draw[shuffled], CLASSES, 60)
    assert np.array_equal(again.weight, found.weight[shuffled])


def test_examples_are_chosen_by_their_printed_rule_among_selected_cases():
    predicted, label, draw = population()
    generator = np.random.default_rng(2)
    probabilities = generator.dirichlet([1, 1, 1], len(predicted))
    top = probabilities.max(1)
    probabilities[np.arange(len(predicted)), probabilities.argmax(1)] = probabilities[np.arange(len(predicted)), predicted]
    probabilities[np.arange(len(predicted)), predicted] = top
    selected = select(predicted, rightness(predicted, label), draw, CLASSES, 150).weight > 0
    ids = [str(i) for i in range(len(predicted))]
    facts = choose_examples(ids, predicted, rightness(predicted, label), probabilities, selected)
    rows = {group: [int(f.sample_id) for f in facts if f.group == group] for group in ("right", "wrong", "borderline")}
    wrong = np.flatnonzero(selected & (predicted != label))
    assert rows["wrong"] == list(wrong[np.argsort(-top[wrong])][:3])
    assert all(selected[i] and predicted[i] == label[i] for i in rows["right"])
    assert len({predicted[i] for i in rows["right"]}) == len(rows["right"]) == 3
    assert len(facts) == len({f.sample_id for f in facts}) == 9
