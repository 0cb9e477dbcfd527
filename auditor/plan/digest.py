"""What of a plan the evidence depends on, as digests, and the differences between two plans in words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from auditor.plan.fields import AuditPlan

NOT_EVIDENCE: dict[str, Any] = {
    "gates": True,
    "previous": True,
    "verdict": True,
    "waivers": True,
    "declared": True,
    "disclosure": True,
    "frameworks": True,
    "report": True,
    "model": {"description"},
    "data": {"description"},
}
"""Keys that change what is said about the evidence, or how it is judged, but not the evidence."""

_ABSENT = object()


def evidence_part(plan: AuditPlan) -> dict[str, Any]:
    """The part of the plan the evidence depends on, as written.

    Keys left at their defaults are absent, so that a key added by a later version keeps older audits resumable.
    """
    return plan.model_dump(mode="json", exclude=NOT_EVIDENCE, exclude_defaults=True)


def evidence_sha256(plan: AuditPlan) -> str:
    """SHA-256 of the canonical JSON of `evidence_part`; the same on every machine."""
    return _sha256(evidence_part(plan))


def thresholds_sha256(plan: AuditPlan) -> str:
    """SHA-256 of the canonical JSON of the gates, in their order, and of the plan's own bounds of verdicts and margins."""
    gates = [gate.model_dump(mode="json", exclude_defaults=True) for gate in plan.gates]
    bounds = plan.verdict.model_dump(mode="json", exclude_defaults=True)
    margins = plan.previous.margins if plan.previous else {}
    more = {name: value for name, value in (("verdict", bounds), ("previous", margins)) if value}
    return _sha256([*gates, more] if more else gates)


def differences(old: AuditPlan, new: AuditPlan) -> list[str]:
    """Each key of the evidence-relevant part whose value differs: "primary.steps: 20, now 10"; empty when none does."""
    before, after = (dict(_leaves(plan.model_dump(mode="json", exclude=NOT_EVIDENCE))) for plan in (old, new))
    keys = [*before, *(key for key in after if key not in before)]
    return [
        f"{key}: {_shown(before.get(key, _ABSENT))}, now {_shown(after.get(key, _ABSENT))}"
        for key in keys
        if _shown(before.get(key, _ABSENT), whole=True)
        != _shown(after.get(key, _ABSENT), whole=True)  # 1 is not 1.0 in a digest
    ]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    # a list of plain values is one leaf: "classes.7: …" would hide that the list grew
    nested = isinstance(value, list) and any(isinstance(item, dict) for item in value)
    if path == "samples" and isinstance(value, dict):  # one choice, as the number is that may stand in the place of a rule
        yield path, {key: item for key, item in value.items() if item is not None}
    elif isinstance(value, dict) or nested:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _shown(value: Any, whole: bool = False) -> str:
    if value is _ABSENT:
        return "absent"
    text = json.dumps(value, ensure_ascii=False)
    if whole or len(text) <= 120:
        return text
    return f"{len(value)} entries {text[:100]}…" if isinstance(value, list) else f"{text[:100]}…"


def _sha256(value: Any) -> str:
    # the canonical JSON of evidence/record.py, which stands after this stage and so cannot be imported here
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
