"""run.json: stages with their times, appended run by run, never in the way of a finished audit."""

from __future__ import annotations

import json

import pytest

from auditor.evidence import clock
from auditor.evidence.clock import RunEvents, write_run_clock


class Heard:
    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def stage(self, name: str, total: int) -> None:
        self.calls.append(("stage", name, total))

    def advance(self, rows: int) -> None:
        self.calls.append(("advance", rows))

    def note(self, text: str) -> None:
        self.calls.append(("note", text))


@pytest.fixture
def time(monkeypatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(clock.time, "monotonic", lambda: now[0])
    return now


def test_each_stage_lasts_until_the_next_begins_and_its_rate_is_rows_per_second(time):
    events = RunEvents()
    events.stage("predictions", 100)
    time[0] = 2.0
    events.advance(60)
    time[0] = 4.0
    events.advance(40)
    events.stage("curves", 10)
    time[0] = 9.0
    for record in (events.record(), events.record()):
        first, second = record["stages"]
        assert (first["rows"], first["seconds"], first["rows_per_second"]) == (100, 4.0, 25.0)
        assert (second["rows"], second["seconds"], second["rows_per_second"]) == (0, 5.0, None)


def test_everything_heard_is_passed_on_in_order():
    heard = Heard()
    events = RunEvents(heard)
    events.stage("a", 3)
    events.advance(2)
    events.note("n")
    assert heard.calls == [("stage", "a", 3), ("advance", 2), ("note", "n")]
    assert events.record()["notes"] == ["n"]


def test_runs_are_appended_and_the_first_is_kept(tmp_path):
    for number in range(60):
        events = RunEvents()
        events.note(str(number))
        write_run_clock(tmp_path, events, finished=number % 2 == 0)
    runs = json.loads((tmp_path / "run.json").read_text())["runs"]
    assert len(runs) == 50
    assert [run["notes"] for run in (runs[0], runs[1], runs[-1])] == [["0"], ["11"], ["59"]]
    assert runs[-1]["finished"] is None


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"runs": 3}', b"\xff", b"[" * 100_000])
def test_an_unreadable_file_is_begun_anew(tmp_path, junk):
    (tmp_path / "run.json").write_bytes(junk)
    write_run_clock(tmp_path, RunEvents())
    assert len(json.loads((tmp_path / "run.json").read_text())["runs"]) == 1
