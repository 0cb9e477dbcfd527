import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from auditor.measure.statistics.wilson import effective_count, wilson


@pytest.mark.parametrize(("hits", "rows"), [(1, 12), (30, 50), (497, 500)])
def test_the_limits_solve_the_score_equation(hits, rows):
    share, z = hits / rows, norm.ppf(0.975)

    def excess(p):
        return (share - p) ** 2 - z * z * p * (1 - p) / rows

    expected = brentq(excess, 1e-12, share), brentq(excess, share, 1 - 1e-12)
    assert wilson(share, rows) == pytest.approx(expected, abs=1e-10)


def test_nothing_wrong_ends_exactly_at_one():
    low, high = wilson(1.0, 40)
    assert high == 1.0
    assert low == pytest.approx(40 / (40 + norm.ppf(0.975) ** 2))


def test_a_wider_level_gives_a_wider_interval():
    assert wilson(0.3, 50, 0.99)[0] < wilson(0.3, 50)[0] < 0.3 < wilson(0.3, 50)[1] < wilson(0.3, 50, 0.99)[1]


def test_the_variance_of_independent_rows_gives_back_their_number():
    assert effective_count(0.2, 0.2 * 0.8 / 130, 200, 200, 1.0) == pytest.approx(130)
    assert effective_count(0.2, 0.2 * 0.8 / 900, 200, 200, 1.0) == 200  # never more rows than there are


def test_without_variance_the_design_effect_decides():
    assert effective_count(1.0, 0.0, 200, 40, 2.0) == 20


def test_covers_the_generators_share():
    generator = np.random.default_rng(5)
    hits = generator.binomial(100, 0.8, 4000) / 100
    inside = [low <= 0.8 <= high for low, high in (wilson(share, 100) for share in hits)]
    assert 0.93 <= np.mean(inside) <= 0.97
