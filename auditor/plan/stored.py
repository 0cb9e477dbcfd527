"""A plan as a run keeps it: places of the machine it was made on are cut to the name of the file."""

from __future__ import annotations

import re
from typing import Any

from auditor.plan.fields import AuditPlan

_ABSOLUTE = re.compile(r"^(?:/|~|[A-Za-z]:[\\/]|\\\\|file:/)")
_PARTS = ("model", "data")


def stored_plan(plan: AuditPlan) -> AuditPlan:
    """The same plan with "/data/rows.csv" as "…/rows.csv" under `model`, `data` and `frameworks`; relative paths stay."""
    written = plan.model_dump(mode="json")
    named = {part: _named(written[part]) for part in _PARTS}
    named["frameworks"] = [entry | {"file": _named(entry["file"])} for entry in written["frameworks"]]
    return plan if all(named[part] == written[part] for part in named) else AuditPlan.model_validate(written | named)


def _named(value: Any) -> Any:
    if isinstance(value, dict):
        return {_named(key): _named(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_named(entry) for entry in value]
    if isinstance(value, str) and _ABSOLUTE.match(value):
        return "…/" + re.split(r"[\\/]", value.rstrip("\\/"))[-1]
    return value
