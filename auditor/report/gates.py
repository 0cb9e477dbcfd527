"""Gates as rows, failed first, and the line that says when and by whom the thresholds were set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.evidence.beforehand import Beforehand
from auditor.evidence.facts import FileFact
from auditor.evidence.findings import Finding
from auditor.evidence.units import DIFFERENCES
from auditor.report.language.translate import say
from auditor.report.material import Material
from auditor.report.numbers import Format, digest, narrow
from auditor.report.printable import shorten
from auditor.report.words import STATUS, Status, listing, sentence

_KINDS = {
    "groups": {"group_difference", "group_ratio", "impact_ratio", "selection_rate", "worst_group"},
    "calibration": {"overconfidence", "log_loss", "brier_score"},
    "robustness": {"accuracy_drop", "worst_corruption", "corrupted_accuracy", "corruption_flips"},
    "explanations": {"faithfulness_margin", "normalised_margin", "deletion_auc", "insertion_auc", "beats_random_share"},
}


_REASON = re.compile(r"(?:Not evaluated|Reason): (.+)\.$")
_BOUND = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class GateRow:
    """One gate as it is listed."""

    status: Status
    name: str
    """'Recall, class 3'."""
    result: str
    """'96.2 % (93.1 to 98.0 %)', or a dash."""
    bound: str
    next_step: str
    reason: str = ""
    """Why the gate was not evaluated; '' where it was."""


def gate_rows(material: Material) -> tuple[GateRow, ...]:
    """All gates: not met, inconclusive, not evaluated, met; in the plan's order within each."""
    order = list(STATUS)
    gates = [finding for finding in material.report.findings if finding.kind == "gate"]
    return tuple(_row(material, gate) for gate in sorted(gates, key=lambda gate: order.index(gate.status)))


def _row(material: Material, gate: Finding) -> GateRow:
    name, by = gate.results[0] if gate.results else (gate.id, {})
    titles = {method.name: method.title for method in material.methods}
    parts = [
        titles.get(value, value) if key == "method" else f"{key} {value}" for key, value in sorted(by.items(), reverse=True)
    ]
    said = ", ".join([material.title(name), *(part for part in parts if part != f"fill {material.fill}")])
    style = Format(gate.unit, points=name in DIFFERENCES)
    result = "–" if gate.value is None else style.value(gate.value)
    if gate.value is not None and gate.low is not None and gate.high is not None:
        result = f"{style.value(gate.value, (gate.low, gate.high))} ({narrow(style.interval(gate.low, gate.high))})"
    bound = (
        _BOUND.sub(lambda found: f"{100 * float(found[0]):g}", gate.bound) + style.suffix
        if gate.unit == "fraction"
        else gate.bound
    )
    several = f" (worst of {len(gate.results)})" if len(gate.results) > 1 else ""
    waived = f" (waived until {gate.waived_until})" if gate.waived_by else ""
    steps = " ".join(filter(None, [sentence(gate.waiver), gate.next_step]))
    why = _REASON.search(gate.statement) if gate.status == "not evaluated" else None
    named = shorten(say(said), 60) + several + waived
    return GateRow(STATUS[gate.status], named, result, bound.replace(" ", "\u00a0"), steps, why[1] if why else "")


def reasons_note(gates: Sequence[GateRow], most: int = 2) -> str:
    """Why gates were not evaluated, for the first `most` reasons."""
    reasons = list(dict.fromkeys(row.reason for row in gates if row.reason))[:most]
    return " ".join(f"Gate not evaluated: {reason}." for reason in reasons)


def beforehand_notes(before: Beforehand, judged: str, brief: bool = False) -> list[str]:
    """Whether the thresholds are the frozen ones, and which audit of these data this is; nothing where nothing is recorded."""
    parts = []
    if before.frozen is not None:
        held, day = before.frozen.thresholds_sha256, before.frozen.frozen[:10]
        when = "before the run began" if before.first else "not before the run began"
        if held == judged:
            parts.append(f"Thresholds as frozen {day}, {when}, witnessed by {_witness(before)}.")
        else:
            parts.append(f"Thresholds differ from those frozen {day}: {digest(held, 8)} became {digest(judged, 8)}.")
    if before.earlier:
        if before.last_thresholds_sha256 != judged:
            parts.append(f"Audit no. {before.earlier + 1} on these data; the one before had other thresholds.")
        elif brief:
            parts.append(f"Audit no. {before.earlier + 1} on these data.")
        else:
            parts.append(f"Audit no. {before.earlier + 1} on these data; the one before had the same thresholds.")
    return parts


def _witness(before: Beforehand) -> str:
    if before.unchecked:
        return f"a time stamp that was not checked ({before.unchecked})"
    return f"{shorten(before.witness.authority, 40)}, {before.witness.time}" if before.witness else "nobody"


def data_note(before: Beforehand, files: Sequence[FileFact]) -> str:
    """Whether the data frozen are the data audited; '' where nothing was frozen, or no file of data."""
    if before.frozen is None or not before.frozen.data:
        return ""
    audited = {fact.name: fact.sha256 for fact in files}
    other = [name for name, digest in sorted(before.frozen.data.items()) if audited.get(name) != digest]
    if not other:
        return "The data frozen are the data audited."
    return f"The data audited are not those frozen: {shorten(listing(other), 60)}."


def thresholds_note(
    material: Material, gates: tuple[GateRow, ...], hidden: tuple[GateRow, ...] = (), brief: bool = False
) -> str:
    """Whether the thresholds changed after the evidence was begun, who chose them, and what no gate looks at.

    Args:
        gates: all of them.
        hidden: those that are not listed above the note: they are counted, with their status.
        brief: leave out that the audit before had the same thresholds.
    """
    if not gates:
        return ""
    begun, judged = material.report.prepared.thresholds_sha256, material.report.thresholds_sha256
    before = material.report.beforehand or Beforehand()
    if begun != judged:
        parts = [f"Thresholds were changed after the run began: {digest(begun, 8)} became {digest(judged, 8)}."]
    elif before.frozen is None:
        parts = ["Thresholds unchanged since the run began, witnessed by nobody."]
    else:
        parts = []
    parts += [*beforehand_notes(before, judged, brief), *filter(None, [data_note(before, material.report.prepared.files)])]
    planned = [gate for gate in material.plan("gates", default=()) if isinstance(gate, dict)]
    chosen = sorted({str(gate.get("chosen_by") or "") for gate in planned} - {""})
    parts.append(f"Chosen by: {shorten(listing(chosen), 60) or 'not stated'}.")
    named = {str(gate.get("result")) for gate in planned} | {
        name for finding in material.report.findings if finding.kind == "gate" for name, _ in finding.results
    }
    missing = [kind for kind, names in _KINDS.items() if not named & names]
    if missing:
        parts.append(f"No gate on: {listing(missing)}.")
    if hidden:
        words = listing(list(dict.fromkeys(row.status.word for row in hidden)))
        parts.insert(0, f"{len(hidden)} more ({words}) in section {material.sections['design']}.")
    return " ".join(parts)
