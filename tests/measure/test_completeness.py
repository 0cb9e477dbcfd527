import numpy as np
import pytest

from auditor.evidence.store import Reader
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.measure.completeness import measure
from auditor.report.build import stored_plan
from tests.measure.synthetic import replace_table, write_run


def completeness(run, pairs):
    """The results with the (gap, difference) of each selected case in turn."""
    plan, _ = stored_plan(run)
    reader = Reader(run)
    study = Study(reader, plan, read_frame(reader, plan))
    rows = []
    cases = np.flatnonzero(study.frame.selected)
    for place, i in enumerate(cases):
        key = {"sample_id": study.frame.ids[i].as_py(), "target": int(study.frame.predicted[i]), "variant": "", "draw": ""}
        key |= {"method": "integrated_gradients", "fill": "", "order": ""}
        gap, difference = pairs[place % len(pairs)]
        rows.append({**key, "name": "completeness_gap", "value": gap})
        if difference is not None:
            rows.append({**key, "name": "completeness_difference", "value": difference})
    replace_table(run, "checks", rows)
    weights = study.case_design(cases).weights
    return {(r.name, r.slice["method"]): r for r in measure(study)}, weights


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path, 300, 80)


def test_the_gap_is_relative_to_the_difference_but_never_to_less_than_a_tenth_of_a_logit(run):
    found, w = completeness(run, [(-0.2, 4.0), (0.05, -2.0), (0.01, 0.001)])
    relative = np.resize([0.05, 0.025, 0.1], len(w))
    assert found["completeness_gap", "integrated_gradients"].value == pytest.approx(w @ relative / w.sum())
    assert found["completeness_share", "integrated_gradients"].value == pytest.approx(w @ (relative <= 0.05) / w.sum())


def test_the_share_has_a_wilson_interval_on_effective_rows(run):
    found, w = completeness(run, [(0.0, 4.0), (0.0, 4.0), (0.0, 4.0), (1.0, 4.0)])
    share = found["completeness_share", "integrated_gradients"]
    assert share.interval.how.startswith("Wilson with")
    assert share.samples.rows == len(w)


def test_methods_that_do_not_claim_it_are_not_judged_by_it(run):
    found, _ = completeness(run, [(0.1, 4.0)])
    assert found["completeness_share", "saliency"].reason == "not applicable: the method does not claim completeness"


def test_a_gap_without_its_difference_is_no_check(run):
    found, _ = completeness(run, [(0.1, None)])
    assert found["completeness_gap", "integrated_gradients"].reason == "no completeness check was stored for this method"
