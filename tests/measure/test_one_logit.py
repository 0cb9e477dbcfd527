"""One logit for two classes: every score is scikit-learn's on its sigmoid."""

import numpy as np
import pytest
from sklearn import metrics

from auditor.evidence.store import Reader
from auditor.measure import measure_all
from auditor.report.build import stored_plan
from tests.measure import some_kinds
from tests.measure.synthetic_kinds import write_kind


def results_of(run, gated=()):
    plan, _ = stored_plan(run)
    measured = measure_all(Reader(run), plan, gated)
    return {(result.name, *result.slice.values()): result for result in measured.results}, measured


def test_one_logit_gives_what_scikit_learn_gives_for_its_sigmoid(tmp_path):
    kind = some_kinds.one_logit(400)
    found, _ = results_of(write_kind(tmp_path, kind))
    p, label = 1 / (1 + np.exp(-kind.logits[:, 1].astype(np.float64))), kind.label
    assert found["accuracy",].value == pytest.approx(metrics.accuracy_score(label, p > 0.5))
    assert found["log_loss",].value == pytest.approx(metrics.log_loss(label, p))
    assert found["brier_score",].value == pytest.approx(2 * metrics.brier_score_loss(label, p))
    assert found["roc_auc",].value == pytest.approx(metrics.roc_auc_score(label, p))
    assert found["macro_f1",].value == pytest.approx(metrics.f1_score(label, p > 0.5, average="macro"))
    confidence = np.maximum(p, 1 - p)
    assert found["overconfidence",].value == pytest.approx(confidence.mean() - np.mean((p > 0.5) == label))
    gaps = [
        abs(np.sum(((p > 0.5) == label)[inside] - confidence[inside]))
        for k in range(15)
        if (inside := (confidence > k / 15) & (confidence <= (k + 1) / 15)).any()
    ]
    assert found["expected_calibration_error",].value == pytest.approx(sum(gaps) / len(label))
