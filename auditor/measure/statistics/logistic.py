"""Ridge-penalised logistic regression with fixed settings: no choice is left to tune."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from auditor.measure.statistics.design import Floats

STEPS = 50
TOLERANCE = 1e-8


def fitted(values: Floats, positive: NDArray[np.bool_], penalty: float = 1.0) -> Floats:
    """Coefficients [columns + 1], the intercept last and unpenalised, of Σ log loss + penalty/2 · Σ coefficient².

    Args:
        values: [rows, columns], each column of about unit spread. positive: [rows]; both kinds occur.

    Newton's method, halving a step that does not lower the objective.
    """
    x = np.column_stack([values, np.ones(len(values))])
    ridge = np.full(x.shape[1], penalty)
    ridge[-1] = 0.0
    beta = np.zeros(x.shape[1])
    beta[-1] = np.log(positive.sum() / (~positive).sum())
    value = _objective(x, positive, beta, ridge)
    for _ in range(STEPS):
        p = expit(x @ beta)
        slope = x.T @ (p - positive) + ridge * beta
        bend = (x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge + 1e-12)
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while (after := _objective(x, positive, beta - size * step, ridge)) > value and size > 1e-6:
            size /= 2
        beta, moved = beta - size * step, abs(value - after)
        value = after
        if moved <= TOLERANCE * (1 + abs(value)):
            break
    return beta


def decided(values: Floats, beta: Floats) -> Floats:
    """[rows]: the fitted logit."""
    return np.asarray(values @ beta[:-1] + beta[-1])


def _objective(x: Floats, positive: NDArray[np.bool_], beta: Floats, ridge: Floats) -> float:
    logit = x @ beta
    return float(np.logaddexp(0.0, np.where(positive, -logit, logit)).sum() + 0.5 * ridge @ beta**2)
