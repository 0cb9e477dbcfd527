"""The one error a user can repair, and the words it is told in: found, expected, fix."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class AuditError(Exception):
    """A mistake the user can repair. Printed without a traceback; exit status 2.

    Args:
        message: what is wrong, one sentence.
        found: what was there.
        expected: what should have been there.
        fix: what to do now, as an instruction.
    """

    def __init__(self, message: str, *, found: str = "", expected: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.found = found
        self.expected = expected
        self.fix = fix

    def __str__(self) -> str:
        parts = [("found", self.found), ("expected", self.expected), ("fix", self.fix)]
        return "\n".join([self.message, *(f"  {name + ':':<9} {text}" for name, text in parts if text)])


class PlanMistakes(AuditError):
    """Every mistake of one plan at once; each is a complete `AuditError`."""

    def __init__(self, source: str, mistakes: Sequence[AuditError]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__(f"{source}: {count}; nothing was run.")
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        return "\n\n".join([self.message, *(str(mistake) for mistake in self.mistakes)])


class UserCodeError(AuditError):
    """The user's own factory, dataset or model raised; `__cause__` is what it raised."""


class VerificationError(Exception):
    """Stored evidence or a report no longer matches its digests; exit status 4.

    Args:
        differences: one sentence per difference, naming the file.
    """

    def __init__(self, differences: Sequence[str]) -> None:
        super().__init__("\n".join(differences))
        self.differences = tuple(differences)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return 'did you mean `x`?' for the nearest known name, or the list of names when none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.55)
    return f"did you mean `{near[0]}`?" if near else "known names: " + ", ".join(names)
