"""Thresholds frozen before a run, and what a run says of them and of earlier audits."""

from __future__ import annotations

import json
import os

import pytest

from auditor.errors import AuditError
from auditor.evidence.beforehand import Beforehand, Frozen, read_beforehand, remember
from auditor.plan.digest import thresholds_sha256
from auditor.plan.read import load_plan
from auditor.report.gates import beforehand_notes
from tests.plan.a_plan import GOOD

GATED = GOOD + "\n" if "gates:" in GOOD else GOOD + "\ngates:\n- {result: accuracy, at_least: 0.9}\n"


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "audit.yaml"
    path.write_text(GATED)
    return path


def test_freezing_writes_digest_gates_and_date_and_a_second_time_changes_nothing(cli, plan, tmp_path):
    status, out, err = cli("freeze", plan)
    path = tmp_path / "thresholds.lock.json"
    assert status == 0 and str(path) in out and "nobody witnesses it" in err
    frozen = Frozen.model_validate_json(path.read_bytes())
    assert frozen.thresholds_sha256 == thresholds_sha256(load_plan(plan).plan) and frozen.gates
    before = path.read_bytes()
    assert json.loads(cli("freeze", plan, "--json")[1])["frozen"] == frozen.frozen
    assert path.read_bytes() == before


def test_a_folder_named_for_the_file_takes_it_under_its_usual_name(cli, plan, tmp_path):
    assert cli("freeze", plan, "--out", f"{tmp_path / 'locks'}/")[0] == 0
    assert (tmp_path / "locks" / "thresholds.lock.json").is_file()


def test_other_thresholds_never_replace_frozen_ones(cli, plan, tmp_path):
    cli("freeze", plan)
    held = (tmp_path / "thresholds.lock.json").read_bytes()
    plan.write_text(GATED.replace("at_least: 0.9", "at_least: 0.8"))
    status, _, err = cli("freeze", plan)
    assert status == 2 and "Other thresholds are frozen already." in err
    assert (tmp_path / "thresholds.lock.json").read_bytes() == held
    (tmp_path / "thresholds.lock.json").write_text("{")
    assert "cannot be read" in cli("freeze", plan)[2]


def test_a_plan_without_gates_has_nothing_to_freeze(cli, tmp_path):
    path = tmp_path / "audit.yaml"
    path.write_text(GATED.split("gates:")[0])
    status, _, err = cli("freeze", path)
    assert status == 2 and "nothing to freeze" in err


def begun(folder, name, data, thresholds, at):
    path = folder / name / "evidence" / "begun.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"data_sha256": data, "thresholds_sha256": thresholds}))
    os.utime(path, (at, at))
    return folder / name


def test_earlier_audits_of_the_same_data_are_counted_and_later_ones_are_not(tmp_path):
    begun(tmp_path, "first", "d", "t1", 100)
    begun(tmp_path, "second", "d", "t2", 200)
    begun(tmp_path, "other data", "e", "t3", 250)
    begun(tmp_path, "later", "d", "t4", 900)
    (tmp_path / "a file").write_text("x")
    run = begun(tmp_path, "this", "d", "t2", 300)
    remember(run, None)
    found = read_beforehand(run)
    assert (found.earlier, found.last, found.last_thresholds_sha256, found.frozen) == (2, "second", "t2", None)
    begun(tmp_path, "fourth", "d", "t2", 250)
    remember(run, None)
    assert read_beforehand(run).earlier == 2  # stored once: a report does not change with its neighbours


def test_the_order_of_freezing_and_running_is_by_the_clock_and_stored_with_the_run(cli, plan, tmp_path):
    cli("freeze", plan)
    date = Frozen.model_validate_json((tmp_path / "thresholds.lock.json").read_bytes()).frozen
    for name, started, first in (("after", "9999-01-01T00:00:00Z", True), ("before", "2000-01-01T00:00:00Z", False)):
        run = begun(tmp_path / "audits", name, name, "t", 100)
        (run / "run.json").write_text(json.dumps({"runs": [{"started": started}]}))
        remember(run, tmp_path)
        assert read_beforehand(run).first is first and read_beforehand(run).frozen.frozen == date
    measured = begun(tmp_path / "audits", "measured", "m", "t", 100)
    (measured / "report.json").write_text("{}")
    remember(measured, tmp_path)
    assert read_beforehand(measured) is None
    (tmp_path / "thresholds.lock.json").write_text("[]")
    with pytest.raises(AuditError, match="frozen thresholds cannot be read"):
        remember(begun(tmp_path / "audits", "broken", "b", "t", 100), tmp_path)


def frozen_as(digest: str) -> Frozen:
    return Frozen(plan="p", frozen="2026-11-01T08:00:00Z", thresholds_sha256=digest, gates=(), data={})


@pytest.mark.parametrize(
    ("before", "notes"),
    [
        (Beforehand(), []),
        (
            Beforehand(frozen=frozen_as("a" * 64), first=True),
            ["Thresholds as frozen 2026-11-01, before the run began, witnessed by nobody."],
        ),
        (
            Beforehand(frozen=frozen_as("a" * 64)),
            ["Thresholds as frozen 2026-11-01, not before the run began, witnessed by nobody."],
        ),
        (
            Beforehand(frozen=frozen_as("b" * 64), first=True),
            ["Thresholds differ from those frozen 2026-11-01: bbbbbbbb… became aaaaaaaa…."],
        ),
        (
            Beforehand(earlier=2, last="x", last_thresholds_sha256="b" * 64),
            ["Audit no. 3 on these data; the one before had other thresholds."],
        ),
        (
            Beforehand(earlier=1, last="x", last_thresholds_sha256="a" * 64),
            ["Audit no. 2 on these data; the one before had the same thresholds."],
        ),
    ],
)
def test_the_report_says_whether_thresholds_are_the_frozen_ones_and_which_audit_this_is(before, notes):
    assert beforehand_notes(before, "a" * 64) == notes
