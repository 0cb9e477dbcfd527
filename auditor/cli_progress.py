"""The progress of a run on a terminal: stage, rows done, rate and time left. Silent where nobody watches."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.cli_voice import Voice


def is_watched(voice: Voice) -> bool:
    """Whether a moving display makes sense."""
    return sys.stderr.isatty() and not voice.quiet


class Display:
    """A `Progress` for people; use as a context manager."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self._bar: Any = _bar() if is_watched(voice) else None
        self._task: Any = None

    def __enter__(self) -> Display:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def stage(self, name: str, total: int) -> None:
        """A stage begins; the one before it is complete."""
        if self._bar is None:
            if self.voice.verbose:
                self.voice.tell(f"{name}: {total:,} rows" if total else name)
            return
        self._finish()
        self._task = self._bar.add_task(name, total=total or None)

    def advance(self, rows: int) -> None:
        """So many more rows are done."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, rows)

    def note(self, text: str) -> None:
        """Told beside the bar, without disturbing it."""
        if self._bar is not None:
            self._bar.console.print(f"note: {text}", markup=False, highlight=False, soft_wrap=True)
        else:
            self.voice.tell(f"note: {text}")

    def done(self) -> None:
        """The last stage is complete."""
        if self._bar is not None:
            self._finish()

    def _finish(self) -> None:
        if self._task is not None:
            task = next(task for task in self._bar.tasks if task.id == self._task)
            self._bar.update(self._task, total=task.total or task.completed or 1, completed=task.total or task.completed or 1)


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        """Rows per second of the stage."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f} rows/s" if speed and (task.total or 0) > 1 else "")

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        Rate(),
        TimeElapsedColumn(),
        TextColumn("left", markup=False),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), refresh_per_second=4)
