"""Each design against the definition again, row by row."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from auditor.measure.statistics.clusters import ClusterDesign
from auditor.measure.statistics.design import RowDesign, design_effect
from auditor.measure.statistics.draws import chunks, counts_of_draws, stream


def strata_example(factors: bool, groups: int = 1):
    generator = np.random.default_rng(3)
    stratum = generator.permutation(np.repeat([0, 1, 2], [12, 7, 5]))
    population = generator.multinomial(400, [1 / groups] * groups).reshape(1, groups) * np.array([[6], [3], [1]])
    factor = generator.choice([0.5, 2.0], 24) if factors else None
    return RowDesign(stratum, population, factor), stratum, population, factor, generator.gamma(0.5, 1.0, (24, 2))


def slow_moments(values, stratum, population, factor):
    """Mean and standard error of one column by the formulas of the module's docstring, in loops."""
    total = population.sum()
    rows = population.sum(axis=1)
    weight = np.array([factor[i] * rows[h] / np.sum(stratum == h) for i, h in enumerate(stratum)])
    mean = sum(w * y for w, y in zip(weight, values, strict=True)) / weight.sum()
    z = factor * (values - mean) / (weight.sum() / total)
    middle = np.array([z[stratum == h].mean() for h in range(len(rows))])
    variance = 0.0
    for h in range(len(rows)):
        part = z[stratum == h]
        variance += (rows[h] / total) ** 2 * part.var(ddof=1) / len(part)
    for column in population.T:
        centre = sum(n * m for n, m in zip(column, middle, strict=True)) / column.sum()
        variance += sum(n * (m - centre) ** 2 for n, m in zip(column, middle, strict=True)) / total**2
    return mean, np.sqrt(variance)


@pytest.mark.parametrize("factors", [False, True])
@pytest.mark.parametrize("groups", [1, 3])
def test_mean_and_standard_error_follow_the_two_phase_formula(factors, groups):
    design, stratum, population, factor, values = strata_example(factors, groups)
    mean, error = design.moments(values)
    for j in range(2):
        expected = slow_moments(values[:, j], stratum, population, np.ones(24) if factor is None else factor)
        assert (mean[j], error[j]) == pytest.approx(expected, rel=1e-10)


def test_all_rows_used_is_the_simple_mean_with_its_textbook_error():
    values = np.random.default_rng(0).normal(5, 2, 80)
    mean, error = RowDesign(np.zeros(80, int), np.array([[80]])).moments(values[:, None])
    assert mean[0] == pytest.approx(values.mean())
    assert error[0] == pytest.approx(values.std(ddof=1) / np.sqrt(80))


def test_strata_taken_whole_are_a_simple_sample():
    generator = np.random.default_rng(0)
    stratum = np.repeat([0, 1], [500, 700])
    values = generator.normal(0, 1, 1200) + stratum
    design = RowDesign(stratum, np.array([[500], [700]]))
    assert design.moments(values[:, None])[1][0] == pytest.approx(values.std() / np.sqrt(1200), rel=2e-3)


@pytest.mark.parametrize("factors", [False, True])
def test_influence_values_add_up_to_the_variance(factors):
    design, *_, values = strata_example(factors, 3)
    psi, weight = design.influence(values)
    assert np.sqrt(weight @ np.square(psi)) == pytest.approx(design.moments(values)[1], rel=1e-10)


@pytest.mark.parametrize("factors", [False, True])
def test_every_resample_is_the_estimate_on_the_drawn_rows(factors):
    design, stratum, population, factor, values = strata_example(factors)
    means, errors = design.resample(values, 40, seed=9)
    draw = design._draw(40, 9, 0)
    for b in (0, 17, 39):
        times = draw.counts[b][np.argsort(design.order)].astype(int)
        drawn = np.repeat(np.arange(24), times)
        assert [np.sum(stratum[drawn] == h) for h in range(3)] == [12, 7, 5]
        rows = draw.population[b].astype(int)
        own = np.ones(24) if factor is None else factor
        expected = slow_moments(values[drawn, 1], stratum[drawn], rows[:, None], own[drawn])
        assert rows.sum() == population.sum()
        assert (means[b, 1], errors[b, 1]) == pytest.approx(expected, rel=1e-9)


def test_sampling_by_label_keeps_the_rows_of_every_label():
    design, _, population, *_ = strata_example(False, 3)
    draw = design._draw(20, 1, 0)
    for column, (inside, rows) in enumerate(draw.by_group):
        assert (rows.sum(axis=1) == population[:, column].sum()).all()
        assert (inside == [0, 1, 2]).all()


def test_the_first_resamples_of_many_are_those_of_few():
    design, *_, values = strata_example(False)
    assert (design.resample(values, 700, 4)[0][:510] == design.resample(values, 510, 4)[0]).all()
    assert not (design.resample(values, 510, 5)[0] == design.resample(values, 510, 4)[0]).any()


def cluster_example():
    generator = np.random.default_rng(8)
    units, rows = 40, 200
    unit, stratum = generator.integers(0, units, rows), generator.integers(0, 2, rows)
    population = csr_array((np.ones(rows), (unit, stratum)), shape=(units, 2))
    used = np.sort(generator.permutation(rows)[:90])
    factor = generator.choice([0.5, 1.5], 90)
    values = generator.normal(0, 1, (90, 2)) + generator.normal(0, 1, units)[unit[used], None]
    return unit, stratum, population, used, factor, values


def slow_cluster(unit_rows, unit_used, stratum_used, values, factor):
    """Unit totals of the linearised values, in loops; `unit_rows` [units, strata]."""
    units, strata = unit_rows.shape
    rows = unit_rows.sum(axis=0)
    n = np.array([np.sum(stratum_used == h) for h in range(strata)])
    weight = factor * (rows / n)[stratum_used]
    mean = (weight * values).sum() / weight.sum()
    z = factor * (values - mean) / (weight.sum() / rows.sum())
    middle = np.array([z[stratum_used == h].mean() for h in range(strata)])
    totals = np.zeros(units)
    for u in range(units):
        for h in range(strata):
            inside = (unit_used == u) & (stratum_used == h)
            totals[u] += unit_rows[u, h] / rows.sum() * middle[h]
            totals[u] += rows[h] / rows.sum() / n[h] * (z[inside] - middle[h]).sum()
    return mean, np.sqrt(units / (units - 1) * np.square(totals).sum())


def test_clusters_vary_by_unit_totals():
    unit, stratum, population, used, factor, values = cluster_example()
    design = ClusterDesign(unit[used], stratum[used], population, factor)
    mean, error = design.moments(values)
    expected = slow_cluster(population.toarray(), unit[used], stratum[used], values[:, 0], factor)
    assert (mean[0], error[0]) == pytest.approx(expected, rel=1e-10)
    psi, weight = design.influence(values)
    assert np.sqrt(weight @ np.square(psi)) == pytest.approx(error, rel=1e-10)


def test_a_resample_of_clusters_is_the_estimate_with_whole_units_repeated():
    unit, stratum, population, used, factor, values = cluster_example()
    design = ClusterDesign(unit[used], stratum[used], population, factor)
    means, errors = design.resample(values, 30, seed=2)
    times = counts_of_draws(stream(2, "units", 0), 30, np.zeros(40, int), np.full(40, 40))[11].astype(int)
    drawn = np.repeat(np.arange(40), times)
    rows = np.concatenate([np.flatnonzero(unit[used] == u) for u in drawn])
    name = np.concatenate([np.full(np.sum(unit[used] == u), i) for i, u in enumerate(drawn)])
    expected = slow_cluster(population.toarray()[drawn], name, stratum[used][rows], values[rows, 1], factor[rows])
    assert (means[11, 1], errors[11, 1]) == pytest.approx(expected, rel=1e-9)
    assert design.resample(values, 30, seed=2, errors=False)[0] == pytest.approx(means, rel=1e-9)


def test_five_equal_rows_per_unit_count_once():
    values = np.random.default_rng(1).normal(0, 1, 60)
    clustered = ClusterDesign(np.repeat(np.arange(60), 5), np.zeros(300, int), csr_array(np.full((60, 1), 5.0)))
    error = clustered.moments(np.repeat(values, 5)[:, None])[1][0]
    assert error == pytest.approx(values.std(ddof=1) / np.sqrt(60))


def test_the_design_effect_of_equal_weights_is_one():
    assert design_effect(np.full(7, 3.0)) == pytest.approx(1.0)
    assert design_effect(np.array([1.0, 3.0])) == pytest.approx(2 * 10 / 16)


def test_chunks_depend_on_the_width_alone():
    assert list(chunks(1200, 10))[:2] == [(0, 500), (1, 500)]
    assert sum(size for _, size in chunks(1200, 1_000_000)) == 1200
