"""The record of `auditor selftest`: what was simulated on this machine, and the one line of it that enters every report.

Records lie in one folder: the one that AUDITOR_SELFTEST names, else `auditor` in the user's cache. A run reads the newest one
made by the same version of auditor; records by other versions say nothing of the code that runs.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from auditor.evidence.record import Record

NOT_RUN = "not run on this machine"
PATTERN = "selftest-*.json"

Mode = Literal["quick", "full"]
Status = Literal["in tolerance", "out of tolerance", "undecided", "described", "not run"]


class SelftestCheck(Record):
    """One line of the table."""

    name: str
    kind: str = Field(description="coverage, false alarms, planted truth, controls, precision")
    asked: str = Field(description="what was simulated, for the reader")
    expected: str = Field(description="the tolerance in words; what is only described has none")
    seen: float | None = Field(None, description="a share of repetitions, or the largest error; None: not run")
    interval: tuple[float, float] | None = Field(None, description="Clopper-Pearson limits of the share; None for an error")
    level: float | None = Field(None, description="of the interval")
    repetitions: int = Field(ge=0, description="simulated data sets, or trained models")
    status: Status
    note: str = Field("", description="why it was not run, or what it means; '' else")


class SelftestRecord(Record):
    """One self-test of the instrument; its checks are simulations by the author of the instrument, not by a third party."""

    schema_version: str = "1"
    date: str = Field(description="day it was completed, UTC: 2026-11-21")
    mode: Mode
    versions: dict[str, str] = Field(description="auditor, numpy, scipy, torch, python, platform")
    seed: int
    checks: tuple[SelftestCheck, ...]

    def having(self, *statuses: Status) -> tuple[SelftestCheck, ...]:
        """Checks of these statuses."""
        return tuple(check for check in self.checks if check.status in statuses)

    @property
    def judged(self) -> int:
        """Checks that have a tolerance and were run."""
        return len(self.having("in tolerance", "out of tolerance", "undecided"))


def selftest_folder() -> Path | None:
    """Where records lie, or will lie; None where the user has no home."""
    named = os.environ.get("AUDITOR_SELFTEST", "")
    if named:
        return Path(named).expanduser()
    try:
        cache = os.environ.get("XDG_CACHE_HOME", "") or str(Path.home() / ".cache")
    except RuntimeError:
        return None
    return Path(cache) / "auditor"


def newest_record(version: str, folder: Path | None = None) -> SelftestRecord | None:
    """The latest record made by a version of auditor, of two of one day the full one; files that are no record are left alone.

    Args:
        folder: None: `selftest_folder()`.
    """
    folder = folder or selftest_folder()
    found = [_read(path) for path in sorted(folder.glob(PATTERN))] if folder is not None and folder.is_dir() else []
    fitting = [one for one in found if one is not None and one.versions.get("auditor") == version]
    return max(fitting, key=lambda one: (one.date, one.mode == "full"), default=None)


def selftest_line(version: str, folder: Path | None = None) -> str:
    """'instrument self-test of 2026-11-21: 61 of 63 checks in tolerance (author's own simulations)', or that there is none."""
    record = newest_record(version, folder)
    return NOT_RUN if record is None else line_of(record)


def line_of(record: SelftestRecord) -> str:
    """The line for one record; a quick one says no more than what it saw."""
    wrong = len(record.having("out of tolerance"))
    if record.mode == "full":
        kept = len(record.having("in tolerance"))
        return (
            f"instrument self-test of {record.date}: {kept} of {record.judged} checks in tolerance (author's own simulations)"
        )
    if not wrong:
        return f"quick instrument self-test of {record.date}: no gross error seen (author's own simulations)"
    return (
        f"quick instrument self-test of {record.date}: {wrong} of {record.judged} checks out of tolerance "
        "(author's own simulations)"
    )


def _read(path: Path) -> SelftestRecord | None:
    try:
        return SelftestRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
