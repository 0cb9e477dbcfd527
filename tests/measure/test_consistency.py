import numpy as np
import pytest

from auditor.measure.statistics.consistency import bin_of, expected_calibration_error, if_calibrated


def slow_error(confidence, correct, weight, bins):
    total = 0.0
    for b in range(bins):
        inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if b == 0:
            inside |= confidence == 0
        if inside.any():
            w = weight[inside]
            total += w.sum() * abs((w * correct[inside]).sum() / w.sum() - (w * confidence[inside]).sum() / w.sum())
    return total / weight.sum()


def test_the_error_is_the_definition_bin_by_bin():
    generator = np.random.default_rng(0)
    confidence = np.round(generator.random(500), 2)  # many on the edges
    correct, weight = (generator.random(500) < confidence).astype(float), generator.choice([1.0, 4.0], 500)
    for bins in (10, 15):
        assert expected_calibration_error(confidence, correct, weight, bins) == pytest.approx(
            slow_error(confidence, correct, weight, bins)
        )


def test_a_confidence_of_one_shares_the_last_bin():
    # one bin holds both: |(1 - 0.95) + (0 - 1)| / 2. In a bin of its own it would read 0.525.
    error = expected_calibration_error(np.array([0.95, 1.0]), np.array([1.0, 0.0]), np.ones(2), 10)
    assert error == pytest.approx(0.475)
    assert bin_of(np.array([0.0, 1.0]), 15).tolist() == [0, 14]


def test_draws_of_a_single_bin_have_the_mean_of_a_binomial_deviation():
    confidence = np.full(1000, 0.97)
    drawn = if_calibrated(confidence, np.ones(1000), seed=1, draws=4000)
    assert drawn.mean() == pytest.approx(np.sqrt(2 / np.pi) * np.sqrt(0.97 * 0.03 / 1000), rel=0.04)


def test_a_calibrated_model_is_rarely_called_miscalibrated():
    generator = np.random.default_rng(2)
    small = 0
    for repeat in range(100):
        confidence = generator.beta(8, 2, 300)
        correct = (generator.random(300) < confidence).astype(float)
        error = expected_calibration_error(confidence, correct, np.ones(300))
        drawn = if_calibrated(confidence, np.ones(300), repeat, draws=200)
        small += (1 + np.sum(drawn >= error)) / 201 <= 0.05
    assert small <= 11
