"""Whether more rows carry another label than the model's own probabilities lead one to expect, class by class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result, Samples, Table
from auditor.measure._results import gaps, tidy
from auditor.measure._study import Study
from auditor.measure.label_issues import confident

NAMES = ("label_excess",)
READS = ("samples", "predictions")
NOTE = (
    "Rows the model is sure of: its probability of the class reaches the mean that rows labelled as the class have, and no "
    "other class does by more. Expected: the sum of what its probability leaves to other classes. p: a binomial of the same "
    "mean, which is conservative (Hoeffding 1956). A model that claims more than it keeps shows an excess too."
)


def measure(study: Study) -> Iterator[Result]:
    """One table over the classes; nothing with several labels per row."""
    frame = study.frame
    if frame.sets is not None:
        return
    if not frame.labelled.any() or not frame.independent:
        reason = "no evaluated row has a label" if frame.independent else "rows of one unit are not independent of one another"
        yield from gaps(NAMES, {}, reason)
        return
    found = confident(frame)
    rows = []
    for index, name in frame.occurring:
        sure = found.at == index
        count = int(sure.sum())
        if count:
            otherwise, expected = int((found.label[sure] != index).sum()), float((1 - found.best[sure]).sum())
            rows.append((name, count, otherwise, tidy(expected), tidy(tail(otherwise, count, expected))))
    samples = Samples(rows=len(found.known), units=len(found.known), population="evaluated rows with a label")
    columns = ("class", "rows the model is sure of", "with another label", "expected", "p")
    yield Table(name=NAMES[0], unit="rows", samples=samples, columns=columns, rows=tuple(rows), notes=(NOTE,))


def tail(found: int, rows: int, expected: float) -> float:
    """Upper bound of P(at least `found` hits) over independent rows whose chances sum to `expected`; 1 below expected + 1.

    Source: Hoeffding, 1956, "On the distribution of the number of successes in independent trials", theorem 5.
    """
    from scipy.stats import binom

    if found < expected + 1:
        return 1.0
    return float(np.clip(binom.sf(found - 1, rows, expected / rows), 0.0, 1.0))
