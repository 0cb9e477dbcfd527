"""The checks behind the verdicts on their way: forecast, interrupted and continued, apart from every other result."""

import json

import pytest

from auditor.measure import cascade, controls, sanity, stability
from auditor.plan.read import load_plan
from auditor.run.audit import audit
from auditor.run.forecast import forecast
from tests.run import small

BARE = small.PLAN.replace("trust: {enabled: false}\n", "")
CHECKS = "trust: {cases: 70, curves: 70, copies: 2, noise: 1}\n"


def test_nothing_of_the_checks_reaches_any_other_result(tmp_path):
    def results(rest):
        folder = tmp_path / str(len(rest))
        audit(small.write(folder, BARE + rest), folder / "run")
        found = json.loads(small.report_bytes(folder / "run"))["results"]
        names = {*cascade.NAMES, *controls.NAMES, *sanity.NAMES, *stability.NAMES}
        return [one for one in found if one["name"] not in names]

    assert results("trust: {enabled: false}\n") == results("trust: {cases: 10, curves: 10, copies: 1, noise: 1}\n")


def test_the_forecast_counts_the_rows_that_are_run(tmp_path):
    plan = BARE + "trust: {cases: 20, curves: 30, copies: 2, noise: 1}\n"
    path = small.write(tmp_path, plan)
    counted: dict[str, int] = {}

    class Progress:
        def stage(self, name, total):
            self.name = name

        def advance(self, rows):
            counted[self.name] = counted.get(self.name, 0) + rows

        def note(self, text):
            pass

    audit(path, tmp_path / "run", progress=Progress())
    cost = {name: max(forwards, backwards) for name, forwards, backwards in forecast(load_plan(path)).passes}
    for name in ("noise-1", "other-class", "randomised-1", "controls"):
        assert counted[name] == pytest.approx(cost[name], rel=0.15), name


def test_checks_that_were_interrupted_anywhere_continue_to_a_byte_equal_report(tmp_path):
    plan = small.write(tmp_path, BARE.replace("integrated_gradients, saliency, occlusion", "integrated_gradients") + CHECKS)
    audit(plan, tmp_path / "whole")
    expected = small.report_bytes(tmp_path / "whole")

    class Stop(Exception):
        pass

    class Breaker:
        def __init__(self, at):
            self.at = at

        def stage(self, name, total):
            self.calls, self.name = 0, name

        def note(self, text):
            pass

        def advance(self, rows):
            self.calls += 1
            if self.name == self.at[0] and self.calls > self.at[1]:
                raise Stop

    for at in (("controls", 0), ("controls", 4), ("randomised-1", 3), ("randomised-2", 0), ("noise-1", 1), ("other-class", 1)):
        with pytest.raises(Stop):
            audit(plan, tmp_path / "run", progress=Breaker(at))
    audit(plan, tmp_path / "run", shard=128)
    assert small.report_bytes(tmp_path / "run") == expected
