from itertools import combinations

import numpy as np
import pytest
from scipy.stats import spearmanr

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.evidence.store import Reader
from auditor.measure import measure_all
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.measure.ensemble import NAMES, measure, member_names
from auditor.report.build import stored_plan
from tests.measure import some_kinds
from tests.measure.synthetic import replace_table, write_run
from tests.measure.synthetic_kinds import write_kind


def study_of(run):
    plan, _ = stored_plan(run)
    reader = Reader(run)
    return Study(reader, plan, read_frame(reader, plan))


def by_name(results):
    return {(result.name, *result.slice.values()): result for result in results}


@pytest.fixture(scope="module")
def kind():
    return some_kinds.ensemble(300)


@pytest.fixture(scope="module")
def run(kind, tmp_path_factory):
    return write_kind(tmp_path_factory.mktemp("run"), kind)


@pytest.fixture(scope="module")
def found(run):
    return by_name(measure(study_of(run)))


def test_predictions_of_the_members_are_compared_by_hand(kind, found):
    said, whole = kind.members.argmax(axis=2), kind.logits.argmax(axis=1)
    for m in range(3):
        assert found["member_accuracy", f"net {m}"].value == pytest.approx(np.mean(said[m] == kind.label))
        assert found["member_differs", f"net {m}"].value == pytest.approx(np.mean(said[m] != whole))
    assert found["members_disagreement",].value == pytest.approx(np.mean(said.min(axis=0) != said.max(axis=0)))
    pairs = [np.mean(said[a] != said[b]) for a, b in combinations(range(3), 2)]
    assert found["members_pairwise_disagreement",].value == pytest.approx(np.mean(pairs))
    e = np.exp(kind.members.astype(np.float32).astype(np.float64))
    p = (e / e.sum(axis=2, keepdims=True))[:, np.arange(300), whole]
    assert found["members_spread",].value == pytest.approx(p.std(axis=0, ddof=1).mean())
    assert found["members_disagreement",].interval.low < found["members_disagreement",].value


def test_attributions_of_the_members_are_compared_by_hand(run, found):
    weight = {row["sample_id"]: row["weight"] for row in Reader(run).table("samples").to_pylist()}
    own = {}
    for row in Reader(run).table("attributions").to_pylist():
        if row["variant"] and row["method"] == "saliency":
            own.setdefault(row["sample_id"], []).append(row["values"])
    correlation, spread, mass = [], [], []
    for sample, members in own.items():
        values = np.array(members, dtype=np.float64)
        correlation.append(np.mean([spearmanr(values[a], values[b])[0] for a, b in combinations(range(3), 2)]))
        spread.append(values.std(axis=0, ddof=1).sum() / np.abs(values).mean(axis=0).sum())
        mass.append(weight[sample])
    for name, expected in (("members_rank_correlation", correlation), ("members_attribution_spread", spread)):
        result = found[name, "saliency"]
        assert result.value == pytest.approx(np.average(expected, weights=mass))
        assert isinstance(result, Estimate)
        assert result.interval.low < result.value < result.interval.high


def test_no_other_result_changes_when_the_members_rows_are_gone(run, tmp_path, kind):
    alone = write_kind(tmp_path, kind)
    for name in ("predictions", "attributions"):
        replace_table(alone, name, [row for row in Reader(alone).table(name).to_pylist() if not row["variant"]])
    plan, _ = stored_plan(run)
    with_members, without = (measure_all(Reader(path), plan).results for path in (run, alone))
    assert [r for r in with_members if r.name not in NAMES] == [r for r in without if r.name not in NAMES]
    gaps = [r for r in without if r.name in NAMES]
    assert {r.name for r in gaps} == set(NAMES) - {"member_accuracy"} | {"member_accuracy"}
    assert all(isinstance(r, NotEvaluated) for r in gaps)


def test_a_single_model_has_no_members_to_speak_of(tmp_path):
    assert list(measure(study_of(write_run(tmp_path, 60, 10)))) == []


def test_members_of_one_name_are_told_apart(run):
    study = study_of(run)
    prepared = study.frame.prepared
    members = tuple(member.model_copy(update={"name": "net"}) for member in prepared.model.members[:2])
    model = prepared.model.model_copy(update={"members": members})
    object.__setattr__(study.frame, "prepared", prepared.model_copy(update={"model": model}))
    assert member_names(study) == ("net #0", "net #1")


def test_a_member_whose_attribution_failed_leaves_the_case_out_and_counts_it(run, tmp_path, kind):
    other = write_kind(tmp_path, kind)
    rows = Reader(other).table("attributions").to_pylist()
    chosen = [row for row in rows if row["variant"] == "member:1" and row["method"] == "random"]
    for row in chosen[:4]:
        row.update(values=[], error="NaN")
    for row in chosen[4:6]:
        row.update(values=[1.0] * 8)
    replace_table(other, "attributions", rows)
    result = by_name(measure(study_of(other)))["members_rank_correlation", "random"]
    assert result.samples.rows == len(chosen) - 6
    assert result.notes[0].startswith("6 cases left out: fewer than 5 features, all attributions equal, or a member's")


def test_several_labels_disagree_where_their_sets_differ(tmp_path):
    kind = some_kinds.several_labels(200)
    kind.members = kind.logits + np.random.default_rng(0).normal(0, 1, (3, *kind.logits.shape))
    found = by_name(measure(study_of(write_kind(tmp_path, kind))))
    called = kind.members >= 0
    assert found["members_disagreement",].value == pytest.approx(np.mean((called != called[0]).any(axis=(0, 2))))
    truth = np.array([[c in labels for c in range(5)] for labels in kind.labels])
    assert found["member_accuracy", "net 2"].value == pytest.approx(np.mean((called[2] == truth).all(axis=1)))
