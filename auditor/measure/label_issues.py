"""Rows that a person should look at: confident errors, candidates for a wrong label, and classes with few labelled rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from auditor.evidence.results import Result, Samples, Table
from auditor.measure._decisions import probability
from auditor.measure._frame import Floats, Frame, Ints
from auditor.measure._results import bare, gaps, tidy
from auditor.measure._study import Study
from auditor.measure.statistics import sizes

NAMES = ("thin_classes", "confident_errors", "label_issues", "label_issue_count")
READS = ("samples", "predictions")
MOST = 20
RULE = (
    "A row whose label is c is a candidate when some other class reaches the mean probability that rows labelled as that class "
    "give it, and is the most probable of those. The model's errors look the same: each needs a person's eye."
)
PRIVATE = "withheld: single rows are listed only under the plan's `examples: full`"


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file; nothing with several labels per row."""
    frame = study.frame
    if frame.sets is not None:
        return
    if not frame.labelled.any():
        yield from gaps(NAMES, {}, "no evaluated row has a label")
        return
    rows = int(frame.labelled.sum())
    samples = Samples(rows=rows, units=len(np.unique(frame.unit[frame.labelled])), population="evaluated rows with a label")
    yield _thin(study, samples)
    issues = _issues(study)
    why = "a count of candidates under a printed rule, not an estimate of wrong labels"
    yield bare(NAMES[3], {}, "rows", samples, float(len(issues.rows)), why, notes=[RULE])
    if study.plan.examples != "full":
        yield from gaps(NAMES[1:3], {}, PRIVATE)
        return
    yield _errors(study, samples)
    yield _candidates(study, samples, issues)


def _thin(study: Study, samples: Samples) -> Table:
    frame, least = study.frame, sizes.PROPORTION_GATED
    counts = np.bincount(frame.label[frame.labelled], minlength=len(frame.classes))
    thin = np.flatnonzero(counts < least)
    order = thin[np.argsort(counts[thin], kind="stable")]
    return Table(
        name=NAMES[0],
        unit="rows",
        samples=samples,
        columns=("class", "rows with the label"),
        rows=tuple((frame.classes[c], int(counts[c])) for c in order.tolist()),
        notes=(f"Classes with fewer than {least} labelled rows: no gate rests on their recall.",),
    )


def _errors(study: Study, samples: Samples) -> Table:
    frame = study.frame
    wrong = np.flatnonzero(frame.labelled & (frame.correct == 0))
    first = wrong[np.argsort(-frame.confidence[wrong], kind="stable")][:MOST]
    return Table(
        name=NAMES[1],
        unit="probability",
        samples=samples,
        columns=("id", "label", "predicted", "confidence"),
        rows=tuple(
            (_id(study, row), frame.classes[frame.label[row]], frame.classes[frame.predicted[row]], _p(frame.confidence[row]))
            for row in first.tolist()
        ),
        notes=(f"Wrong rows: {len(wrong):,}; listed are those with the largest confidence, {MOST} at most.",),
    )


@dataclass(frozen=True)
class _Issues:
    """Candidates, the clearest first: row, class suggested, its probability, and the label's."""

    rows: Ints
    suggested: Ints
    probability: Floats
    own: Floats


@dataclass(frozen=True)
class Confident:
    """Rows with a label [known]: the label, the class the model is sure of (-1: none), its probability, and the label's."""

    known: Ints
    label: Ints
    at: Ints
    best: Floats
    own: Floats


def confident(frame: Frame) -> Confident:
    """The class each row is confidently of: the most probable of those that reach the mean of the rows labelled as them.

    Source: Northcutt, Jiang & Chuang, 2021, "Confident learning", JAIR 70, eq. 1.
    """
    known = np.flatnonzero(frame.labelled)
    label = frame.label[known]
    best, at, own = np.zeros(len(known)), np.full(len(known), -1), np.zeros(len(known))
    for index in range(len(frame.classes)):
        members = label == index
        if not members.any():
            continue
        p = probability(frame, index)[known]
        own[members] = p[members]
        ahead = (p >= p[members].mean()) & (p > best)
        best[ahead], at[ahead] = p[ahead], index
    return Confident(known, label, at, best, own)


def _issues(study: Study) -> _Issues:
    """Rows of the off-diagonal of the confident joint."""
    c = confident(study.frame)
    found = np.flatnonzero((c.at >= 0) & (c.at != c.label))
    order = found[np.argsort(c.own[found] - c.best[found], kind="stable")]
    return _Issues(c.known[order], c.at[order], c.best[order], c.own[order])


def _candidates(study: Study, samples: Samples, issues: _Issues) -> Table:
    frame = study.frame
    lines = zip(issues.rows[:MOST], issues.suggested[:MOST], issues.probability[:MOST], issues.own[:MOST], strict=True)
    return Table(
        name=NAMES[2],
        unit="probability",
        samples=samples,
        columns=("id", "label", "suggested", "probability of the suggested", "probability of the label"),
        rows=tuple(
            (_id(study, int(row)), frame.classes[frame.label[row]], frame.classes[said], _p(p), _p(own))
            for row, said, p, own in lines
        ),
        notes=(f"Candidates: {len(issues.rows):,}; listed are the first, {MOST} at most.", RULE),
    )


def _id(study: Study, row: int) -> str:
    return str(study.frame.ids[row].as_py())


def _p(value: float) -> float:
    return tidy(float(value))
