"""`run.json`: when an audit ran, how long each stage took, on what machine. Nothing in report.json depends on it."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from auditor.evidence.atomic import write_atomically

NAME = "run.json"
_KEPT = 50
"""Runs kept in the file: the first and the latest 49 (a run that is resumed often adds one each time)."""


class Progress(Protocol):
    """What hears of the progress of an audit: the command line, or nobody."""

    def stage(self, name: str, total: int) -> None:
        """A stage begins; `total` rows are ahead."""

    def advance(self, rows: int) -> None:
        """So many more rows of the stage are done."""

    def note(self, text: str) -> None:
        """Something worth telling happened."""


@dataclass
class RunEvents:
    """A `Progress` that remembers; passes everything on to `to`."""

    to: Progress | None = None
    started: float = field(default_factory=time.time)
    stages: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)

    def stage(self, name: str, total: int) -> None:
        """A stage begins, and the one before it ends."""
        self._close()
        self._since = time.monotonic()
        self.stages.append({"name": name, "rows": 0, "total": total, "seconds": 0.0})
        if self.to:
            self.to.stage(name, total)

    def advance(self, rows: int) -> None:
        """So many more rows are done."""
        if self.stages:
            self.stages[-1]["rows"] += rows
            self.stages[-1]["seconds"] = time.monotonic() - self._since
        if self.to:
            self.to.advance(rows)

    def note(self, text: str) -> None:
        """Remember a remark."""
        self.notes.append(text)
        if self.to:
            self.to.note(text)

    def record(self, finished: bool = True) -> dict[str, Any]:
        """This run as run.json holds it; seconds are wall-clock, rates are rows per second of the stage."""
        self._close()
        stages = [{**s, "seconds": round(s["seconds"], 3), "rows_per_second": _rate(s)} for s in self.stages]
        return {
            "started": _iso(self.started),
            "finished": _iso(time.time()) if finished else None,
            "stages": stages,
            "notes": list(self.notes),
            "machine": machine(),
        }

    @property
    def computed(self) -> bool:
        """Whether any row was computed; a run that was refused before leaves the folder as it was."""
        return any(stage["rows"] for stage in self.stages)

    def _close(self) -> None:
        if self.stages:
            self.stages[-1]["seconds"] = time.monotonic() - self._since


@contextlib.contextmanager
def clocked(run: Path, progress: Progress | None) -> Iterator[RunEvents]:
    """Remember what happens inside, pass it on, and append it to the run's `run.json`, also when it is cut short."""
    events = RunEvents(progress)
    try:
        yield events
    except BaseException:
        if (run / "evidence").is_dir() and events.computed:
            with contextlib.suppress(OSError):  # the disk may be full: what stopped the run matters more
                write_run_clock(run, events, finished=False)
        raise
    write_run_clock(run, events)


def write_run_clock(run: Path, events: RunEvents, finished: bool = True) -> None:
    """Append this run to `run.json`, atomically; an unreadable file is begun anew."""
    runs: list[Any] = []
    with contextlib.suppress(OSError, ValueError, RecursionError):
        before = json.loads((run / NAME).read_bytes())
        runs = before["runs"] if isinstance(before, dict) and isinstance(before.get("runs"), list) else []
    runs = [*runs[:1], *runs[1:][-(_KEPT - 2) :], events.record(finished)]
    content = json.dumps({"schema_version": "1", "runs": runs}, indent=1, ensure_ascii=False)
    write_atomically(run / NAME, content.encode("utf-8", "replace") + b"\n")


def machine() -> dict[str, Any]:
    """Processors and accelerator, without the machine's name. Torch is asked only where it is already loaded."""
    torch = sys.modules.get("torch")
    gpu = ""
    if torch is not None:
        with contextlib.suppress(Exception):  # a broken driver must not cost a finished run its record
            gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else ""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"system": platform.system(), "processor": _processor(), "cpus": usable, "gpu": gpu}


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _rate(stage: dict[str, Any]) -> float | None:
    return round(stage["rows"] / stage["seconds"], 1) if stage["seconds"] > 0 and stage["rows"] else None


def _iso(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
