"""Two audits of models with several labels, one logit, or no labels at all, against each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics

from auditor.measure._changes.explained import explanation_changes
from auditor.measure._changes.flips import flips
from auditor.measure._changes.pairs import pair
from auditor.measure._changes.performance import performance_changes
from tests.measure import some_kinds
from tests.measure.synthetic_kinds import write_kind
from tests.measure.test_changes import audit


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    old = some_kinds.several_labels(400, unknown=30)
    noise = np.random.default_rng(7).normal(0, 0.8, old.logits.shape)
    new = replace(old, logits=(old.logits + noise).astype(np.float32))
    pairs = pair(audit(write_kind(folder / "old", old)), audit(write_kind(folder / "new", new)))
    return old, new, pairs


def test_differences_of_several_labels_are_scikit_learns(both):
    old, new, pairs = both
    truth = np.zeros((370, 5), dtype=int)
    for row in range(370):
        truth[row, old.labels[row]] = 1
    assert pairs.pairing.labelled == 370
    found = {(c.name, c.slice.get("class", "")): c for c in performance_changes(pairs)}

    def difference(score):
        return score(truth, new.called[:370].astype(int)) - score(truth, old.called[:370].astype(int))

    expected = {
        ("accuracy", ""): difference(metrics.accuracy_score),
        ("hamming_loss", ""): difference(metrics.hamming_loss),
        ("micro_f1", ""): difference(lambda t, c: metrics.f1_score(t, c, average="micro")),
        ("recall", "dog"): difference(lambda t, c: metrics.recall_score(t[:, 1], c[:, 1])),
        ("precision", "bird"): difference(lambda t, c: metrics.precision_score(t[:, 2], c[:, 2])),
        ("f1", "horse"): difference(lambda t, c: metrics.f1_score(t[:, 4], c[:, 4])),
    }
    for key, value in expected.items():
        one = found[key].difference
        assert one.value == pytest.approx(value, abs=1e-9), key
        assert one.interval is None or one.interval.low < one.value < one.interval.high
    assert ("balanced_accuracy", "") not in found


def test_a_flip_of_several_labels_is_told_with_all_of_them(both):
    old, new, pairs = both
    found = flips(pairs)
    changed = (old.called != new.called).any(axis=1)
    assert found.same == 400 - changed.sum() and found.unlabelled == changed[370:].sum()
    classes = np.array(old.classes)
    rows = {", ".join(classes[new.called[row]]) or "none" for row in np.flatnonzero(changed)}
    assert found.examples_to_wrong and {one.new for one in found.examples_to_wrong} <= rows


def test_a_sample_with_several_explained_labels_counts_once(both):
    old, new, pairs = both
    one = next(explanation_changes(pairs))
    assert one.difference.samples.rows == int(((old.weight > 0) & (new.weight > 0)).sum())


def test_without_labels_predictions_and_explanations_are_compared_all_the_same(tmp_path):
    old = some_kinds.one_logit(300)
    old = replace(old, label=np.full(300, -1))
    new = replace(old, logits=-old.logits)
    pairs = pair(audit(write_kind(tmp_path / "old", old)), audit(write_kind(tmp_path / "new", new)))
    assert list(performance_changes(pairs)) == [] and pairs.pairing.labelled == 0
    found = flips(pairs)
    assert (found.same, found.unlabelled, found.to_wrong) == (0, 300, 0)
    assert {c.name for c in explanation_changes(pairs)} >= {"normalised_margin", "deletion_auc"}
