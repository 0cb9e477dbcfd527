"""How well an input tells a declared group: columns that can stand in for what the model does not receive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from auditor.evidence.results import Result
from auditor.measure._decisions import probability
from auditor.measure._frame import Bools, Floats, Ints
from auditor.measure._group_cells import Attribute, attributes
from auditor.measure._results import bare, estimate, gaps
from auditor.measure._study import Study
from auditor.measure.discrimination import interval
from auditor.measure.statistics import sizes
from auditor.measure.statistics.draws import stream
from auditor.measure.statistics.intervals import Unbounded
from auditor.measure.statistics.logistic import decided, fitted
from auditor.measure.statistics.separation import roc_auc

NAMES = ("proxy_auc",)
READS = ("samples", "predictions")
FOLDS = 5
UNITS = 100
"""Independent units that are needed."""
OF_EACH = 30
"""Rows with, and rows without, the value that are needed."""
ALL = "all features together"
SCORE = "the model's own score"
HOW = "Chance that a row of the group gets a higher score than another; ½: the column says nothing of the group."
COARSE = "Logistic model on the ranks of the values in fiftieths, 5 folds by unit; conditional on the fitted models."
FITTED = "Logistic model on the values the model receives, 5 folds by unit; conditional on the fitted models."


def measure(study: Study) -> Iterator[Result]:
    """For each group of each declared column, the area of every input, of all inputs, and of the model's score."""
    frame, name = study.frame, NAMES[0]
    for attribute in attributes(study)[: len(study.plan.groups)]:
        where = {"attribute": attribute.name}
        reason = attribute.reason
        if attribute.name in frame.prepared.features.names:
            reason = f"direct use: {attribute.name} is itself an input of the model"
        elif not study.reader.has("inputs"):
            reason = reason or _why_not(study)
        if reason:
            yield from gaps([name], where, reason)
        else:
            yield from _of_attribute(study, attribute, _Inputs.of(study))


def _why_not(study: Study) -> str:
    if study.plan.data.modality != "tabular":
        return f"proxies are looked for among the columns of tables, not in {study.plan.data.modality} data"
    if study.plan.examples == "none":
        return "withheld: the plan's `examples: none` keeps inputs out of the evidence"
    return "the evidence holds no inputs; audits by this version store them for tables with declared groups"


@dataclass(frozen=True)
class _Inputs:
    """Stored inputs: row of the frame [rows], values [rows, elements], feature of each element [elements]."""

    row: Ints
    values: Floats
    feature: Ints

    @staticmethod
    def of(study: Study) -> _Inputs:
        table = study.reader.table("inputs")
        row = np.asarray(pc.fill_null(pc.index_in(table["sample_id"], value_set=study.frame.ids), -1), dtype=np.int64)
        values = np.asarray(pc.list_flatten(table["values"]), dtype=np.float64).reshape(table.num_rows, -1)
        feature = np.asarray(table["feature"][0].as_py(), dtype=np.int64)
        kept = row >= 0
        values = values[kept]
        spread = values.std(axis=0)
        scaled = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        return _Inputs(row[kept], scaled, feature)


def _of_attribute(study: Study, attribute: Attribute, inputs: _Inputs) -> Iterator[Result]:
    units = len(np.unique(study.frame.unit[inputs.row]))
    reason = sizes.too_few(units, UNITS, "independent units with stored inputs")
    groups = attribute.evaluated
    for group in groups[:1] if len(attribute.groups) == 2 else groups:  # of two groups one says all
        where = {"attribute": attribute.name, "group": group.name}
        member = group.rows[inputs.row]
        least = int(min(member.sum(), (~member).sum()))
        why = reason or sizes.too_few(least, OF_EACH, "rows with stored inputs in the group or outside it")
        if why:
            yield from gaps(NAMES, where, why)
            continue
        scores = _scores(study, inputs, member)
        made = [_result(study, inputs.row, member, score, where | {"feature": name}) for name, score in scores.items()]
        yield from sorted(made, key=lambda result: -getattr(result, "value", -1.0))


def _scores(study: Study, inputs: _Inputs, member: Bools) -> Mapping[str, Floats]:
    """Out-of-fold score of every feature and of all of them; the model's own score needs no fitting."""
    units, code = np.unique(study.frame.unit[inputs.row], return_inverse=True)
    fold = stream(study.seed, "proxy folds").permutation(len(units)) % FOLDS
    found = {
        name: _out_of_fold(inputs.values[:, inputs.feature == index], member, fold[code])
        for index, name in enumerate(study.frame.prepared.features.names)
    }
    found[ALL] = _out_of_fold(inputs.values, member, fold[code])
    last = len(study.frame.classes) - 1
    if last == 1:
        found[SCORE] = probability(study.frame, last)[inputs.row]
    return found


def _out_of_fold(values: Floats, member: Bools, fold: Ints) -> Floats:
    """[rows]: the logit a logistic model gives that was fitted without the row's fold; fixed settings."""
    score = np.zeros(len(member))
    for index in range(FOLDS):
        out = fold == index
        if not out.any():
            continue
        inside = member[~out]
        if inside.all() or not inside.any():
            continue
        score[out] = decided(values[out], fitted(values[~out], inside))
    return score


def _result(study: Study, rows: Ints, member: Bools, score: Floats, where: dict[str, str]) -> Result:
    design = study.entry_design(rows)
    value, psi = roc_auc(score, member, design.weights)
    count = np.where(member, member.sum(), (~member).sum())
    outcome = interval(design, value, psi * np.sqrt(count / (count - 1)))
    samples = study.samples(design, "evaluated rows whose inputs were stored")
    notes = [HOW] if where["feature"] == SCORE else [HOW, FITTED if study.plan.examples == "full" else COARSE]
    if isinstance(outcome, Unbounded) and value in (0.0, 1.0):  # the strongest there can be: no gap
        return bare(NAMES[0], where, "index", samples, value, "every row of the group is told apart", notes=notes)
    return estimate(NAMES[0], where, "index", samples, outcome, notes=notes)
