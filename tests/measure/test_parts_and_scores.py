"""Margins of parts of the cases, AOPC and its relatives, other tools' areas and the cascade: each against a slow definition."""

import csv
import io

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from auditor.evidence.atomic import write_atomically
from auditor.evidence.facts import PresetFacts, TrustFacts
from auditor.evidence.record import canonical_json
from auditor.evidence.results import NotEvaluated, Samples
from auditor.evidence.schema import TABLES
from auditor.evidence.store import Reader, shard_path, write_shard
from auditor.measure import cascade, margin_parts, presets, removal_scores
from auditor.measure._frame import read_frame
from auditor.measure._results import estimate
from auditor.measure._study import Study
from auditor.measure.statistics.intervals import Bounded
from auditor.report.build import stored_plan
from tests.measure.synthetic import write_run
from tests.measure.test_trust import weighted

LEVELS = ("head", "body.2 to body.0")
EQUAL = PresetFacts(name="rise-2018", score="probability", area="equal spacing", terms={"points": "5"})
TRUE = PresetFacts(name="torch-cam", score="logit", area="fractions", terms={"points": "5"})


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    """(study, rows by table)."""
    run = write_run(tmp_path_factory.mktemp("run"), 1200, 400, methods=("integrated_gradients", "saliency"), error_rate=0.1)
    generator = np.random.default_rng(0)
    added, curves = [], []
    for row in Reader(run).table("attributions").to_pylist():
        for level in range(1, len(LEVELS) + 1):
            noise = generator.normal(size=len(row["values"])) * np.std(row["values"]) * level
            added.append({**row, "variant": f"cascade:{level}", "values": np.array(row["values"]) + noise})
        for preset in ("rise-2018", "torch-cam"):
            for order in ("deletion", "insertion"):
                own = {"fill": preset, "order": order, "removed": [0, 20, 40, 60, 64], "score": generator.random(5)}
                curves.append({**row, **own})
    for table, rows in (("attributions", added), ("protocols", curves)):
        write_shard(shard_path(run, table, "further", 0, len(rows)), pa.Table.from_pylist(rows, schema=TABLES[table]))
    trust = TrustFacts(cases=400, cascade=LEVELS, cascade_methods=("saliency",), cascade_cases=400, rows={"controls": 0})
    prepared = Reader(run).prepared.model_copy(update={"trust": trust, "protocols": (EQUAL, TRUE)})
    write_atomically(run / "evidence" / "prepared.json", canonical_json(prepared))
    reader, plan = Reader(run), stored_plan(run)[0]
    tables = {name: reader.table(name).to_pylist() for name in ("attributions", "curves", "samples", "protocols")}
    return Study(reader, plan, read_frame(reader, plan)), tables


def curve_of(tables, method, order):
    return {r["sample_id"]: r for r in tables["curves"] if (r["method"], r["order"]) == (method, order)}


def margins(tables, method):
    down, up = (curve_of(tables, method, order) for order in ("descending", "ascending"))
    area = {n: [np.trapezoid(c[n]["score"], np.array(c[n]["removed"]) / c[n]["removed"][-1]) for c in (down, up)] for n in down}
    return {name: up - down for name, (down, up) in area.items()}


def results(audit, measure, **where):
    return [one for one in measure.measure(audit[0]) if where.items() <= one.slice.items()]


@pytest.mark.parametrize("outcome", ["right", "wrong"])
def test_the_margin_where_the_model_is_right_and_wrong_is_the_weighted_mean_over_these_cases(audit, outcome):
    _, tables = audit
    samples = {row["sample_id"]: row for row in tables["samples"]}
    part = {n: v for n, v in margins(tables, "saliency").items() if samples[n]["stratum"].endswith(outcome)}
    weight = {name: samples[name]["weight"] for name in part}
    mean = sum(weight[n] * v for n, v in part.items()) / sum(weight.values())
    (found,) = results(audit, margin_parts, method="saliency", outcome=outcome)
    assert found.value == pytest.approx(mean) and found.samples.rows == len(part)
    assert found.interval.low < found.value < found.interval.high


def test_the_margin_of_a_class_is_that_of_the_cases_predicted_as_it(audit):
    _, tables = audit
    samples = {row["sample_id"]: row for row in tables["samples"]}
    for name in ("0", "7"):
        part = {n: v for n, v in margins(tables, "integrated_gradients").items() if samples[n]["predicted"] == int(name)}
        weight = {one: samples[one]["weight"] for one in part}
        mean = sum(weight[n] * v for n, v in part.items()) / sum(weight.values())
        found = [one for one in results(audit, margin_parts, method="integrated_gradients") if one.slice.get("class") == name]
        assert found[0].value == pytest.approx(mean)


def test_fewer_than_thirty_cases_are_a_reason(tmp_path):
    run = write_run(tmp_path, 200, 100, methods=("saliency",))
    study = Study(Reader(run), stored_plan(run)[0], read_frame(Reader(run), stored_plan(run)[0]))
    found = [one for one in margin_parts.measure(study) if "class" in one.slice]
    assert len(found) == 10 and all("at least 30" in one.reason for one in found if isinstance(one, NotEvaluated))
    assert any(isinstance(one, NotEvaluated) for one in found)


def test_aopc_comprehensiveness_and_sufficiency_are_their_definitions(audit):
    study, tables = audit
    list(removal_scores.measure(study))
    rows = list(csv.DictReader(io.StringIO(study.tables["tables/removal_scores.csv"].decode())))
    found = {row["name"]: float(row["value"]) for row in rows if row["method"] == "saliency"}
    down, up = (curve_of(tables, "saliency", order) for order in ("descending", "ascending"))
    aopc, least, comprehensive, sufficient = {}, {}, {}, {}
    for name, curve in down.items():
        full, x = curve["score"][0], np.array(curve["removed"]) / curve["removed"][-1]
        aopc[name] = sum(full - value for value in curve["score"]) / len(x)
        least[name] = sum(full - value for value in up[name]["score"]) / len(x)
        kept = np.array(up[name]["score"])
        bins = (0, 0.05, 0.1, 0.2, 0.5)
        comprehensive[name] = np.mean([full - np.interp(share, x, curve["score"]) for share in bins])
        sufficient[name] = np.mean([full - np.interp(1 - share, x, kept) for share in bins])
    expected = (aopc, least, comprehensive, sufficient)
    for name, values in zip(removal_scores.DEFINITIONS, expected, strict=True):
        assert found[name] == pytest.approx(weighted(tables, values)), name
    assert all("et al." in row["definition"] for row in rows) and {row["samples"] for row in rows} == {"400"}


def test_a_cut_that_keeps_everything_costs_nothing_and_one_that_keeps_nothing_all():
    # one feature carries all: removed first it leaves 0, kept first it leaves 1
    x = np.linspace(0, 1, 21)
    forth, back = np.where(x > 0, 0.0, 1.0)[None], np.where(x < 1, 1.0, 0.0)[None]
    aopc, least, comprehensive, sufficient = removal_scores.scores(x, forth, back)[0]
    assert (aopc, least) == (20 / 21, 1 / 21)
    assert comprehensive == pytest.approx(4 / 5) and sufficient == pytest.approx(1 / 5)


def test_areas_under_a_preset_follow_its_own_rule(audit):
    _, tables = audit
    for preset, rule in (("rise-2018", lambda s: (sum(s) - (s[0] + s[-1]) / 2) / 4), ("torch-cam", None)):
        for order in ("deletion", "insertion"):
            values = {}
            for row in tables["protocols"]:
                if (row["method"], row["fill"], row["order"]) == ("saliency", preset, order):
                    values[row["sample_id"]] = (
                        rule(row["score"]) if rule else np.trapezoid(row["score"], np.array(row["removed"]) / 64)
                    )
            (found,) = [one for one in results(audit, presets, method="saliency", protocol=preset) if order in one.name]
            assert found.value == pytest.approx(weighted(tables, values))
            assert found.protocol == f"preset {preset}" and found.unit == ("probability" if rule else "logit")


def test_the_cascade_is_the_rank_correlation_with_the_audited_models_order_level_by_level(audit):
    _, tables = audit
    values = {(r["variant"], r["sample_id"]): r["values"] for r in tables["attributions"] if r["method"] == "saliency"}
    for level in (1, 2):
        names = {name for variant, name in values if variant == f"cascade:{level}"}
        alike = {n: spearmanr(values["", n], values[f"cascade:{level}", n]).statistic for n in names}
        (found,) = results(audit, cascade, method="saliency", level=str(level))
        assert found.value == pytest.approx(weighted(tables, alike)) and LEVELS[level - 1] in found.notes[0]
    (left,) = results(audit, cascade, method="integrated_gradients")
    assert isinstance(left, NotEvaluated)


@pytest.mark.parametrize(
    ("name", "unit", "low", "high", "expected"),
    [
        ("deletion_auc", "probability", -0.02, 0.3, (0, 0.3, True)),
        ("insertion_auc", "probability", 0.8, 1.04, (0.8, 1, True)),
        ("insertion_auc", "logit", 0.8, 1.04, (0.8, 1.04, False)),
        ("faithfulness_margin", "probability", 0.2, 1.3, (0.2, 1, True)),
        ("control_margin", "probability", 0.2, 1.3, (0.2, 1.3, False)),
        ("normalised_margin", "ratio", 0.2, 1.3, (0.2, 1.3, False)),
        ("accuracy", "fraction", 0.2, 0.9, (0.2, 0.9, False)),
    ],
)
def test_an_interval_ends_where_the_possible_values_do_and_says_so(name, unit, low, high, expected):
    samples = Samples(rows=60, units=60, population="cases")
    found = estimate(name, {}, unit, samples, Bounded(0.25 if low < 0.25 else 0.9, low, high, "bootstrap-t")).interval
    assert (found.low, found.high) == expected[:2]
    assert ("cut to the possible values" in found.how) == expected[2]
