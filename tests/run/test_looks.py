"""Sequential sampling on the whole way: cases are added by the rule, and every number allows for the looks."""

import json
import shutil

import numpy as np
import pyarrow.compute as pc
import pytest

import auditor
from auditor.errors import AuditError
from auditor.evidence.store import Reader
from auditor.measure import look
from auditor.plan.read import load_plan
from auditor.run.audit import audit
from auditor.run.forecast import forecast
from tests.run import small
from tests.run.kinds import KINDS, SUBJECT
from tests.run.small import Heard

ROWS = small.SUBJECT.replace("return 240", "return 900")
RULE = "samples: {half_width: 0.0075, looks: 4, method: occlusion}"
PLAN = small.PLAN.replace("samples: 150", RULE)


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """(plan file, run, what was noted) of an audit that two or more looks ended."""
    folder = tmp_path_factory.mktemp("looks")
    plan, notes = small.write(folder, PLAN, ROWS), Heard()
    audit(plan, folder / "run", progress=notes, look=look)
    small.report_bytes(folder / "run")
    return plan, folder / "run", [note for note in notes.notes if note.startswith("look ")]


def facts(run):
    return Reader(run).prepared.sequential


def results(run):
    return json.loads((run / "report.json").read_bytes())["results"]


def test_cases_are_added_until_the_interval_is_narrow_enough(looked):
    _, run, notes = looked
    rule = facts(run)
    assert rule.ended == "narrow" and len(rule.looks) > 1
    assert rule.looks[-1].half_width <= 0.0075 < min(one.half_width for one in rule.looks[:-1])
    assert [one.rows for one in rule.looks] == list(rule.sizes[: len(rule.looks)])
    assert [later / earlier for earlier, later in zip(rule.sizes, rule.sizes[1:-1], strict=False)] == [2] * (
        len(rule.sizes) - 2
    )
    samples = Reader(run).table("samples")
    weight = np.array(samples.column("weight").to_pylist())
    assert (weight > 0).sum() == rule.looks[-1].rows and weight.sum() == pytest.approx(900)
    assert auditor.Evidence(run).complete
    assert len(notes) == len(rule.looks) and notes[-1].endswith("wanted 0.0075, so no more cases")


def test_every_explained_case_has_its_attributions_and_curves_once(looked):
    _, run, _ = looked
    cases, reader = facts(run).looks[-1].rows, Reader(run)
    for table, rows in (("attributions", 4), ("curves", 10 + 2 * 4)):
        stored = reader.table(table)
        assert stored.num_rows == cases * rows
        assert len(pc.unique(stored.column("sample_id"))) == cases


def test_the_allocation_goes_by_the_spread_of_the_first_look(looked):
    _, run, _ = looked
    rule, strata = facts(run), Reader(run).prepared.strata
    wanted = [stratum.rows * own for stratum, own in zip(strata, rule.spread, strict=True)]
    free = [i for i, s in enumerate(strata) if rule.first[i] < s.selected < s.rows]
    assert len(free) > 1
    ratio = [strata[i].selected / wanted[i] for i in free]
    assert max(ratio) / min(ratio) < 1.05
    assert all(stratum.selected >= first for stratum, first in zip(strata, rule.first, strict=True))


def test_what_the_first_look_saw_decides_once_and_for_all(looked, tmp_path):
    plan, _, _ = looked
    seen = []

    def noted(folder, read):
        seen.append((look(folder, read), Reader(folder).prepared.strata))
        return seen[-1][0]

    audit(plan, tmp_path / "run", look=noted)
    names = [f"predicted {'abc'[s.predicted]}, {'right' if s.right else 'wrong'}" for s in seen[0][1]]
    assert len(seen) > 1 and seen[0][0].spread != seen[1][0].spread
    assert facts(tmp_path / "run").spread == tuple(seen[0][0].spread.get(name, 0.0) for name in names)


def test_intervals_of_explained_cases_allow_for_the_looks_and_those_of_all_rows_do_not(looked):
    _, run, _ = looked
    said = {(one["name"], one["slice"].get("method", "")): one for one in results(run)}
    margin = said["faithfulness_margin", "occlusion"]
    assert (
        margin["interval"]["how"].endswith("at 98.75 % in each of 4 looks") and "10,000 resamples" in margin["interval"]["how"]
    )
    assert margin["interval"]["level"] == 0.95
    last = facts(run).looks[-1]
    assert (margin["value"], margin["interval"]["low"], margin["interval"]["high"]) == (last.value, last.low, last.high)
    assert "looks" not in said["accuracy", ""]["interval"]["how"]
    assert "Times 4, for the looks" in " ".join(said["margin_p_value", "occlusion"]["notes"])


def test_nothing_but_ranks_is_left_without_the_allowance(looked):
    _, run, _ = looked
    explained = [one for one in results(run) if "selected" in one.get("samples", {}).get("population", "")]
    made = {one["name"]: (one.get("interval") or {}).get("how") or one.get("how") for one in explained}
    assert len(made) > 12
    assert {name for name, how in made.items() if how and "in each of 4 looks" not in how} == {"feature_ranking"}


def test_a_run_stopped_between_looks_is_not_complete_and_goes_on_to_the_same_evidence(looked, tmp_path):
    plan, run, _ = looked
    copy = tmp_path / "run"

    def stopped(folder, read):
        if len(Reader(folder).prepared.sequential.looks) == 1:
            raise KeyboardInterrupt
        return look(folder, read)

    with pytest.raises(KeyboardInterrupt):
        audit(plan, copy, look=stopped)
    assert not auditor.Evidence(copy).complete
    audit(plan, copy, look=look)
    assert small.report_bytes(copy) == small.report_bytes(run)


def test_a_finished_run_is_not_looked_at_again(looked, tmp_path):
    plan, run, _ = looked
    shutil.copytree(run, tmp_path / "run")
    audit(plan, tmp_path / "run", look=lambda *_: pytest.fail("looked"))


@pytest.mark.parametrize(
    ("rule", "ended", "said"),
    [
        ("{half_width: 0.0001, looks: 1}", "looks", "this was the last look"),
        ("{half_width: 0.0001, most: 150}", "most", "the plan allows no more"),
        ("{half_width: 0.0001}", "rows", "every row is explained"),
    ],
)
def test_a_rule_that_does_not_reach_its_width_says_what_ended_it(tmp_path, rule, ended, said):
    text = small.PLAN.replace("samples: 150", f"samples: {rule}").replace(
        "[integrated_gradients, saliency, occlusion, random]", "[integrated_gradients]"
    )
    notes = Heard()
    audit(small.write(tmp_path, text), tmp_path / "run", progress=notes, look=look)
    found = facts(tmp_path / "run")
    assert found.ended == ended and said in notes.notes[-1]
    assert auditor.Evidence(tmp_path / "run").complete


def test_most_below_the_first_look_is_refused_with_the_number_it_needs(tmp_path):
    text = small.PLAN.replace("samples: 150", "samples: {half_width: 0.02, most: 60}")
    with pytest.raises(AuditError) as refused:
        audit(small.write(tmp_path, text), tmp_path / "run", look=look)
    assert "no room for the first look" in str(refused.value) and "60" in refused.value.found


def test_a_rule_on_a_method_that_does_not_apply_is_refused_before_anything_is_explained(tmp_path):
    rule = KINDS["function"].replace("samples: 60", "samples: {half_width: 0.05}")
    with pytest.raises(AuditError) as refused:
        audit(small.write(tmp_path, rule, SUBJECT), tmp_path / "run", look=look)
    assert "integrated_gradients, which does not apply" in refused.value.message
    assert refused.value.fix == "write `method: occlusion` under `samples:`, or a number of cases"
    assert not Reader(tmp_path / "run").has("attributions")


def test_a_result_that_cannot_be_evaluated_is_looked_at_again_with_more_cases(tmp_path):
    flat = small.SUBJECT.replace(
        "nn.Linear(54, 3))",
        "nn.Linear(54, 3))\n\ndef flat():\n    net = model()\n    net[-1].weight.data.zero_()\n    return net",
    )
    text = small.PLAN.replace("samples: 150", "samples: {half_width: 0.02, result: normalised_margin}").replace(
        ":model", ":flat"
    )
    audit(small.write(tmp_path, text, flat), tmp_path / "run", look=look)
    found = facts(tmp_path / "run")
    assert found.ended == "rows" and all(one.value is None and one.reason for one in found.looks)


def test_the_functions_of_the_package_follow_the_rule(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert auditor.audit(small.write(tmp_path, PLAN, ROWS), tmp_path / "run").prepared.sequential.ended == "narrow"


def test_a_forecast_counts_the_last_look_there_may_be(tmp_path):
    def cases(rule):
        return forecast(load_plan(small.write(tmp_path, small.PLAN.replace("samples: 150", rule), ROWS))).cases

    assert cases("samples: {half_width: 0.02, looks: 2}") == 2 * 3 * 60  # 30 right and 30 wrong ones of three classes, twice
    assert cases("samples: {half_width: 0.02, most: 200}") == 200
    assert cases("samples: {half_width: 0.02}") == 900 == cases("samples: 1000")
