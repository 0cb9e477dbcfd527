"""Whether the time stamp of frozen thresholds is still valid, and says what the report says it says. Offline."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.errors import AuditError
from auditor.evidence.beforehand import Beforehand, witnessed


@dataclass(frozen=True)
class Stamped:
    """What there is to say of the time stamp; all empty where there is none."""

    differences: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()


def time_stamp(before: Beforehand | None) -> Stamped:
    """Check it again."""
    if before is None or before.frozen is None or before.frozen.stamp is None:
        return Stamped()
    try:
        witness, unchecked = witnessed(before.frozen)
    except AuditError as problem:
        return Stamped(differences=(f"evidence/beforehand.json: {problem.message} ({problem.found})",))
    if unchecked or witness is None:
        return Stamped(not_checked=(f"the time stamp of the frozen thresholds: {unchecked}",))
    if before.witness is not None and before.witness != witness:
        return Stamped(differences=("evidence/beforehand.json: its time stamp does not say what the report says it says",))
    said = f"the thresholds were frozen by {witness.time}, says the time stamp of {witness.authority}"
    traced = () if witness.traced else ("who that authority is: its certificate was traced to no root",)
    return Stamped(checked=(said,), not_checked=traced)
