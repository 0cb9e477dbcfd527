"""What a run tells while it works. Shown by the command line; silent from code."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives stages, model rows and notes."""

    def stage(self, name: str, total: int) -> None:
        """A stage begins; `total` is its number of model rows (forwards + backwards), 0 when not known."""
        ...

    def advance(self, rows: int) -> None:
        """Some more rows were computed."""
        ...

    def note(self, text: str) -> None:
        """Something the user should know; also kept in run.json."""
        ...


class Silent:
    """Tells nobody, but remembers the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def stage(self, name: str, total: int) -> None:
        """Nothing to show."""

    def advance(self, rows: int) -> None:
        """Nothing to show."""

    def note(self, text: str) -> None:
        """Remember it."""
        self.notes.append(text)
