"""Each criterion of a verdict, decided both ways by whole intervals, and what it says where it stays open."""

import pytest

from auditor.evidence.facts import FillFacts, TrustFacts
from auditor.evidence.results import Estimate, Interval, NotEvaluated, Samples
from auditor.evidence.store import Reader
from auditor.judge import verdicts
from auditor.judge.criteria import Table, criteria_of
from auditor.plan.fields import VerdictPlan
from auditor.report.build import stored_plan
from tests.measure.synthetic import write_run

SAMPLES = Samples(rows=120, units=120, population="a part of the cases")
METHOD = "integrated_gradients"
FILLS = tuple(FillFacts(name=name, description=name, sha256="0") for name in ("zeros", "blur"))
TRUST = TrustFacts(
    cases=100, curve_cases=150, copies=5, noise=2, orders=("magnitude", "centre"), fills=FILLS, rows={"controls": 1}
)


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    run = write_run(tmp_path_factory.mktemp("run"), 200, 50)
    return stored_plan(run)[0], Reader(run).prepared.model_copy(update={"trust": TRUST})


def one(name, low, high, value=None, **where):
    value = (low + high) / 2 if value is None else value
    interval = Interval(low=low, high=high, how="a test")
    return Estimate(name=name, slice={"method": METHOD} | where, unit="x", samples=SAMPLES, value=value, interval=interval)


P = Estimate(
    name="margin_p_value",
    slice={"method": METHOD, "fill": "mean"},
    unit="probability",
    samples=SAMPLES,
    value=0.001,
    no_interval="a p-value",
)
GOOD = {
    "p": P,
    "normalised": one("normalised_margin", 0.6, 0.7, fill="mean"),
    "magnitude": one("control_margin", 0.1, 0.2, control="magnitude", fill="mean"),
    "centre": one("control_margin", 0.1, 0.2, control="centre", fill="mean"),
    "similar": one("randomisation_similarity", 0.0, 0.2),
    "loss": one("model_dependence", 0.1, 0.3, fill="mean"),
    "complete": one("completeness_share", 0.95, 0.99),
    "noise": one("stability", 0.8, 0.9, against="input noise"),
    "mean": one("faithfulness_margin", 0.3, 0.4, fill="mean"),
    "zeros": one("margin_under_fill", 0.3, 0.4, fill="zeros"),
    "blur": one("margin_under_fill", 0.3, 0.4, fill="blur"),
}


def judged(audit, **changed):
    plan, prepared = audit
    results = [result for result in (GOOD | changed).values() if result is not None]
    return criteria_of(plan, prepared, prepared.methods[0], Table(results), 0.001)


def moved(key, low, high, value=None):
    old = GOOD[key]
    new = old.interval.model_copy(update={"low": low, "high": high})
    return {key: old.model_copy(update={"interval": new, "value": (low + high) / 2 if value is None else value})}


@pytest.mark.parametrize(
    ("criterion", "key", "low", "high", "expected"),
    [
        ("V1", "normalised", 0.2, 0.4, "met"),
        ("V1", "normalised", 0.01, 0.04, "not met"),
        ("V1", "normalised", 0.01, 0.4, "inconclusive"),
        ("V2", "magnitude", 0.001, 0.1, "met"),
        ("V2", "magnitude", -0.2, -0.001, "not met"),
        ("V2", "centre", -0.2, -0.001, "not met"),
        ("V2", "centre", -0.01, 0.1, "inconclusive"),
        ("V3", "similar", 0.3, 0.5, "met"),
        ("V3", "similar", 0.51, 0.9, "not met"),
        ("V3", "similar", 0.3, 0.6, "inconclusive"),
        ("V3", "loss", -0.2, -0.01, "not met"),
        ("V3", "loss", -0.01, 0.2, "inconclusive"),
        ("V4", "complete", 0.9, 0.95, "met"),
        ("V4", "complete", 0.5, 0.89, "not met"),
        ("V4", "complete", 0.8, 0.95, "inconclusive"),
        ("V5", "noise", 0.75, 0.9, "met"),
        ("V5", "noise", 0.2, 0.39, "not met"),
        ("V5", "noise", 0.2, 0.5, "inconclusive"),
        ("V3", "loss", 0.01, 0.2, "met"),
        ("V6", "mean", 0.01, 0.2, "met"),
        ("V6", "mean", -0.2, -0.01, "not met"),
        ("V6", "zeros", -0.2, -0.01, "not met"),
        ("V6", "blur", -0.2, 0.1, "inconclusive"),
    ],
)
def test_each_criterion_is_decided_by_the_whole_interval_and_leaves_the_others_alone(
    audit, criterion, key, low, high, expected
):
    found = judged(audit, **moved(key, low, high))
    assert found.pop(criterion).status == expected
    assert {status.status for status in found.values()} == {"met"}


@pytest.mark.parametrize("key", ["magnitude", "similar", "loss", "noise", "zeros", "complete", "normalised"])
def test_what_is_missing_is_never_met(audit, key):
    criterion = {"magnitude": "V2", "similar": "V3", "loss": "V3", "noise": "V5", "zeros": "V6", "complete": "V4"}.get(
        key, "V1"
    )
    assert judged(audit, **{key: None})[criterion].status == "not evaluated"
    gap = NotEvaluated(name=GOOD[key].name, slice=GOOD[key].slice, reason="too few samples: 40 rows")
    found = judged(audit, **{key: gap})[criterion]
    assert found.status == "not evaluated" and "too few samples: 40 rows" in found.said


def test_a_method_that_draws_needs_the_same_map_from_another_seed(audit):
    plan, prepared = audit
    drawing = prepared.model_copy(update={"trust": TRUST.model_copy(update={"seeds": (METHOD,)})})
    assert judged((plan, drawing))["V5"].status == "not evaluated"
    assert judged((plan, drawing), seed=one("stability", 0.8, 0.9, against="another seed"))["V5"].status == "met"
    assert judged((plan, drawing), seed=one("stability", 0.1, 0.3, against="another seed"))["V5"].status == "not met"


def test_a_limit_is_not_rounded_onto_the_bound_it_only_comes_near(audit):
    assert (
        "zeros 0.050 (0.002 to 0.100, n = 120)"
        in judged(audit, zeros=one("margin_under_fill", 0.002, 0.1, 0.05, fill="zeros"))["V6"].said
    )
    assert judged(audit, complete=one("completeness_share", 0.992, 1.0, 0.9998))["V4"].said.endswith(
        " 0.9998 (0.9920 to 1.0000, n = 120)"
    )


def test_two_fills_are_too_few(audit):
    plan, prepared = audit
    two = prepared.model_copy(update={"trust": TRUST.model_copy(update={"fills": FILLS[:1]})})
    found = judged((plan, two))["V6"]
    assert found.status == "not evaluated" and found.said == "2 fills, 3 of different kind are needed"
    assert "trust.fills" in found.step


def test_an_open_criterion_says_about_how_many_cases_or_copies_would_decide_it(audit):
    # half-width 1/4 at distance 1/8 from the bound: twice too wide, so four times the samples
    assert "About 480 cases (`trust.curves`" in judged(audit, **moved("magnitude", -0.125, 0.375))["V2"].step
    assert "About 20 copies of the model (`trust.copies`" in judged(audit, **moved("similar", 0.125, 0.625))["V3"].step
    assert "may not decide" in judged(audit, **moved("noise", 0.6, 0.8, 0.75))["V5"].step
    # from 0.5 to 1 around 0.875: half-width 3/8 at distance 1/8, nine times the 120 samples
    assert "About 1,100 cases (`trust.cases`" in judged(audit, **moved("noise", 0.5, 1.0, 0.875))["V5"].step
    assert "About 750 cases (`trust.cases`" in judged(audit, **moved("noise", 0.1, 0.55, 0.3))["V5"].step
    assert judged(audit)["V2"].step == ""


def test_a_stability_between_the_two_bounds_is_not_promised_an_answer(audit):
    step = judged(audit, **moved("noise", 0.5, 0.7))["V5"].step
    assert step == "The value lies between the bounds 0.4 and 0.75: more cases would leave it open."


def test_where_p_is_too_large_the_step_counts_the_samples_that_p_needs(audit):
    plan, prepared = audit

    def step(adjusted, **changed):
        results = (GOOD | changed).values()
        found = criteria_of(plan, prepared, prepared.methods[0], Table(results), adjusted)["V1"]
        assert found.status == "inconclusive"
        return found.step

    # p = .16 is z = 1: 1.96² = 3.84 times the 120 samples
    assert "About 470 cases (`samples`" in step(0.158655)
    # the margin's own interval, half-width .2 at distance .1 from .05, needs four times as many, and that is more
    assert "About 480 cases (`samples`" in step(0.158655, **moved("normalised", -0.05, 0.35))
    assert "may not decide" in step(0.6)


def test_the_bounds_are_the_plans(audit):
    plan, prepared = audit
    strict = plan.model_copy(update={"verdict": VerdictPlan(similarity=0.1, stability=0.95, normalised_margin=0.65)})
    found = judged((strict, prepared))
    assert [found[name].status for name in ("V1", "V3", "V5")] == ["inconclusive"] * 3


def test_a_verdict_carries_its_criteria_with_their_numbers(audit):
    finding = verdicts(*audit, list(GOOD.values()))[0]
    assert finding.statement.startswith("Integrated Gradients: usable for class-level rankings")
    assert finding.status == "met"
    assert [part.id for part in finding.criteria] == ["V1", "V2", "V3", "V4", "V5", "V6"]
    assert finding.criteria[2].statement == (
        "similarity 0.10 (0.00 to 0.20, n = 120); margin lost on copies 0.20 (0.10 to 0.30, n = 120)"
    )
    assert ("model_dependence", {"method": METHOD, "fill": "mean"}) in finding.results


def test_checks_that_were_switched_off_say_so(audit):
    plan, prepared = audit
    off = prepared.model_copy(update={"trust": TrustFacts(reasons={"all": "the plan switches these checks off"})})
    found = criteria_of(plan, off, off.methods[0], Table([P]), 0.001)
    assert {found[name].said for name in ("V2", "V3", "V5")} == {"the plan switches these checks off"}
