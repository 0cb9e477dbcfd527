"""Accuracy under listed corruptions, on the same rows with and without: the difference is paired. No test of attacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.evidence.facts import Prepared
from auditor.evidence.results import Result, Samples
from auditor.evidence.robustness_facts import RobustnessFacts
from auditor.measure._frame import Bools, Floats, Ints
from auditor.measure._label_sets import sigmoid
from auditor.measure._results import estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design, design_effect
from auditor.measure.statistics.intervals import Bounded, Outcome, Unbounded, proportion
from auditor.measure.statistics.paired import DISCORDANT, exact_limits, paired_share

PER_CELL = ("corrupted_accuracy", "accuracy_drop", "corruption_flips")
NAMES = (*PER_CELL, "uncorrupted_accuracy", "worst_corruption")
READS = ("samples", "predictions")
PROTOCOL = "corruptions"

Cell = tuple[str, int]


@dataclass(frozen=True)
class _Answers:
    """Of the corrupted rows of one corruption and severity, [rows] each; no finite output is neither right nor the same."""

    right: Floats
    moved: Floats
    failed: int


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file; nothing where the plan lists no corruptions."""
    facts = study.frame.prepared.robustness
    if facts is None:
        return
    for one in facts.corruptions:
        for severity in facts.severities if one.reason else ():
            yield from gaps(PER_CELL, {"corruption": one.name, "severity": str(severity)}, one.reason)
    cells = [(one.name, severity) for one in facts.corruptions if not one.reason for severity in facts.severities]
    if not facts.stored:
        reason = next((one.reason for one in facts.corruptions if one.reason), "no row was corrupted")
        yield from gaps(NAMES[3:], {}, reason)
        return
    table = study.reader.table("predictions")
    stored = {cell: table.filter(pc.equal(table["variant"], f"corruption:{cell[0]}:{cell[1]}")) for cell in cells}
    rows = np.asarray(pc.index_in(stored[cells[0]]["sample_id"], value_set=study.frame.ids), dtype=np.int64)
    yield from _of_rows(study, rows, {cell: _answers(study, rows, own) for cell, own in stored.items()}, facts)


def _answers(study: Study, rows: Ints, table: pa.Table) -> _Answers:
    frame, classes = study.frame, len(study.frame.classes)
    answered = np.asarray(pc.equal(pc.list_value_length(table["logits"]), classes))
    logits = np.zeros((len(rows), classes), dtype=np.float32)
    logits[answered] = np.asarray(pc.list_flatten(table["logits"].filter(pa.array(answered)))).reshape(-1, classes)
    if frame.sets is None:
        predicted = logits.argmax(axis=1)
        right, same = predicted == frame.label[rows], predicted == frame.predicted[rows]
    else:
        called = sigmoid(logits) >= frame.sets.threshold
        right = (called == frame.sets.truth[rows]).all(axis=1) & frame.sets.known[rows]
        same = (called == frame.sets.called[rows]).all(axis=1)
    return _Answers((right & answered).astype(np.float64), (~(same & answered)).astype(np.float64), int((~answered).sum()))


def _of_rows(study: Study, rows: Ints, answers: Mapping[Cell, _Answers], facts: RobustnessFacts) -> Iterator[Result]:
    design = study.entry_design(rows)
    labelled = bool(study.frame.labelled[rows].all())
    of = f"evaluated rows{' with a label' if labelled else ''}"
    drawn = f"{facts.rows:,} of {facts.drawn_from:,} {of}, drawn at random" if facts.rows < facts.drawn_from else f"all {of}"
    samples = study.samples(design, drawn)
    clean = study.frame.correct[rows]
    unknown = "no evaluated row has a label"
    if labelled:
        outcome = proportion(design, clean)
        yield estimate("uncorrupted_accuracy", {}, "fraction", samples, outcome, protocol=PROTOCOL)
    else:
        yield from gaps(NAMES[3:], {}, unknown)
    for (name, severity), own in answers.items():
        where = {"corruption": name, "severity": str(severity)}
        notes = [f"{own.failed:,} rows without a finite output count as wrong and as changed."] if own.failed else []
        found = {"corruption_flips": proportion(design, own.moved)}
        if labelled:
            found["corrupted_accuracy"] = proportion(design, own.right)
            found["accuracy_drop"] = _drop(study, design, clean, own.right)
        else:
            yield from gaps(PER_CELL[:2], where, unknown)
        for result, outcome in found.items():
            yield estimate(result, where, "fraction", samples, outcome, protocol=PROTOCOL, notes=notes)
    if labelled:
        yield _worst(study, samples, design, clean, answers)


def _drop(study: Study, design: Design, clean: Floats, right: Floats, level: float = sizes.LEVEL) -> Outcome:
    """Accuracy without the corruption minus accuracy with it, from the pairs; positive where the corruption does harm."""
    outcome = paired_share(design, right, clean, study.resamples("accuracy_drop", "worst_corruption"), study.seed, level)
    differ: Bools = right != clean
    if isinstance(outcome, Bounded) or differ.sum() >= DISCORDANT or design.units < sizes.UNITS:
        return outcome
    # too few pairs differ for resampling: exact limits at the effective number of rows
    count = design.units / design_effect(design.weights)
    worse, better = (float(design.moments(side[:, None].astype(np.float64))[0][0]) for side in (clean > right, right > clean))
    low, high = exact_limits(worse * count, better * count, count, level)
    return Bounded(worse - better, low, high, f"exact limits for {count:,.1f} effective rows, {differ.sum():,} pairs differ")


def _worst(study: Study, samples: Samples, design: Design, clean: Floats, answers: Mapping[Cell, _Answers]) -> Result:
    """The largest drop of all cells; its interval holds for the largest true drop, whichever it is."""
    level = 1 - (1 - sizes.LEVEL) / len(answers)
    found = {cell: _drop(study, design, clean, own.right, level) for cell, own in answers.items()}
    bounded = {cell: outcome for cell, outcome in found.items() if isinstance(outcome, Bounded)}
    outcome: Outcome
    if len(bounded) < len(found):
        outcome, notes = next(one for one in found.values() if isinstance(one, Unbounded)), []
    else:
        (name, severity), top = max(bounded.items(), key=lambda item: item[1].value)
        low, high = max(one.low for one in bounded.values()), max(one.high for one in bounded.values())
        how = f"largest of {len(bounded)} drops, each interval at {100 * level:.4g} %; of the largest: {top.how}"
        outcome, notes = Bounded(top.value, low, high, how), [f"Largest for {name} at severity {severity}."]
    return estimate("worst_corruption", {}, "fraction", samples, outcome, protocol=PROTOCOL, notes=notes)


def protocol(prepared: Prepared) -> dict[str, str]:
    """The protocol in words; empty where the plan lists no corruptions."""
    facts = prepared.robustness
    if facts is None:
        return {}
    text = prepared.data.modality == "text"
    rows = f"{facts.rows:,} of {facts.drawn_from:,}, the same for every corruption and severity, by a seeded order"
    made = {
        f"{one.name}, severity {severity}": one.said.replace("{}", amount)
        for one in facts.corruptions
        if not one.reason
        for severity, amount in one.amounts.items()
    }
    return {
        "corrupted": "raw samples, before the model's preprocessing, where the data have them; else the model's inputs",
        "rows": rows,
        "drop": "accuracy without minus accuracy with the corruption, each row its own pair",
        "no finite output": "counts as wrong and as changed",
        **({"length": "corrupted texts are cut at the tokens of the longest text of the set"} if text else {}),
        **made,
    }
