"""What verification found to be as it was written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from auditor.evidence.manifest import NAME as MANIFEST

UNSIGNED = f"who wrote the files: nothing here is signed, and whoever can rewrite all files can rewrite {MANIFEST} too"


@dataclass(frozen=True)
class Verified:
    """What was checked, all of it without a difference."""

    path: Path
    report_id: str
    files: int
    """Files whose SHA-256 was compared."""
    checked: tuple[str, ...]
    """For the reader, one statement each."""
    not_checked: tuple[str, ...]
    what: Literal["report", "comparison"] = "report"
    """What the id is of."""
