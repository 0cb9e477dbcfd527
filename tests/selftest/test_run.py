"""The test as a command: what it prints and records, and that it goes on where it was interrupted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from auditor.cli import main
from auditor.evidence.selftest import newest_record
from auditor.selftest import catalogue, run
from auditor.selftest.cell import Aim, Cell
from auditor.selftest.tolerance import COVERAGE, Described

TIMES = {"quick": 400, "full": 2000}


def coins(seed, count, *, share):
    """Heads of coins with one chance of heads."""
    return (np.random.default_rng(seed).random((count, 1)) < share).astype(float)


def cell(name, share, needs=()):
    return Cell(name, "coverage", coins, (Aim("", f"coins, {share}", COVERAGE),), {"share": share}, TIMES, 100, needs)


@pytest.fixture
def tested(monkeypatch, tmp_path, capsys):
    """The command over a few cells; returns (status, stdout, stderr)."""
    known: dict[str, Cell] = {}
    monkeypatch.setattr(catalogue, "cells", lambda: known)
    monkeypatch.setattr(run, "cells", lambda: known)

    def call(*arguments, cells=None):
        known.clear()
        known.update({one.name: one for one in cells or (cell("fair", 0.95),)})
        with pytest.raises(SystemExit) as ended:
            main(["selftest", "--out", str(tmp_path), "--workers", "1", *arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def installed():
    return run.versions()["auditor"]


def test_a_full_test_in_tolerance_is_recorded_and_exits_0(tested, tmp_path):
    status, out, err = tested("--full")
    record = newest_record(installed(), tmp_path)
    assert status == 0
    assert "1 of 1 checks in tolerance (author's own simulations)." in out
    assert "1 of 1  in tolerance     fair: 0.9" in err
    assert record is not None and record.mode == "full" and record.checks[0].repetitions == 2000
    assert [path.name for path in tmp_path.iterdir()] == [f"selftest-{record.date}-full.json"]


def test_what_is_out_of_tolerance_is_named_and_exits_1(tested, tmp_path):
    status, out, _ = tested("--full", cells=(cell("fair", 0.95), cell("narrow", 0.8)))
    assert status == 1
    assert "1 of 2 checks in tolerance" in out and "out of tolerance narrow: 0.8" in out


def test_a_quick_test_only_says_that_no_gross_error_was_seen(tested):
    status, out, _ = tested("--quick")
    assert status == 0
    assert "no gross error seen" in out and "in tolerance" not in out


def test_an_undecided_check_is_widened_in_a_full_test_and_not_in_a_quick_one(tested, tmp_path):
    borderline = cell("borderline", 0.937)
    assert tested("--quick", cells=(borderline,))[0] == 0
    assert newest_record(installed(), tmp_path).checks[0].repetitions == 400
    assert tested("--full", cells=(borderline,))[0] == 0
    record = newest_record(installed(), tmp_path)
    assert record.checks[0].repetitions == 10_000 and record.checks[0].status == "in tolerance"


def test_an_interrupted_test_goes_on_and_ends_with_the_same_record(tested, tmp_path, monkeypatch):
    asked: list[str] = []

    def watched(seed, count, *, share):
        asked.append(f"{share}")
        if share == 0.96 and asked.count("0.96") == 3 and len(asked) < 40:
            raise KeyboardInterrupt
        return coins(seed, count, share=share)

    def made(share):
        return Cell(f"cell-{share}", "coverage", watched, (Aim("", "coins", Described()),), {"share": share}, TIMES, 100)

    both = (made(0.96), made(0.9))  # the last of the catalogue is the first to be done
    status, _, err = tested("--full", cells=both)
    assert status == 130 and "run the same command again to resume" in err
    assert newest_record(installed(), tmp_path) is None
    asked[:] = ["0.96"] * 40
    status, *_ = tested("--full", cells=both)
    record = newest_record(installed(), tmp_path)
    assert status == 0 and asked.count("0.9") == 0, "what was done is not done again"
    whole = {one.name: one.checks(run.Tally.joined(one.of_block(b) for b in range(20)))[0] for one in both}
    assert {check.name: check for check in record.checks} == whole


def test_one_part_alone_is_answered_and_not_recorded(tested, tmp_path):
    status, out, err = tested("--full", "--only", "fair", cells=(cell("fair", 0.95), cell("other", 0.5)))
    assert status == 0 and "1 of 1 decided." in out and "other" not in err
    assert newest_record(installed(), tmp_path) is None


def test_a_part_that_needs_what_is_not_installed_is_said_not_to_have_run(tested, tmp_path):
    _, out, _ = tested("--full", cells=(cell("fair", 0.95), cell("digits", 0.95, ("no-such-package",))))
    check = newest_record(installed(), tmp_path).checks[1]
    assert (check.status, check.note, check.seen) == ("not run", "no-such-package is not installed", None)
    assert "1 of 1 checks" in out


def test_an_unknown_part_and_a_file_that_is_no_record_are_told(tested, tmp_path):
    status, _, err = tested("--only", "fare")
    assert status == 2 and "did you mean `fair`?" in err
    (tmp_path / "plan.json").write_text("{}")
    status, _, err = tested("--table", str(tmp_path / "plan.json"))
    assert status == 2 and "it is no record of a self-test" in err


def test_the_table_and_the_json_hold_the_same(tested, tmp_path):
    status, out, _ = tested("--full", "--json")
    answer = json.loads(out)
    assert status == answer["status"] == 0 and answer["checks"][0]["name"] == "fair"
    status, out, _ = tested("--table", answer["record"])
    assert status == 0 and "| `fair` | coins, 0.95 | 0.93 to 0.97 |" in out


def test_processes_give_what_one_gives(tmp_path):
    cells = [catalogue.cells()["accuracy-30-0.8"]]
    told: list[str] = []
    found = [
        run.run(cells, "quick", run.Parts(tmp_path / str(workers)), workers, lambda one, lines: told.append(one.name))
        for workers in (1, 2)
    ]
    assert found[0] == found[1] and told == ["accuracy-30-0.8"] * 2
