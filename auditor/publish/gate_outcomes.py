"""Gates as build servers see them: one outcome each, a stable name, and what became of it since an earlier run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from auditor.evidence.findings import Finding
from auditor.evidence.record import canonical_json, sha256
from auditor.judge import exit_status
from auditor.judge.outcome import shown
from auditor.judge.waivers import counts
from auditor.publish.finished import FinishedRun

Baseline = Literal["new", "unchanged", "updated", "absent"]


@dataclass(frozen=True)
class Outcome:
    """One gate."""

    finding: Finding
    name: str
    """'recall.class=3', as people search for it."""
    fingerprint: str
    """Digest of result, slice and bound: the same gate in another run has the same."""
    line: int
    """Its line in the plan, from 1; 0 where unknown."""
    waiver: str
    """Who accepted it and why; '' when nobody did."""
    baseline: Baseline | None
    """What became of it since the earlier run; None without one."""

    @property
    def figures(self) -> str:
        """'0.962 [0.931, 0.98] ≥ 0.95': value, interval and bound in the unit of the plan."""
        gate = self.finding
        if gate.value is None:
            return f"{gate.status}; bound {gate.bound}"  # a digest has no value, and is met or not all the same
        limits = "" if gate.low is None or gate.high is None else f" [{gate.low:.4g}, {gate.high:.4g}]"
        unit = "" if gate.unit in ("", "fraction") else f" {gate.unit}"
        return f"{gate.value:.4g}{limits}{unit}; bound {gate.bound}"

    @property
    def shown(self) -> str:
        """The value for people: '96.2 %'; a dash where there is none."""
        return "–" if self.finding.value is None else shown(self.finding.value, self.finding.unit)


def outcomes(
    run: FinishedRun,
    lines: tuple[int, ...] = (),
    *,
    waivers: Mapping[str, str] | None = None,
    earlier: FinishedRun | None = None,
) -> tuple[Outcome, ...]:
    """The gates of a run in the plan's order; those only the earlier run had follow, as `absent`.

    Args:
        run: the run.
        lines: the line of each gate.
        waivers: finding id -> who accepted it and why.
        earlier: the run to compare with.
    """
    before = {fingerprint(gate): gate for gate in earlier.gates} if earlier else {}
    found = []
    for number, gate in enumerate(run.gates):
        mark = fingerprint(gate)
        old = before.get(mark)
        state: Baseline | None = None
        if earlier is not None:
            state = "new" if old is None else "unchanged" if old.status == gate.status else "updated"
        line = lines[number] if number < len(lines) else 0
        found.append(Outcome(gate, gate_name(gate), mark, line, (waivers or {}).get(gate.id, "") or _accepted(gate), state))
    here = {one.fingerprint for one in found}
    found += [Outcome(gate, gate_name(gate), mark, 0, "", "absent") for mark, gate in before.items() if mark not in here]
    return tuple(found)


def status_of(found: tuple[Outcome, ...]) -> int:
    """Exit status of the gates that nobody waived: 1 one not met, else 3 one undecided, else 0."""
    return exit_status(one.finding for one in found if not one.waiver and one.baseline != "absent")


def gate_name(gate: Finding) -> str:
    """'recall.class=3'."""
    name, by = gate.results[0] if gate.results else (gate.id, {})
    if len(gate.results) > 1:  # which one is the worst differs from run to run; the gate is the same
        common = {part: value for part, value in by.items() if all(other.get(part) == value for _, other in gate.results)}
        return ".".join([name, *(f"{part}={value}" for part, value in sorted(common.items())), "worst"])
    return ".".join([name, *(f"{part}={value}" for part, value in sorted(by.items()))])


def _accepted(gate: Finding) -> str:
    return gate.waiver if counts(gate) and gate.status != "met" else ""


def fingerprint(gate: Finding) -> str:
    """SHA-256 over what the gate is set on and its bound."""
    return sha256(canonical_json([*sorted(([name, by] for name, by in gate.results), key=canonical_json), gate.bound]))
