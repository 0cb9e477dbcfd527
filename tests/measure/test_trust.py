"""The results behind the verdicts against slow definitions of their own, and the two-way interval against simulation."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from auditor.evidence.atomic import write_atomically
from auditor.evidence.facts import FillFacts, TrustFacts
from auditor.evidence.record import canonical_json
from auditor.evidence.schema import TABLES
from auditor.evidence.store import Reader, shard_path, write_shard
from auditor.measure import controls, sanity, stability
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.measure._trust_protocols import trust_protocols
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.two_way import two_way
from auditor.report.build import stored_plan
from tests.measure.synthetic import write_run

COPIES, FEATURES = 5, 49
TRUST = TrustFacts(
    cases=110,
    curve_cases=110,
    copies=COPIES,
    noise=2,
    other_class=True,
    orders=("magnitude",),
    fills=(FillFacts(name="zeros", description="0", sha256="0"),),
    steps=10,
    removals=4,
    rows={"controls": 1},
)
KEY = {"fill": "", "order": "", "draw": "", "names": None, "error": ""}


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    """(study, rows by table)."""
    run = write_run(tmp_path_factory.mktemp("run"), 1200, 120, methods=("integrated_gradients", "saliency"))
    generator = np.random.default_rng(0)
    own = Reader(run).table("attributions").to_pylist()
    curve = Reader(run).table("curves").to_pylist()
    added, curves, checks = [], [], []
    for row in own:
        case, values = {k: row[k] for k in ("sample_id", "target")} | KEY, np.array(row["values"])
        method = row["method"]
        for number in range(1, COPIES + 1):
            noise = generator.normal(size=FEATURES) * values.std() * number
            added.append({**case, "method": method, "variant": f"randomised:{number}", "values": values + noise})
        for number in (1, 2):
            noise = generator.normal(size=FEATURES) * 0.1 * values.std()
            added.append({**case, "method": method, "variant": f"input_noise:{number}", "values": values + noise})
        added.append({**case, "method": method, "variant": "other_class", "values": -values})
        if method == "saliency":
            distance = generator.integers(0, 4, FEATURES).astype(float)
            added.append({**case, "method": "", "variant": "model_free:magnitude", "values": distance})
            for number in (1, 2):
                kept = float(generator.random() < 0.9)
                named = {"method": "", "variant": f"input_noise:{number}", "fill": "", "order": "", "draw": ""}
                checks.append(
                    {**{k: row[k] for k in ("sample_id", "target")}, **named, "name": "prediction_kept", "value": kept}
                )
    for row in curve:
        if row["order"] not in ("descending", "ascending"):
            continue
        points, base = row["removed"][::2], {**row, "removed": row["removed"][::2]}
        for number in range(1, COPIES + 1):
            curves.append({**base, "variant": f"randomised:{number}", "score": generator.random(len(points))})
        curves.append({**base, "fill": "zeros", "score": generator.random(len(points))})
        if row["method"] == "saliency":
            name = "magnitude" if row["order"] == "descending" else "magnitude, reversed"
            curves.append({**base, "method": "", "order": name, "score": generator.random(len(points))})
    for name, rows in (("attributions", added), ("controls", curves), ("checks", checks)):
        write_shard(shard_path(run, name, "trust", 0, len(rows)), pa.Table.from_pylist(rows, schema=TABLES[name]))
    prepared = Reader(run).prepared.model_copy(update={"trust": TRUST})
    write_atomically(run / "evidence" / "prepared.json", canonical_json(prepared))
    reader, plan = Reader(run), stored_plan(run)[0]
    tables = {name: reader.table(name).to_pylist() for name in ("attributions", "curves", "controls", "checks", "samples")}
    return Study(reader, plan, read_frame(reader, plan)), tables


def weighted(tables, values):
    """Σ w y / Σ w over the samples a value is there for; the strata keep their shares of all rows."""
    samples = {row["sample_id"]: row for row in tables["samples"]}
    strata = {}
    for row in tables["samples"]:
        strata[row["stratum"]] = strata.get(row["stratum"], 0) + 1
    used = {}
    for name in values:
        used[samples[name]["stratum"]] = used.get(samples[name]["stratum"], 0) + 1
    assert set(used) == {row["stratum"] for row in tables["samples"] if row["weight"] > 0}
    weight = {name: strata[samples[name]["stratum"]] / used[samples[name]["stratum"]] for name in values}
    return sum(weight[name] * value for name, value in values.items()) / sum(weight.values())


def vectors(tables, method, variant):
    return {
        row["sample_id"]: np.array(row["values"])
        for row in tables["attributions"]
        if (row["method"], row["variant"]) == (method, variant)
    }


def margins(table, method, variant, fill, orders=("descending", "ascending"), every=1):
    areas = [{}, {}]
    for row in table:
        if (row["method"], row["variant"], row["fill"]) == (method, variant, fill) and row["order"] in orders:
            x = np.array(row["removed"][::every]) / row["removed"][-1]
            areas[orders.index(row["order"])][row["sample_id"]] = np.trapezoid(row["score"][::every], x)
    return {name: areas[1][name] - areas[0][name] for name in areas[0]}


def results(audit, measure, name, **where):
    found = [one for one in measure.measure(audit[0]) if one.name == name and where.items() <= one.slice.items()]
    assert len(found) == 1
    return found[0]


def test_similarity_is_the_rank_correlation_over_features_that_differ_from_the_fill(audit):
    _, tables = audit
    own, differs = vectors(tables, "saliency", ""), vectors(tables, "", "model_free:magnitude")
    copies = [vectors(tables, "saliency", f"randomised:{k}") for k in range(1, COPIES + 1)]
    values, floor = {}, {}
    for name, first in own.items():
        used = differs[name] > 0
        values[name] = np.mean([spearmanr(first[used], one[name][used]).statistic for one in copies])
        pairs = [(a, b) for a in range(COPIES) for b in range(a)]
        floor[name] = np.mean([spearmanr(copies[a][name][used], copies[b][name][used]).statistic for a, b in pairs])
    assert results(audit, sanity, "randomisation_similarity", method="saliency").value == pytest.approx(
        weighted(tables, values)
    )
    assert results(audit, sanity, "randomisation_floor", method="saliency").value == pytest.approx(weighted(tables, floor))


def test_model_dependence_is_the_margin_less_the_mean_margin_of_the_copies_on_the_same_points(audit):
    _, tables = audit
    own = margins(tables["curves"], "saliency", "", "mean", every=2)
    copies = [margins(tables["controls"], "saliency", f"randomised:{k}", "mean") for k in range(1, COPIES + 1)]
    values = {name: own[name] - np.mean([one[name] for one in copies]) for name in own}
    assert results(audit, sanity, "model_dependence", method="saliency").value == pytest.approx(weighted(tables, values))


def test_margins_over_model_free_orders_and_under_further_fills(audit):
    _, tables = audit
    own = margins(tables["curves"], "saliency", "", "mean", every=2)
    free = margins(tables["controls"], "", "", "mean", ("magnitude", "magnitude, reversed"))
    over = {name: own[name] - free[name] for name in own}
    found = results(audit, controls, "control_margin", method="saliency", control="magnitude")
    assert found.value == pytest.approx(weighted(tables, over))
    assert results(audit, controls, "model_free_margin").value == pytest.approx(weighted(tables, free))
    zeros = margins(tables["controls"], "saliency", "", "zeros")
    assert results(audit, controls, "margin_under_fill", method="saliency").value == pytest.approx(weighted(tables, zeros))


def test_stability_and_the_largest_change_leave_out_changed_predictions(audit):
    _, tables = audit
    own = vectors(tables, "saliency", "")
    noisy = {f"input_noise:{k}": vectors(tables, "saliency", f"input_noise:{k}") for k in (1, 2)}
    kept = {(r["sample_id"], r["variant"]) for r in tables["checks"] if r["name"] == "prediction_kept" and r["value"]}
    alike, change = {}, {}
    for name, first in own.items():
        others = [moved[name] for variant, moved in noisy.items() if (name, variant) in kept]
        if others:
            alike[name] = np.mean([spearmanr(first, one).statistic for one in others])
            change[name] = max(np.linalg.norm(one - first) for one in others) / np.linalg.norm(first)
    assert results(audit, stability, "stability", method="saliency").value == pytest.approx(weighted(tables, alike))
    assert results(audit, stability, "max_sensitivity", method="saliency").value == pytest.approx(weighted(tables, change))


def test_another_class_with_the_signs_turned_round_is_a_correlation_of_minus_one(audit):
    found = results(audit, sanity, "other_class_similarity", method="saliency")
    assert found.value == pytest.approx(-1) and found.interval.low == pytest.approx(-1) and found.interval.high < -0.85


def test_the_protocol_of_a_check_that_was_not_made_says_so_and_why(audit):
    study, _ = audit
    why = {"cascade": "the model cannot be copied", "noise": "the plan asks for no noisy inputs"}
    trust = TRUST.model_copy(update={"copies": 0, "noise": 0, "removals": 0, "other_class": False, "reasons": why})
    found = trust_protocols(study.frame.prepared.model_copy(update={"trust": trust}))
    assert found["cascading randomisation"] == {"made": "no: the model cannot be copied"}
    assert found["input noise"]["noise"] == "none: the plan asks for no noisy inputs"
    for name in ("weight-randomised copies", "another class", "infidelity"):
        assert found[name] == {"made": "no: the evidence holds no such checks"}
    there = trust_protocols(study.frame.prepared.model_copy(update={"trust": TRUST.model_copy(update={"cascade": ("fc",)})}))
    assert there["cascading randomisation"]["levels"] == "1: fc"
    assert not any("made" in lines for lines in there.values())


def test_methods_agree_by_the_ranks_of_their_magnitudes(audit):
    _, tables = audit
    first, second = (vectors(tables, name, "") for name in ("integrated_gradients", "saliency"))
    values = {name: spearmanr(np.abs(first[name]), np.abs(second[name])).statistic for name in first}
    assert results(audit, stability, "method_agreement").value == pytest.approx(weighted(tables, values))


def test_too_few_samples_or_copies_are_a_reason(audit):
    study, _ = audit
    few = study.frame.prepared.model_copy(update={"trust": TRUST.model_copy(update={"copies": 4})})
    from dataclasses import replace

    other = replace(study, frame=replace(study.frame, prepared=few))
    found = [one for one in sanity.measure(other) if one.name in sanity.RANDOMISED]
    assert {one.kind for one in found} == {"not_evaluated"} and "at least 5" in found[0].reason


def test_the_two_way_interval_covers_the_mean_over_new_samples_and_new_draws():
    generator = np.random.default_rng(1)
    hits, rounds, sizes = 0, 300, np.array([[100]])
    for _ in range(rounds):
        values = generator.gamma(1.0, size=(100, 1)) - 1 + 0.3 * generator.normal(size=(1, 5)) + generator.normal(size=(100, 5))
        found = two_way(RowDesign(np.zeros(100, np.int64), sizes), values, 200, 0)
        hits += found.low <= 0 <= found.high
    assert 0.93 <= hits / rounds <= 0.995
