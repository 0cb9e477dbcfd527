"""What a plan says as written, whatever else is wrong in it: absent and wrongly typed values read as nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from auditor.errors import AuditError, did_you_mean
from auditor.plan.mistakes import Mistake, shown, value_at
from auditor.plan.yaml_text import Path

Values = Mapping[str, Any]


def texts(values: Values, *path: str) -> list[tuple[Path, str]]:
    """(place, text) of each entry of a list, numbers as texts; nothing when it is no list."""
    entries = value_at(values, path)
    entries = list(enumerate(entries)) if isinstance(entries, list | tuple) else []
    return [((*path, str(i)), str(e)) for i, e in entries if isinstance(e, str | int | float) and not isinstance(e, bool)]


def word(values: Values, *path: str, default: str = "") -> str:
    """The text at a path, `default` when there is none."""
    word = value_at(values, path)
    return word if isinstance(word, str) else default


def number(value: Any) -> float | None:
    """A number, also where it is quoted (the plan accepts both); None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        finite = float(value)
    except (ValueError, OverflowError):
        return None
    return finite if math.isfinite(finite) else None


def method_names(values: Values) -> list[tuple[Path, str]]:
    """(place, name) of each method."""
    entries = values.get("methods")
    entries = entries if isinstance(entries, list | tuple) else []
    names = [(("methods", str(i)), entry.get("name")) for i, entry in enumerate(entries) if isinstance(entry, Mapping)]
    return [(path, name) for path, name in names if isinstance(name, str)]


def unknown(path: Path, name: str, kind: str, known: tuple[str, ...]) -> Mistake:
    """The mistake of naming what is not in a list, with the nearest name that is."""
    return path, AuditError(f"`{shown(name)}` is not {kind}.", found=shown(name), fix=did_you_mean(name, known))
