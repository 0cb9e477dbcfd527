"""Signals: adjusted within their kind, large enough to look at, and never a finding by themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import false_discovery_control, norm

from auditor.errors import PlanMistakes
from auditor.evidence.findings import Finding
from auditor.evidence.results import RankedFeature, Ranking, Samples, Table
from auditor.judge.register import read_register, registered
from auditor.judge.signal_sentences import label_sentence, proxy_sentence, ranking_sentence
from auditor.judge.signals import adjusted, area_p, signals
from tests.judge.test_gates import estimate, plan_with

WHERE = {"attribute": "sex", "group": "A"}
SAMPLES = Samples(rows=500, units=500, population="rows")


def plain(text):
    return text.replace("\u00a0", " ")


def area(value, error, feature="income"):
    """An area whose interval is made on the logit scale from a standard error there."""
    low, high = (expit(logit(value) + sign * norm.ppf(0.975) * error) for sign in (-1, 1))
    return estimate("proxy_auc", value, low, high, unit="index", feature=feature, **WHERE)


def ranking(feature="income", high=1, length=10, method="saliency", **where):
    item = RankedFeature(feature=feature, score=1.0, share=0.5, rank=1, low=1, high=high)
    slice_ = {"method": method, "class": "dog", **where}
    return Ranking(name="feature_ranking", slice=slice_, unit="logit", samples=SAMPLES, items=(item,), length=length, how="")


def verdict(method, status):
    return Finding(id=f"verdict-{method}", kind="verdict", status=status, statement=method, results=())


def table(name, rows, **where):
    return Table(name=name, slice=where, unit="rows", samples=SAMPLES, columns=("x",), rows=tuple(rows))


def raised(*results, status="met"):
    return signals(plan_with(), results, [verdict("saliency", status), verdict("integrated_gradients", status)])


@pytest.mark.parametrize("p", [[0.01], [0.04, 0.01, 0.03, 0.5], [0.2, 0.2, 0.9], [1.0, 0.0], np.linspace(0, 1, 30).tolist()])
def test_adjusted_p_values_are_those_of_benjamini_and_hochberg(p):
    assert adjusted(p) == pytest.approx(false_discovery_control(p, method="bh"))


def test_without_a_test_nothing_is_adjusted():
    assert adjusted([]) == [] and raised() == ()


def test_an_input_is_a_signal_where_it_is_strong_ranked_first_and_no_chance():
    (found,) = raised(area(0.86, 0.1), ranking())
    assert (found.kind, found.id, found.status, found.value) == ("signal", "proxy-1", "open", 0.86)
    assert found.results == (("proxy_auc", {**WHERE, "feature": "income"}),)
    assert found.decided_on == "Benjamini–Hochberg over 1 test of this kind, q = 0.10: adjusted p < 0.001"
    assert raised(area(0.86, 0.6), ranking()) == ()  # the lower limit is below 0.70
    assert raised(area(0.86, 0.1)) == ()  # ranked nowhere
    assert raised(area(0.86, 0.1), ranking(high=2)) == ()  # not surely in the first tenth
    assert raised(area(0.86, 0.1), ranking(attribute="sex")) == ()  # a ranking of one group
    assert raised(area(0.86, 0.1), ranking(), status="not met") == ()  # under no method to rely on
    assert raised(area(0.86, 0.1, "all features together"), ranking("all features together")) == ()


def test_an_exact_area_is_a_signal_and_one_below_a_half_is_none():
    exact = estimate("proxy_auc", 1.0, None, None, unit="index", feature="income", **WHERE)
    assert len(raised(exact, ranking())) == 1
    assert raised(area(0.1, 0.1), ranking()) == ()


@pytest.mark.parametrize(("value", "error"), [(0.7, 0.5), (0.5, 0.2), (0.45, 0.1), (0.9, 0.3)])
def test_the_p_of_an_area_is_that_of_its_standard_error(value, error):
    assert area_p(area(value, error)) == pytest.approx(norm.sf(logit(value) / error))


def test_labels_are_a_signal_where_chance_and_a_slight_miscalibration_do_not_explain_them():
    rows = [("3", 100, 12, 2.0, 0.001), ("4", 100, 5, 4.9, 0.4), ("5", 1000, 60, 45.0, 0.001)]
    (found,) = raised(table("label_excess", rows))
    assert found.id == "labels-1" and "Of 100 rows the model is sure are 3, 12 have another label" in found.statement


def test_a_ranking_differs_between_groups_only_under_a_method_to_rely_on():
    rows = [("age", "A", 0.30, 0.10, 0.02, 1e-6), ("x", "A", 0.101, 0.1, 1e-5, 1e-6), ("y", "A", 0.3, 0.1, 0.2, 0.4)]
    one = table("ranking_difference", rows, attribute="sex", **{"class": "dog"})
    (found,) = raised(one)
    assert (
        plain(found.statement) == "For class dog, age has on average 30.0 % of the attribution in sex A and 10.0 % elsewhere."
    )
    assert raised(one, status="not evaluated") == ()


def test_only_the_clearest_fifty_of_a_kind_are_kept():
    rows = [(f"f{j}", "A", 0.30 + j / 1000, 0.10, 0.02, 1e-6) for j in range(60)]
    found = raised(table("ranking_difference", rows, attribute="sex", **{"class": "dog"}))
    assert len(found) == 50 and "f59 has" in found[0].statement and found[-1].id == "ranking-50"


def test_a_person_makes_a_finding_of_a_signal_by_its_id():
    seen = raised(area(0.86, 0.1), ranking())
    register = read_register(b"- {id: F1, severity: high, signal: proxy-1, owner: A. Example}")
    (found,) = registered(plan_with(), register, seen, [])
    assert (found.kind, found.statement, found.results) == ("finding", seen[0].statement, seen[0].results)
    wrong = read_register(b"- {id: F1, severity: high, signal: proxy-7}")
    with pytest.raises(PlanMistakes, match="no such signal"):
        registered(plan_with(), wrong, seen, [])
    assert registered(plan_with(), None, seen, []) == ()  # no rule makes a finding


@pytest.mark.parametrize(
    ("rows", "otherwise", "expected", "said"),
    [
        (1, 1, 0.0, "Of 1 row the model is sure is 3, 1 has another label; its own probabilities lead one to expect none."),
        (8, 7, 2.14, "Of 8 rows the model is sure are 3, 7 have another label; its own probabilities lead one to expect 2.1."),
        (1200, 2, 0.01, "Of 1,200 rows the model is sure are 3, 2 have another label; its own probabilities lead one to expect "
         "fewer than 0.1."),
    ],
)  # fmt: skip
def test_the_sentence_on_labels_counts_right(rows, otherwise, expected, said):
    assert label_sentence("3", rows, otherwise, expected) == said


@pytest.mark.parametrize(
    ("inside", "elsewhere", "said"),
    [
        (0.221, 0.14, "22.1 % of the attribution in sex A and 14.0 %"),
        (0.1001, 0.1004, "10.01 % of the attribution in sex A and 10.04 %"),  # never two different values printed alike
        (0.99999, 0.5, "99.999 % of the attribution in sex A and 50.000 %"),  # never a rounded 100 %
        (0.0, 0.00004, "0.000 % of the attribution in sex A and 0.004 %"),
        (1.0, 0.0, "100.0 % of the attribution in sex A and 0.0 %"),
    ],
)
def test_the_sentence_on_shares_rounds_nothing_away(inside, elsewhere, said):
    text = plain(ranking_sentence({"class": "dog", "attribute": "sex"}, "age", "A", inside, elsewhere))
    assert text == f"For class dog, age has on average {said} elsewhere."


def test_the_sentence_on_a_proxy_has_its_interval_where_there_is_one():
    said = plain(proxy_sentence(estimate("proxy_auc", 0.86, 0.85, 0.87, unit="index", feature="x", **WHERE), "dog"))
    assert said == "x tells sex A: area 0.86 (95 % interval 0.85 to 0.87); it ranks in the first tenth for class dog."
    assert "area 1.00;" in proxy_sentence(estimate("proxy_auc", 1.0, None, None, feature="x", **WHERE), "dog")
