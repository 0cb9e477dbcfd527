"""Two synthetic audits measured against each other: pairing, values by their definition, intervals, gaps."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from auditor.errors import AuditError
from auditor.evidence import identity
from auditor.evidence.record import canonical_json
from auditor.evidence.results import Estimate
from auditor.evidence.sequential_facts import SequentialFacts
from auditor.evidence.store import Reader
from auditor.measure._changes.explained import explanation_changes
from auditor.measure._changes.flips import flips
from auditor.measure._changes.pairs import Pairs, pair, read_audit
from auditor.measure._changes.performance import performance_changes
from auditor.measure._changes.tables import JointTable
from auditor.report.build import stored_plan
from tests.measure.synthetic import replace_table, write_run


def audit(run: Path):
    return read_audit(Reader(run), stored_plan(run)[0])


def rewrite(run: Path, **data: object) -> Path:
    """Change facts of the data in prepared.json."""
    prepared = Reader(run).prepared
    changed = prepared.model_copy(update={"data": prepared.data.model_copy(update=data)})
    (run / "evidence" / "prepared.json").write_bytes(canonical_json(changed))
    return run


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("runs")
    sizes = {"rows": 900, "selected": 300}
    return write_run(folder / "old", **sizes), write_run(folder / "new", **sizes, error_rate=0.08)


@pytest.fixture(scope="module")
def pairs(runs) -> Pairs:
    return pair(audit(runs[0]), audit(runs[1]))


def test_samples_are_matched_by_id_and_content_in_one_order(pairs):
    assert (pairs.pairing.by, pairs.pairing.pairs, pairs.pairing.only_old) == ("id and content", 900, 0)
    assert pairs.old.ids.to_pylist() == pairs.new.ids.to_pylist()
    assert (pairs.old.label == pairs.new.label).all()


def test_values_are_those_of_their_definitions(pairs):
    changes = {(c.name, c.slice.get("class", "")): c for c in performance_changes(pairs)}
    label, old, new = pairs.new.label, pairs.old.predicted, pairs.new.predicted
    assert changes["accuracy", ""].difference.value == pytest.approx((new == label).mean() - (old == label).mean())
    recall = [[(p[label == c] == c).mean() for c in range(10)] for p in (old, new)]
    assert changes["recall", "3"].difference.value == pytest.approx(recall[1][3] - recall[0][3])
    assert changes["balanced_accuracy", ""].difference.value == pytest.approx(np.mean(recall[1]) - np.mean(recall[0]))
    precision = [(label[p == 4] == 4).mean() for p in (old, new)]
    assert (changes["precision", "4"].old, changes["precision", "4"].new) == pytest.approx(precision)
    loss = changes["log_loss", ""]
    assert loss.difference.value == pytest.approx((pairs.new.log_loss - pairs.old.log_loss).mean())
    assert loss.difference.interval.low < loss.difference.value < loss.difference.interval.high


def test_the_resampled_tables_spread_as_resampled_rows_do(pairs):
    table = JointTable(pairs, np.ones(900, dtype=bool))
    drawn = np.concatenate([n.balanced_accuracy() - o.balanced_accuracy() for o, n in table.resample(2000, 0)])
    generator, label = np.random.default_rng(1), pairs.new.label
    slowly = []
    for _ in range(2000):
        rows = generator.integers(0, 900, 900)
        shares = [
            np.mean([(frame.predicted[rows][label[rows] == c] == c).mean() for c in np.unique(label[rows])])
            for frame in (pairs.old, pairs.new)
        ]
        slowly.append(shares[1] - shares[0])
    assert np.std(drawn) == pytest.approx(np.std(slowly), rel=0.1)
    assert np.mean(drawn) == pytest.approx(np.mean(slowly), abs=0.1 * np.std(slowly))
    psi = table.sides[1].influence_recall() - table.sides[0].influence_recall()
    assert np.sqrt((psi**2).sum()) == pytest.approx(np.std(slowly), rel=0.1)


def test_a_margin_change_is_weighted_to_the_rows_of_its_joint_stratum(pairs):
    curves = []
    for run in (pairs.before.reader, pairs.after.reader):
        area: dict[str, dict[str, float]] = defaultdict(dict)
        for row in run.table("curves").to_pylist():
            if row["method"] == "saliency":
                fraction = np.array(row["removed"]) / row["removed"][-1]
                area[row["sample_id"]][row["order"]] = np.trapezoid(np.array(row["score"], dtype=float), fraction)
        curves.append({name: found["ascending"] - found["descending"] for name, found in area.items()})
    strata = [
        {row["sample_id"]: row["stratum"] for row in run.table("samples").to_pylist()}
        for run in (pairs.before.reader, pairs.after.reader)
    ]
    members: dict[tuple[str, str], list[float]] = defaultdict(list)
    for name in curves[0].keys() & curves[1].keys():
        members[strata[0][name], strata[1][name]].append(curves[1][name] - curves[0][name])
    population: dict[tuple[str, str], int] = defaultdict(int)
    for name in strata[0]:
        population[strata[0][name], strata[1][name]] += 1
    expected = sum(population[key] * np.mean(found) for key, found in members.items()) / sum(population[key] for key in members)
    (found,) = [c for c in explanation_changes(pairs) if c.name == "faithfulness_margin" and c.slice["method"] == "saliency"]
    assert found.difference.value == pytest.approx(expected, rel=1e-6)
    assert found.difference.samples.rows == len(curves[0].keys() & curves[1].keys())


def test_two_runs_of_one_model_differ_by_exactly_nothing(runs):
    same = pair(audit(runs[0]), audit(runs[0]))
    changes = [*performance_changes(same), *explanation_changes(same)]
    assert all(c.equal and c.difference.value == 0 and c.difference.interval is None for c in changes)
    assert len(changes) == 7 + 30 + 12 + 12 + 10  # overall, by class, explanations, separation, specificity
    assert (flips(same).largest, flips(same).same, flips(same).to_wrong) == (0, 900, 0)


def test_flips_count_every_row_once_and_show_the_surest_first(pairs):
    found = flips(pairs)
    assert found.same + found.to_wrong + found.to_right + found.other_wrong + found.unlabelled == 900
    right = [frame.predicted == pairs.new.label for frame in (pairs.old, pairs.new)]
    assert found.to_wrong == int((right[0] & ~right[1]).sum()) > 0
    shown = [one.new_confidence for one in found.examples_to_wrong]
    assert shown == sorted(shown, reverse=True) and len(shown) == 10
    assert all(one.old == one.label != one.new for one in found.examples_to_wrong)


def test_no_example_is_listed_where_a_plan_does_not_show_rows(tmp_path, runs):
    hidden = write_run(tmp_path / "hidden", 200, 60, extra={"examples": "redacted"}, error_rate=0.2)
    found = flips(pair(audit(write_run(tmp_path / "old", 200, 60)), audit(hidden)))
    assert found.to_wrong > 0 and found.examples_to_wrong == () and "examples: full" in found.withheld


def test_rows_of_a_patient_count_together(tmp_path):
    alone = [write_run(tmp_path / f"a{n}", 600, 100, error_rate=rate) for n, rate in enumerate((0.03, 0.1))]
    units = [write_run(tmp_path / f"u{n}", 600, 100, unit_size=6, error_rate=rate) for n, rate in enumerate((0.03, 0.1))]
    one, six = (next(performance_changes(pair(audit(a), audit(b)))) for a, b in (alone, units))
    assert one.difference.value == pytest.approx(six.difference.value)
    assert six.difference.samples.units == 100 and "bootstrap-t" in six.difference.interval.how
    mixed = pair(audit(alone[0]), audit(units[1]))  # no more independent than either audit says
    assert not mixed.new.independent


def test_a_changed_row_has_no_partner_unless_ids_alone_decide(tmp_path):
    old, new = (write_run(tmp_path / name, 200, 60) for name in ("old", "new"))
    rows = Reader(new).table("samples").to_pylist()
    for row in rows[:20]:
        row["digest"] = "0" * 64
    rows[5]["label"] = (rows[5]["label"] + 1) % 10
    replace_table(new, "samples", rows)
    found = pair(audit(old), audit(new)).pairing
    assert (found.pairs, found.only_old, found.only_new, found.other_content) == (180, 20, 20, 20)
    found = pair(audit(old), audit(new), "id").pairing
    assert (found.by, found.pairs, found.other_content) == ("id", 199, 20)  # another label is another question


def test_a_row_that_one_audit_excluded_is_counted(tmp_path):
    old, new = (write_run(tmp_path / name, 200, 60) for name in ("old", "new"))
    rows = Reader(new).table("samples").to_pylist()
    rows[0]["error"] = "unreadable"
    replace_table(new, "samples", rows)
    found = pair(audit(old), audit(new)).pairing
    assert (found.pairs, found.lost, found.only_old) == (199, 1, 1)


def test_runs_that_cannot_be_compared_say_why(tmp_path):
    old = write_run(tmp_path / "old", 120, 50)
    with pytest.raises(AuditError, match="share no sample"):
        pair(audit(old), audit(write_run(tmp_path / "other", 120, 50, seed=9)))
    key = rewrite(write_run(tmp_path / "key", 120, 50), id_key="ffff")
    assert pair(audit(old), audit(key)).pairing.by == "content"  # these digests carry no key
    rows = Reader(key).table("samples").to_pylist()
    replace_table(key, "samples", [{**row, "digest": row["digest"][::-1]} for row in rows])
    with pytest.raises(AuditError, match="different keys"):
        pair(audit(old), audit(key))
    names = [f"class {n}" for n in range(10)]
    other = write_run(tmp_path / "classes", 120, 50)
    prepared = Reader(other).prepared
    changed = prepared.model_copy(update={"model": prepared.model.model_copy(update={"classes": tuple(names)})})
    (other / "evidence" / "prepared.json").write_bytes(canonical_json(changed))
    with pytest.raises(AuditError, match="other classes") as error:
        pair(audit(old), audit(other))
    assert "only in the new: class 0" in error.value.found


def test_whoever_holds_the_key_may_compare_plain_with_hashed_ids(tmp_path, monkeypatch):
    monkeypatch.setenv("AUDITOR_ID_KEY", str(tmp_path / "key"))
    (tmp_path / "key").write_bytes(b"0123456789abcdef0123")
    key = identity.id_key()
    plain = rewrite(write_run(tmp_path / "plain", 120, 50), ids="plain", id_key="")
    hashed = rewrite(write_run(tmp_path / "hashed", 120, 50), id_key=identity.fingerprint(key))
    for table in ("samples", "predictions", "attributions", "curves", "checks"):
        rows = Reader(hashed).table(table).to_pylist()
        for row in rows:
            row["sample_id"] = identity.hashed_id(key, row["sample_id"])
            if table == "samples":
                row["digest"] = _keyed(key, row["digest"])
        replace_table(hashed, table, rows)
    found = pair(audit(plain), audit(hashed))
    assert found.pairing.pairs == 120
    assert all(c.difference.value == 0 for c in performance_changes(found) if isinstance(c.difference, Estimate))


def _keyed(key: bytes, digest: str) -> str:
    return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()


def test_a_difference_allows_for_every_pair_of_looks_at_which_two_rules_may_have_ended(tmp_path):
    made = [write_run(tmp_path / name, 300, 80, methods=("saliency",)) for name in ("old", "new")]
    for run, planned in zip(made, (2, 3), strict=True):
        path = run / "evidence" / "prepared.json"
        rule = SequentialFacts(result="accuracy", slice={}, half_width=0.1, planned=planned, sizes=(80,), ended="narrow")
        path.write_bytes(canonical_json(Reader(run).prepared.model_copy(update={"sequential": rule})))
    assert pair(*(read_audit(Reader(run), audit(run).plan) for run in made)).study.looks == 6
    assert pair(audit(made[0]), audit(write_run(tmp_path / "fixed", 300, 80, methods=("saliency",)))).study.looks == 2
