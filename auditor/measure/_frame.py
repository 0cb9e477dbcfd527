"""The predictions and the sample table as arrays, read once. Rows that have an error are left out and counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from auditor.evidence.facts import Prepared
from auditor.evidence.store import Reader
from auditor.measure._label_sets import LabelSets, read_label_sets
from auditor.measure.statistics.sizes import MANY_CLASSES
from auditor.plan import AuditPlan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_LOGITS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Frame:
    """Evaluated rows, in the order of their ids. Arrays are [rows] unless said otherwise.

    Attributes:
        logits: float32 [rows, classes], of the clean pass.
        label: -1 where unknown, and always with several labels. predicted: class of the largest logit in the clean pass.
        confidence: probability of the predicted class.
        log_loss: -log p(label), nats; 0 where the label is unknown. With several labels: mean over the classes.
        brier: Σ_c (p_c - 1[c = label])², in [0, 2]. With several labels: mean over the classes, in [0, 1].
        sets: what is true and predicted where a row has several labels; None where it has one.
        stratum: code of the selection's stratum. strata: their names.
        unit: code of the independent unit. independent: whether every row is its own unit.
        factor: q_c/(N_c/N) of the row's label under the plan's declared prevalence, else 1.
        selected: whether the row was selected for explanation.
        excluded: reason → rows.
    """

    prepared: Prepared
    ids: pa.Array
    logits: NDArray[np.float32]
    label: Ints
    predicted: Ints
    confidence: Floats
    log_loss: Floats
    brier: Floats
    stratum: Ints
    strata: tuple[str, ...]
    unit: Ints
    independent: bool
    factor: Floats
    selected: Bools
    excluded: dict[str, int]
    sets: LabelSets | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the model's outputs."""
        return self.prepared.model.classes

    @cached_property
    def occurring(self) -> tuple[tuple[int, str], ...]:
        """(index, name) of the classes that results are given for: all, or of more than 30 those with a row or a prediction."""
        seen = np.zeros(len(self.classes), dtype=bool)
        seen[self.predicted] = True
        seen[self.label[self.label >= 0]] = True
        if self.sets is not None:
            seen |= self.sets.truth.any(axis=0) | self.sets.called.any(axis=0)
        return tuple((i, name) for i, name in enumerate(self.classes) if seen[i] or len(seen) <= MANY_CLASSES)

    @property
    def labelled(self) -> Bools:
        """Rows with a known label, or known labels."""
        return np.asarray(self.label >= 0) if self.sets is None else self.sets.known

    @property
    def correct(self) -> Floats:
        """1 where the predicted class is the label, else 0; with several labels: where exactly they are predicted."""
        return np.asarray(self.label == self.predicted if self.sets is None else self.sets.right, dtype=np.float64)

    @cached_property
    def _log_sum(self) -> Floats:
        """log Σ_c exp(logit_c) of each row, float64, a block of rows at a time."""
        step = max(1, _LOGITS_AT_ONCE // len(self.classes))
        blocks = [self.logits[first : first + step].astype(np.float64) for first in range(0, len(self.label), step)]
        return np.concatenate([np.logaddexp.reduce(block, axis=1) for block in blocks] or [np.empty(0)])

    def log_probability(self, index: int) -> Floats:
        """Log of one class's softmax probability, each row."""
        return self.logits[:, index].astype(np.float64) - self._log_sum


def read_frame(reader: Reader, plan: AuditPlan) -> Frame:
    """Join samples and the clean predictions of a run."""
    prepared = reader.prepared
    samples, predictions = reader.table("samples"), reader.table("predictions")
    predictions = predictions.filter(pc.equal(predictions["variant"], ""))
    place = np.asarray(pc.fill_null(pc.index_in(samples["sample_id"], value_set=predictions["sample_id"]), -1))
    reasons = _reasons(samples, predictions, place, len(prepared.model.classes))
    kept = np.array([reason == "" for reason in reasons], dtype=bool)
    used = samples.filter(pa.array(kept))
    label, predicted = (np.asarray(used[name], dtype=np.int64) for name in ("label", "predicted"))
    stored = predictions["logits"].take(pa.array(place[kept])).combine_chunks().flatten()
    logits = np.asarray(stored, dtype=np.float32).reshape(-1, len(prepared.model.classes))
    sets = read_label_sets(used["labels"], logits, prepared) if prepared.model.multi_label else None
    confidence, log_loss, brier = _scores(logits, label, predicted, prepared, sets)
    strata = used["stratum"].combine_chunks().dictionary_encode()
    units = used["unit"].combine_chunks().dictionary_encode()
    unit = np.asarray(units.indices, dtype=np.int64)
    bad = [reason for reason in reasons if reason]
    return Frame(
        prepared=prepared,
        ids=used["sample_id"].combine_chunks(),
        logits=logits,
        label=label,
        predicted=predicted,
        confidence=confidence,
        log_loss=log_loss,
        brier=brier,
        stratum=np.asarray(strata.indices, dtype=np.int64),
        strata=tuple(strata.dictionary.to_pylist()),
        unit=unit,
        independent=len(units.dictionary) == len(unit),
        factor=_prevalence_factor(label, prepared.model.classes, plan.prevalence),
        selected=np.asarray(used["weight"]) > 0,
        excluded={reason: bad.count(reason) for reason in sorted(set(bad))},
        sets=sets,
    )


def _reasons(samples: pa.Table, predictions: pa.Table, place: Ints, classes: int) -> list[str]:
    """Why each sample is left out, '' where it is evaluated."""
    errors = predictions["error"].to_pylist()
    lengths = np.asarray(pc.list_value_length(predictions["logits"])) if len(errors) else np.empty(0)
    reasons = []
    for own, where, predicted in zip(samples["error"].to_pylist(), place, samples["predicted"].to_pylist(), strict=True):
        if own or where < 0:
            reasons.append(own or "no prediction was stored")
        elif errors[where]:
            reasons.append(errors[where])
        elif lengths[where] != classes or predicted < 0:
            reasons.append("the stored prediction is not complete")
        else:
            reasons.append("")
    return reasons


def _scores(
    logits: NDArray[np.float32], label: Ints, predicted: Ints, prepared: Prepared, sets: LabelSets | None
) -> tuple[Floats, Floats, Floats]:
    """Confidence, log loss and Brier score of each row; a block of rows at a time, since [rows, classes] can be large."""
    classes = len(prepared.model.classes)
    rows = len(label)
    out = np.zeros((3, rows))
    step = max(1, _LOGITS_AT_ONCE // classes)
    for first in range(0, rows, step):
        part = slice(first, min(rows, first + step))
        z = logits[part].astype(np.float64)
        log_p = log_probabilities(z, prepared.model.head)
        p = np.exp(log_p)
        index = np.arange(len(z))
        if sets is not None:
            out[0, part] = p[index, predicted[part]]
            log_of = np.where(sets.truth[part], log_p, log_probabilities(-z, "sigmoid"))
            out[1, part] = np.where(sets.known[part], -log_of.mean(axis=1), 0.0)
            out[2, part] = np.where(sets.known[part], np.square(p - sets.truth[part]).mean(axis=1), 0.0)
            continue
        truth = np.maximum(label[part], 0)
        known = label[part] >= 0
        out[0, part] = p[index, predicted[part]]
        out[1, part] = np.where(known, -log_p[index, truth], 0.0)
        out[2, part] = np.where(known, np.square(p).sum(axis=1) - 2 * p[index, truth] + 1, 0.0)
    return out[0], out[1], out[2]


def log_probabilities(logits: Floats, head: str) -> Floats:
    """Log of softmax (head "softmax") or of each column's sigmoid (head "sigmoid"); logits [rows, classes]."""
    if head == "sigmoid":
        return np.asarray(-np.logaddexp(0.0, -logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _prevalence_factor(label: Ints, classes: tuple[str, ...], prevalence: dict[str, float] | None) -> Floats:
    known = label >= 0
    factor = np.ones(len(label))
    if prevalence and known.any():
        share = np.array([prevalence.get(name, 0.0) for name in classes])
        observed = np.bincount(label[known], minlength=len(classes)) / known.sum()
        ratio = np.divide(share / share.sum(), observed, out=np.zeros(len(classes)), where=observed > 0)
        factor[known] = ratio[label[known]]
    return factor
