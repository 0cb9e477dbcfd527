"""How many cases each stratum gives."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.allocation import first_look, neyman


def variance(sizes, spread, shares):
    """Of the stratified mean: Σ N_h² s_h²/n_h (Cochran 1977, 5.25, without finite-population correction)."""
    return sum((size * own) ** 2 / n for size, own, n in zip(sizes, spread, shares, strict=True))


@pytest.mark.parametrize("spread", [(0.1, 0.5, 1.0), (1.0, 1.0, 1.0), (0.0, 0.2, 3.0)])
def test_no_other_allocation_of_whole_cases_has_a_smaller_variance(spread):
    sizes, begun = (40, 25, 9), (2, 2, 2)
    for total in (7, 15, 24):
        best = min(
            variance(sizes, spread, shares)
            for shares in product(*(range(low, size + 1) for low, size in zip(begun, sizes, strict=True)))
            if sum(shares) == total
        )
        found = neyman(sizes, begun, spread, total)
        assert sum(found) == total
        assert variance(sizes, spread, found) == pytest.approx(best)


@given(
    st.lists(st.tuples(st.integers(1, 60), st.floats(0, 5)), min_size=1, max_size=5),
    st.integers(1, 200),
)
def test_a_larger_total_contains_the_smaller_and_no_stratum_gives_more_than_it_has(strata, total):
    sizes, spread = [size for size, _ in strata], [own for _, own in strata]
    begun = [1] * len(sizes)
    shares, more = neyman(sizes, begun, spread, total), neyman(sizes, begun, spread, total + 1)
    assert sum(shares) == max(len(sizes), min(total, sum(sizes)))
    assert all(1 <= n <= size for n, size in zip(shares, sizes, strict=True))
    assert all(b >= a for a, b in zip(shares, more, strict=True))


def test_strata_without_spread_get_cases_only_when_the_others_have_no_more():
    assert neyman([10, 10], [2, 2], [0.0, 1.0], 11) == [2, 9]
    assert neyman([10, 10], [2, 2], [0.0, 1.0], 15) == [5, 10]


def test_where_nothing_spreads_cases_go_by_the_rows_of_the_strata():
    found = np.array(neyman([900, 90, 10], [1, 1, 1], [0.0, 0.0, 0.0], 200))
    assert found.tolist() == pytest.approx([180, 18, 2], abs=1)


def test_a_first_look_has_thirty_of_each_stratum_fifty_of_each_class_and_a_hundred_in_all():
    # class 0: 500 right, 3 wrong; class 1: 40 right, 60 wrong; class 2: 8 right
    sizes, classes = [3, 500, 60, 40, 8], [0, 0, 1, 1, 2]
    assert first_look(sizes, classes) == [3, 47, 30, 30, 8]
    assert first_look([1000], [0]) == [100]
    assert first_look([20, 10], [0, 1]) == [20, 10]
