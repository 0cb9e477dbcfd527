"""The simulations find a wrong interval out, ask about the right truth, and can be computed in any order."""

from __future__ import annotations

import numpy as np
import pytest

from auditor.errors import AuditError
from auditor.measure.statistics import intervals
from auditor.measure.statistics.intervals import Bounded
from auditor.selftest import coverage_of_means, coverage_of_scores, coverage_of_shares, false_alarms
from auditor.selftest.catalogue import cells, chosen
from auditor.selftest.coverage_of_means import SHAPE, held, plain
from auditor.selftest.tolerance import COVERAGE, Tally, conservative


def normal(seed, count, rows, width):
    """Intervals of the mean of normal values with known sd, `width` times as wide as they should be."""
    values = np.random.default_rng(seed).normal(0, 1, (count, rows)).mean(axis=1)
    half = width * 1.959964 / np.sqrt(rows)
    return held(0.0, [Bounded(value, value - half, value + half, "") for value in values.tolist()])


@pytest.mark.parametrize(("width", "status"), [(1.0, "in tolerance"), (0.5, "out of tolerance"), (2.0, "out of tolerance")])
def test_an_interval_of_half_or_double_the_width_is_found(width, status):
    assert COVERAGE.judge(Tally.of(normal(1, 4000, 25, width))).status == status


def test_an_interval_that_the_product_does_not_give_holds_nothing():
    assert held(0.5, [intervals.Unbounded("too few")]).tolist() == [[0.0]]


def test_intervals_that_ignore_the_skewness_of_few_rows_are_found(monkeypatch):
    cell = cells()["mean-50"]
    good = Tally.joined(cell.of_block(block) for block in range(10))

    def symmetric(design, values, resamples, seed):
        value, error = design.moments(values)
        return [Bounded(v, v - 1.6 * e, v + 1.6 * e, "") for v, e in zip(value, error, strict=True)], None, None

    monkeypatch.setattr(coverage_of_means, "means", symmetric)
    wrong = Tally.joined(cell.of_block(block) for block in range(10))
    assert COVERAGE.judge(good).status != "out of tolerance"
    assert COVERAGE.judge(wrong).status == "out of tolerance"


def test_ranks_made_of_half_the_quantile_are_found(monkeypatch):
    def sharp(design, magnitude, resamples, seed):
        score, error = design.moments(magnitude)
        ahead = (score[:, None] - score[None]) > 0.5 * np.hypot(error[:, None], error[None])
        return 1 + ahead.sum(axis=0), len(score) - ahead.sum(axis=1)

    monkeypatch.setattr(coverage_of_scores, "rank_intervals", sharp)
    found = Tally.of(coverage_of_scores.ranks(1, 100, rows=100, levels="tied"))
    assert conservative(0.92).judge(found, (coverage_of_scores.FEATURES,)).status == "out of tolerance"


@pytest.mark.parametrize(("low", "high"), [(1, 1), (12, 12)])
def test_a_rank_interval_has_to_hold_the_whole_set_of_true_ranks(monkeypatch, low, high):
    ends = np.full(12, low), np.full(12, high)
    monkeypatch.setattr(coverage_of_scores, "rank_intervals", lambda *given: ends)
    assert not coverage_of_scores.ranks(1, 2, rows=100, levels="tied").any()


def test_the_same_block_gives_the_same_and_another_block_something_else():
    cell = cells()["accuracy-30-0.8"]
    assert cell.of_block(3) == cell.of_block(3)
    assert cell.seed_of(3) != cell.seed_of(4)
    assert cell.seed_of(0) != cells()["accuracy-30-0.95"].seed_of(0)


def test_every_check_has_a_name_of_its_own_and_every_cell_whole_blocks():
    known = cells()
    names = [f"{cell.name}/{aim.name}" for cell in known.values() for aim in cell.aims]
    assert len(set(names)) == len(names)
    for cell in known.values():
        assert all(count % cell.block == 0 for count in cell.repetitions.values())
        assert all(aim.rule.widest % cell.block == 0 for aim in cell.aims)


def test_batching_the_columns_changes_no_interval():
    values = np.random.default_rng(0).gamma(SHAPE, 1.0, (100, 5))
    together = intervals.means(plain(100), values, 200, 7)[0]
    alone = [intervals.means(plain(100), values[:, [j]], 200, 7)[0][0] for j in range(5)]
    assert [one.low for one in together] == pytest.approx([one.low for one in alone])
    assert [one.high for one in together] == pytest.approx([one.high for one in alone])


def test_truths_are_those_of_long_samples(monkeypatch):
    """The truth a cell asks about is the mean of what it draws, in 400,000 rows."""
    seen: dict[str, tuple[float, float]] = {}

    def watched(truth, outcomes):
        seen["now"] = (truth, outcomes[0].value)
        return np.ones((1, 1))

    def mean_only(design, values, resamples, seed, level=0.95):
        return [Bounded(float(v), 0, 0, "") for v in design.moments(values)[0]], None, None

    monkeypatch.setattr(coverage_of_means, "held", watched)
    monkeypatch.setattr(coverage_of_means, "means", mean_only)
    monkeypatch.setattr(coverage_of_means, "smooth", lambda d, v, f, *rest: Bounded(float(f(v.mean(axis=0))), 0, 0, ""))
    for simulate, options in (
        (coverage_of_means.skewed, {"rows": 400_000}),
        (coverage_of_means.overconfidence, {"rows": 400_000}),
        (coverage_of_means.paired, {"rows": 400_000}),
        (coverage_of_means.normalised, {"rows": 400_000}),
        (coverage_of_means.clustered, {"units": 200_000, "each": 2}),
    ):
        simulate(5, 1, **options)
        truth, value = seen["now"]
        assert value == pytest.approx(truth, abs=0.01), simulate.__name__
    monkeypatch.setattr(coverage_of_means, "ROWS", 40_000_000)
    monkeypatch.setattr(coverage_of_means, "USED", 30_000)
    coverage_of_means.weighted(5, 1)
    assert seen["now"][1] == pytest.approx(seen["now"][0], abs=0.01)


def test_correlation_within_units_is_a_half():
    own = np.random.default_rng(0).beta(0.8, 0.2, 200_000)
    assert own.mean() == pytest.approx(0.8, abs=0.005)
    assert own.var() / (0.8 * 0.2) == pytest.approx(0.5, abs=0.01)


def test_the_average_precision_of_the_generator_is_that_of_a_long_sample():
    from auditor.measure.statistics.separation import average_precision

    generator = np.random.default_rng(0)
    positive = generator.random(400_000) < coverage_of_scores.PREVALENCE
    score = generator.normal(0, 1, len(positive)) + coverage_of_scores.APART * positive
    value, _ = average_precision(score, positive, np.ones(len(positive)))
    assert coverage_of_scores._average_precision() == pytest.approx(value, abs=0.005)


def test_noise_has_no_margin_and_a_method_that_knows_something_is_no_false_alarm_of_the_simulation(monkeypatch):
    margins, span = false_alarms.noise(np.random.default_rng(0), 100_000, 1)
    assert np.abs(margins.mean(axis=0)).max() < 0.02
    assert span.mean() == pytest.approx(2 / 3, abs=0.01)

    def informed(generator, rows, count):
        noise, own = margins[: rows * count].reshape(rows, -1), span[: rows * count].reshape(rows, -1)
        noise = noise.copy()
        noise[:, ::10] += 0.5
        return noise, own

    monkeypatch.setattr(false_alarms, "noise", informed)
    assert false_alarms.familywise(0, 2, rows=300).tolist() == [[1.0, 1.0]] * 2


def test_groups_far_apart_have_an_interval_for_their_extremes():
    assert coverage_of_shares.extremes(3, 20, rows=100, spread=0.1).mean() > 0.9


def test_an_unknown_part_is_answered_with_the_nearest_name():
    assert [cell.name for cell in chosen(("mean-50",))] == ["mean-50"]
    with pytest.raises(AuditError, match="no part `mean-5`") as error:
        chosen(("mean-5",))
    assert "mean-50" in error.value.fix
