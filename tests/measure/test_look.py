"""One look of a sequential rule, against the same by hand from the stored curves."""

import numpy as np
import pytest

from auditor.evidence.record import canonical_json
from auditor.evidence.sequential_facts import SequentialFacts
from auditor.evidence.store import Reader
from auditor.measure import look, measure_all
from auditor.report.build import stored_plan
from tests.measure.synthetic import write_run

WHERE = {"method": "saliency", "fill": "mean"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("look") / "run", 400, 150, methods=("saliency",))


def looked(run, result, prevalence=None):
    rule = SequentialFacts(result=result, slice=WHERE, half_width=0.1, planned=6, sizes=(150,))
    path = run / "evidence" / "prepared.json"
    path.write_bytes(canonical_json(Reader(run).prepared.model_copy(update={"sequential": rule})))
    plan = stored_plan(run)[0].model_copy(update={"prevalence": prevalence})
    return look(run, plan), plan


def by_hand(run):
    """(stratum, label, margin, span) of each explained case."""
    samples = {row["sample_id"]: row for row in Reader(run).table("samples").to_pylist()}
    curves = {}
    for row in Reader(run).table("curves").to_pylist():
        if row["method"] == "saliency" and row["fill"] == "mean":
            area = np.trapezoid(row["score"], np.array(row["removed"]) / row["removed"][-1])
            curves.setdefault(row["sample_id"], {})[row["order"]] = area, row["score"][0] - row["score"][-1]
    return [
        (samples[name]["stratum"], samples[name]["label"], own["ascending"][0] - own["descending"][0], own["descending"][1])
        for name, own in curves.items()
    ]


def spread(cases, value):
    """Of `value(label, margin, span)` by stratum; one case has none."""
    values = {}
    for stratum, *case in cases:
        values.setdefault(stratum, []).append(value(*case))
    return {name: np.std(own, ddof=1) for name, own in values.items() if len(own) > 1}


def test_value_and_interval_are_those_of_the_report_at_the_level_of_one_look(run):
    seen, plan = looked(run, "faithfulness_margin")
    made = {(one.name, one.slice.get("method")): one for one in measure_all(Reader(run), plan).results}
    margin = made["faithfulness_margin", "saliency"]
    assert (seen.look.value, seen.look.low, seen.look.high) == (margin.value, margin.interval.low, margin.interval.high)
    assert seen.look.half_width == pytest.approx((margin.interval.high - margin.interval.low) / 2)
    assert seen.look.rows == 150 and seen.unit == "probability"


def test_the_spread_is_the_standard_deviation_of_each_stratum(run):
    seen, _ = looked(run, "faithfulness_margin")
    assert seen.spread == pytest.approx(spread(by_hand(run), lambda label, margin, span: margin))


def test_the_spread_of_a_ratio_is_that_of_its_linearised_values(run):
    seen, _ = looked(run, "normalised_margin")
    assert seen.spread == pytest.approx(spread(by_hand(run), lambda label, margin, span: margin - seen.look.value * span))


def test_a_declared_prevalence_weighs_the_spread(run):
    classes = Reader(run).prepared.model.classes
    share = {name: 0.7 if name == classes[0] else 0.3 / (len(classes) - 1) for name in classes}
    seen, _ = looked(run, "faithfulness_margin", share)
    labels = np.array([row["label"] for row in Reader(run).table("samples").to_pylist()])
    factor = [share[name] / np.mean(labels == c) for c, name in enumerate(classes)]
    expected = spread(by_hand(run), lambda label, margin, span: (margin - seen.look.value) * factor[label])
    assert seen.spread == pytest.approx(expected)
