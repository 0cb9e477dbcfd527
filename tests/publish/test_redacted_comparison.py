"""What a redacted copy keeps of the comparison with the release before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.evidence.comparison import EXTREMES, Beside, Comparison, Differs
from auditor.evidence.manifest import write_manifest
from auditor.publish.finished import FinishedRun, finished
from auditor.publish.redacted import write_copy
from auditor.report.build import build_report
from auditor.report.comparison.build import compare
from auditor.report.record import Report
from tests.measure.synthetic import write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> FinishedRun:
    """A release compared with the one before, with results by group and the extremes of the data beside the rest."""
    folder = tmp_path_factory.mktemp("releases")
    for name, rate in (("old", 0.03), ("new", 0.15)):
        build_report(write_run(folder / name, 400, 60, error_rate=rate))
        (folder / name / "report.html").write_text("")
        write_manifest(folder / name)
    compared = compare(folder / "old", folder / "new", {"accuracy": 0.01}, "the plan")
    group = {"attribute": "sex", "group": "f"}
    beside = (*compared.beside, *(Beside(name="recall", slice=where, unit="", old=0.5, new=0.25) for where in (group, {})))
    extremes = Differs(what=EXTREMES, old="0.125, 17.25", new="0.125, 18.5")
    found = finished(folder / "new")
    made = compared.model_copy(update={"beside": beside, "data": (*compared.data, extremes)})
    return replace(found, report=found.report.model_copy(update={"comparison": made}))


def copied(run: FinishedRun, copy: Path, groups: bool) -> Comparison:
    write_copy(run, copy, b"key", groups)
    return Report.model_validate_json((copy / "report.json").read_bytes()).comparison


def test_aggregates_alone_hold_no_result_by_group_of_the_comparison_either(run, tmp_path):
    kept, made = copied(run, tmp_path / "copy", groups=False), run.report.comparison
    assert not [one for one in (*kept.beside, *kept.changes) if "attribute" in one.slice]
    assert [one.old for one in kept.beside if one.name == "recall" and not one.slice] == [0.5]
    assert kept.changes == made.changes and kept.outcome == made.outcome


def test_with_groups_the_comparison_stays_but_for_single_rows_and_their_extremes(run, tmp_path):
    kept, made = copied(run, tmp_path / "copy", groups=True), run.report.comparison
    assert kept.beside == made.beside and kept.flips.examples_to_wrong == ()
    assert kept.data[-1] == Differs(what=EXTREMES, old="withheld", new="withheld")
