"""Mistakes in the chosen frameworks: names nobody knows, both a name and a file, one twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.errors import AuditError
from auditor.plan.mistakes import Mistake, shown
from auditor.plan.written import Values, unknown
from auditor.registry import data_names


def framework_mistakes(values: Values) -> Iterator[Mistake]:
    """What is wrong in each entry of `frameworks`."""
    entries = values.get("frameworks")
    known, seen = data_names("judge.frameworks", "yaml"), set()
    for i, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        path, named = ("frameworks", str(i)), entry if isinstance(entry, Mapping) else {"id": entry}
        name, file = named.get("id") or "", named.get("file") or ""
        if not isinstance(name, str) or not isinstance(file, str):
            continue
        if bool(name) == bool(file):
            found = f"id {shown(name)} and file {shown(file)}" if name else "neither"
            yield path, AuditError("A framework is named by its id or by its file.", found=found, fix="give one of the two")
            continue
        if name and name not in known:
            yield unknown(path if isinstance(entry, str) else (*path, "id"), name, "a framework", known)
        if (name, file) in seen:
            mistake = AuditError(f"The framework `{shown(name or file)}` is listed twice.", fix="keep one of them")
            yield path, mistake
        seen.add((name, file))
