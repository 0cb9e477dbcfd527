import itertools

import pytest

from auditor import registry
from auditor.evidence.results import Estimate, Interval, NotEvaluated, Samples
from auditor.evidence.store import Reader
from auditor.judge import exit_status, verdicts
from auditor.judge.criteria import beats_random
from auditor.judge.verdict import NO_ATTRIBUTIONS, holm, words
from auditor.report.build import stored_plan
from tests.measure.synthetic import write_run

SAMPLES = Samples(rows=500, units=500, population="selected cases")
ALL_MET = dict.fromkeys(("V1", "V2", "V3", "V4", "V5", "V6"), "met")


def test_holm_multiplies_by_what_is_left():
    assert holm({"a": 0.01, "b": 0.02, "c": 0.9}) == {"a": pytest.approx(0.03), "b": pytest.approx(0.04), "c": 0.9}
    assert holm({"a": 0.02, "b": 0.015}) == {"b": pytest.approx(0.03), "a": pytest.approx(0.03)}  # never below an earlier one
    assert holm({"a": 0.7, "b": 0.6}) == {"a": 1.0, "b": 1.0}


def expected_verdict(statuses):
    """The rule of the specification, read aloud."""
    if any(statuses[name] == "not met" for name in ("V1", "V3", "V4")):
        return "do not rely on"
    if any(statuses[name] in ("inconclusive", "not evaluated") for name in ("V1", "V3")):
        return "do not rely on"
    if all(status in ("met", "not applicable") for status in statuses.values()):
        return "usable for class-level rankings"
    return "with caution"


def test_the_verdict_of_every_combination():
    choices = ("met", "not met", "inconclusive", "not evaluated")
    for combination in itertools.product(choices, choices, choices, (*choices, "not applicable")):
        statuses = dict(zip(("V1", "V2", "V3", "V4"), combination, strict=True)) | {"V5": "met", "V6": "met"}
        assert words(statuses)[0] == expected_verdict(statuses)


@pytest.mark.parametrize("name", ["V2", "V5", "V6"])
def test_caution_names_the_criteria(name):
    verdict, why = words(ALL_MET | {name: "inconclusive"})
    assert verdict == "with caution"
    assert "inconclusive" in why


def test_untested_weights_are_said_so():
    assert words(ALL_MET | {"V3": "not evaluated"}) == (
        "do not rely on",
        "not shown: dependence on the weights was not tested",
    )


def test_attention_is_no_attribution_and_never_usable_without_caution():
    assert words(ALL_MET, attribution=False) == (
        "with caution",
        "attention is not an attribution, even where every criterion is met",
    )
    assert words(ALL_MET | {"V1": "not met"}, attribution=False)[0] == "do not rely on"
    assert set(NO_ATTRIBUTIONS) < set(registry.names("explain"))


def normalised(low, high):
    interval = Interval(low=low, high=high, how="BCa")
    return Estimate(name="normalised_margin", unit="ratio", samples=SAMPLES, value=(low + high) / 2, interval=interval)


P = Estimate(name="margin_p_value", unit="probability", samples=SAMPLES, value=0.001, no_interval="a p-value")


@pytest.mark.parametrize(
    ("p", "low", "high", "expected"),
    [
        (0.025, 0.051, 0.2, "met"),
        (0.0251, 0.051, 0.2, "inconclusive"),
        (0.001, 0.05, 0.2, "inconclusive"),  # the limit must be larger than .05
        (0.001, 0.01, 0.049, "not met"),
        (0.9, -0.2, 0.05, "inconclusive"),
        (0.9, -0.2, 0.04, "not met"),
    ],
)
def test_beating_random_needs_a_small_p_and_a_margin_that_matters(p, low, high, expected):
    assert beats_random(p, P, normalised(low, high), 0.05) == expected


def results_of(method, p, low, high, share=None):
    where = {"method": method, "fill": "mean"}
    found = [P.model_copy(update={"slice": where, "value": p}), normalised(low, high).model_copy(update={"slice": where})]
    if share:
        interval = Interval(low=share[0], high=share[1], how="Wilson")
        found.append(
            Estimate(
                name="completeness_share",
                slice={"method": method},
                unit="fraction",
                samples=SAMPLES,
                value=sum(share) / 2,
                interval=interval,
            )
        )
    return found


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    run = write_run(tmp_path_factory.mktemp("run"), 200, 50)
    return stored_plan(run)[0], Reader(run).prepared


def test_this_version_relies_on_no_method_and_says_why(audit):
    results = [*results_of("integrated_gradients", 0.0005, 0.6, 0.7, (0.95, 0.99)), *results_of("saliency", 0.0005, 0.2, 0.3)]
    gradients, saliency = verdicts(*audit, results)
    assert gradients.kind == "verdict"
    assert gradients.status == "not evaluated"
    assert gradients.statement.startswith(
        "Integrated Gradients: do not rely on (not shown: dependence on the weights was not tested). "
        "V1 margin over random orders: met, "
    )
    assert "V4 completeness: met" in gradients.statement
    assert "V4 completeness: not applicable" in saliency.statement
    assert gradients.results[0] == ("margin_p_value", {"method": "integrated_gradients", "fill": "mean"})
    assert exit_status([gradients, saliency]) == 0  # a verdict is no gate


def test_an_incomplete_method_fails(audit):
    finding = verdicts(*audit, results_of("integrated_gradients", 0.0005, 0.6, 0.7, (0.5, 0.89)))[0]
    assert finding.status == "not met"
    assert "do not rely on (not met: completeness)" in finding.statement


def test_p_values_are_adjusted_for_the_plans_methods_without_the_control(audit):
    def first(other_p):
        return verdicts(
            *audit, [*results_of("integrated_gradients", 0.02, 0.6, 0.7), *results_of("saliency", other_p, 0.6, 0.7)]
        )[0]

    assert "V1 margin over random orders: met" in first(0.001).statement  # second of two: .02 as it is
    assert "V1 margin over random orders: inconclusive" in first(0.5).statement  # first of two: .04


def test_the_control_has_no_verdict(audit):
    assert [finding.id for finding in verdicts(*audit, [])] == ["verdict-integrated_gradients", "verdict-saliency"]


def test_too_few_samples_are_their_own_reason(audit):
    where = {"method": "saliency", "fill": "mean"}
    reason = "too few samples: 40 rows, at least 50 are needed"
    gaps = [NotEvaluated(name=name, slice=where, reason=reason) for name in ("margin_p_value", "normalised_margin")]
    finding = verdicts(*audit, gaps)[1]
    assert "do not rely on (too few samples)" in finding.statement
    assert finding.status == "not evaluated"


def test_a_criterion_that_failed_is_told_also_where_samples_are_too_few(audit):
    where = {"method": "integrated_gradients", "fill": "mean"}
    reason = "too few samples: 20 rows, at least 30 are needed"
    gaps = [NotEvaluated(name=name, slice=where, reason=reason) for name in ("margin_p_value", "normalised_margin")]
    share = [
        one for one in results_of("integrated_gradients", 0.0005, 0.6, 0.7, (0.5, 0.89)) if one.name == "completeness_share"
    ]
    finding = verdicts(*audit, [*gaps, *share])[0]
    assert "do not rely on (too few samples; not met: completeness)" in finding.statement
    assert finding.status == "not met"


def test_a_method_that_does_not_apply_says_why(audit):
    plan, prepared = audit
    changed = prepared.methods[1].model_copy(update={"applies": False, "reason": "the model gives no gradients"})
    prepared = prepared.model_copy(update={"methods": (prepared.methods[0], changed)})
    assert "not evaluated: the model gives no gradients" in verdicts(plan, prepared, [])[1].statement
