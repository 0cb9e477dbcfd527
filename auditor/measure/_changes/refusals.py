"""Why two audits cannot be compared, for whoever has to repair it."""

from __future__ import annotations

from auditor.errors import AuditError
from auditor.measure._frame import Frame


def same_classes(old: Frame, new: Frame) -> None:
    """Raise where the two audits are about other classes."""
    if old.classes == new.classes and (old.sets is None) == (new.sets is None):
        return
    gone, come = ([c for c in a.classes if c not in b.classes] for a, b in ((old, new), (new, old)))
    found = [f"only in the old: {', '.join(gone[:8])}"] if gone else []
    found += [f"only in the new: {', '.join(come[:8])}"] if come else []
    if (old.sets is None) != (new.sets is None):
        found.append("one allows several labels per row, the other does not")
    raise AuditError(
        "The two audits are about other classes; their samples cannot be compared one by one.",
        found="; ".join(found) or f"the same names in another order ({', '.join(new.classes[:6])}, …)",
        expected="the same class names in the same order",
        fix="compare each with a run of its own kind; both reports stay as they are",
    )


def other_keys(old: Frame, new: Frame) -> AuditError:
    """Ids were hashed with different keys."""
    keys = [f"hashed with key {frame.prepared.data.id_key}" if frame.prepared.data.id_key else "plain" for frame in (old, new)]
    return AuditError(
        "Sample ids of the two audits cannot be compared: they were hashed with different keys.",
        found=f"{keys[0]} in the old, {keys[1]} in the new audit",
        expected="the same key, named by AUDITOR_ID_KEY when both audits ran, or `ids: plain` in both",
        fix="run one of the audits again with the other's key; a redacted copy has ids of its own: compare the run it was made "
        "from",
    )


def nothing_shared(old: Frame, new: Frame, shared_ids: int, by: str) -> AuditError:
    """No sample has a partner; `shared_ids`: ids that occur in both."""
    if by == "content":
        return other_keys(old, new)
    rows = f"{len(old.label):,} and {len(new.label):,} evaluated rows"
    if by == "id and content" and shared_ids:
        return AuditError(
            "The two audits share ids, but not one sample has the same content.",
            found=f"{shared_ids:,} equal ids, each with another input or label",
            expected="the same decoded inputs and labels",
            fix="add `--match id` if the releases prepare the same raw data differently; else check the data of both plans",
        )
    return AuditError(
        "The two audits share no sample.",
        found=rows,
        expected="at least one sample that was evaluated in both",
        fix="audit both releases on the same evaluation set",
    )
