"""The register of findings: what people accepted as a finding, and every gate that is not met, with who deals with it.

`findings.yaml` is a list; each entry has `id`, `severity`, `statement`, and what it rests on: `gate` or `signal` (then the
statement may be left out) or `results`. `owner`, `due`, `response` and `status` may follow. Severity is set by people, never
by the tool.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from auditor.errors import AuditError, PlanMistakes, did_you_mean
from auditor.evidence.atomic import write_atomically
from auditor.evidence.findings import Finding
from auditor.evidence.record import Record, canonical_json
from auditor.evidence.results import Result
from auditor.judge.waivers import named_gates
from auditor.judge.worst import fitting
from auditor.plan import AuditPlan
from auditor.plan.waiver_checks import gate_place
from auditor.plan.yaml_text import parse_yaml

NAME = "findings.yaml"
STORED = "findings.json"
_MOST_BYTES = 1_000_000
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class Rests(Record):
    """A result that a finding rests on; without a slice: the one of all rows, else that of every class."""

    result: Text
    slice: dict[str, Annotated[str, BeforeValidator(str)]] = Field(default_factory=dict)


class Entry(Record):
    """One finding as people wrote it."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$")]
    severity: Literal["low", "medium", "high", "critical"]
    statement: str = ""
    gate: Annotated[str, BeforeValidator(str)] = ""
    signal: str = ""
    results: tuple[Rests, ...] = ()
    owner: str = ""
    due: Annotated[str, BeforeValidator(str), Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    response: str = ""
    status: Literal["open", "closed"] = "open"


class Register(Record):
    """`findings.json` of a run: the register as it was when the report was made."""

    entries: tuple[Entry, ...]


def read_register(content: bytes, name: str = NAME) -> Register:
    """The register from its YAML.

    Raises:
        AuditError: it is no YAML list.
        PlanMistakes: entries are wrong; holds every mistake.
    """
    value = parse_yaml(content[:_MOST_BYTES].decode("utf-8", "replace"), name).value
    if value is None:
        return Register(entries=())
    if not isinstance(value, list):
        raise AuditError(
            f"{name} is no register of findings.",
            found=type(value).__name__,
            expected="a list; each entry with id, severity, statement and gate or results",
            fix="begin each finding with `- id: F1`",
        )
    entries, mistakes = [], []
    for number, item in enumerate(value, 1):
        try:
            entry = Entry.model_validate(item if not isinstance(item, Mapping) else dict(item))
            mistakes += _wrong(entry, number)
            entries.append(entry)
        except ValidationError as problem:
            mistakes += [
                AuditError(f"Finding {number}: `{'.'.join(map(str, e['loc']))}`: {e['msg']}.", found=str(e["input"])[:100])
                for e in problem.errors()
            ]
    for name_twice in sorted({e.id for e in entries if sum(o.id == e.id for o in entries) > 1}):
        mistakes.append(AuditError(f"Two findings are called `{name_twice}`.", expected="one id per finding", fix="rename one"))
    if mistakes:
        raise PlanMistakes(name, mistakes)
    return Register(entries=tuple(entries))


def keep_register(run: Path, plan_folder: Path | None) -> None:
    """Store the register that lies beside the plan in the run; a report made with another one is made again.

    Raises:
        AuditError: the file is none; what is stored stays as it was.
    """
    path = plan_folder / NAME if plan_folder is not None else None
    content = canonical_json(read_register(path.read_bytes())) if path is not None and path.is_file() else None
    stored = run / STORED
    if content == (stored.read_bytes() if stored.exists() else None):
        return
    (run / "report.json").unlink(missing_ok=True)
    if content is None:
        stored.unlink()
    else:
        write_atomically(stored, content)


def stored_register(run: Path) -> Register | None:
    """The register stored in a run, None where there is none."""
    path = run / STORED
    return Register.model_validate_json(path.read_bytes()) if path.exists() else None


def _wrong(entry: Entry, number: int) -> list[AuditError]:
    label, found = f"Finding {number} ({entry.id})", []
    if not entry.statement.strip() and not entry.gate and not entry.signal:
        expected = "a `statement`, or the `gate` or `signal` it is about"
        found.append(AuditError(f"{label} says nothing.", expected=expected, fix="add one"))
    if not entry.gate and not entry.signal and not entry.results:
        expected = "`gate`, `signal`, or `results: [{result: accuracy}]`"
        found.append(AuditError(f"{label} rests on nothing.", expected=expected, fix="name what shows it"))
    if entry.due:
        try:
            datetime.date.fromisoformat(entry.due)
        except ValueError:
            found.append(AuditError(f"{label}: `due` is no day of the calendar.", found=entry.due, fix="write year-month-day"))
    return found


def registered(
    plan: AuditPlan, register: Register | None, gates: Sequence[Finding], results: Sequence[Result]
) -> tuple[Finding, ...]:
    """Findings of the report: one per entry of the register, and one per gate that is not met and has no entry.

    Args:
        gates: the gates' findings in the plan's order, those on the release before, then signals.

    Raises:
        PlanMistakes: entries name gates or results that this run does not have; holds every mistake.
    """
    names, mistakes, found, covered = named_gates(plan), [], [], set()
    seen = {one.id: one for one in gates if one.kind == "signal"}
    for entry in register.entries if register else ():
        place = gate_place(entry.gate, names) if entry.gate else None
        signal = _signal(entry, seen) if entry.signal else None
        rests = [_rests(entry, rest, results) for rest in entry.results]
        mistakes += [one for one in (place, signal, *rests) if isinstance(one, AuditError)]
        if isinstance(place, int):
            covered.add(gates[place].id)
        slices = [pair for one in rests if not isinstance(one, AuditError) for pair in one]
        about = gates[place] if isinstance(place, int) else signal if isinstance(signal, Finding) else None
        found.append(_finding(entry, about, slices))
    if mistakes:
        raise PlanMistakes(NAME, mistakes)
    return (*found, *(_of_gate(gate) for gate in gates if gate.status == "not met" and gate.id not in covered))


def _signal(entry: Entry, seen: Mapping[str, Finding]) -> Finding | AuditError:
    if entry.signal in seen:
        return seen[entry.signal]
    fix = did_you_mean(entry.signal, seen) if seen else "name what shows it under `results`"
    return AuditError(f"Finding {entry.id}: this run has no such signal.", found=entry.signal, fix=fix)


Pairs = list[tuple[str, dict[str, str]]]


def _rests(entry: Entry, rest: Rests, results: Sequence[Result]) -> Pairs | AuditError:
    named = [result for result in results if result.name == rest.result]
    if not named:
        fix = did_you_mean(rest.result, {result.name for result in results})
        return AuditError(f"Finding {entry.id}: this run has no such result.", found=rest.result, fix=fix)
    meant = fitting(named, rest.slice, frozenset())
    if not meant:
        offers = [", ".join(f"{key} {value}" for key, value in r.slice.items()) or "overall" for r in named]
        expected = f"one of: {'; '.join(offers[:8])}"
        return AuditError(f"Finding {entry.id}: {rest.result} has no such slice.", found=str(rest.slice), expected=expected)
    return [(r.name, r.slice) for r in meant]


def _finding(entry: Entry, gate: Finding | None, results: Pairs) -> Finding:
    statement = entry.statement.strip() or (gate.statement if gate else "")
    return Finding(
        id=entry.id,
        kind="finding",
        status=entry.status,
        statement=statement,
        results=(*(gate.results if gate else ()), *results),
        severity=entry.severity,
        owner=entry.owner,
        due=entry.due,
        response=entry.response,
        next_step=gate.next_step if gate and not entry.response else "",
    )


def _of_gate(gate: Finding) -> Finding:
    return Finding(
        id=f"finding-{gate.id}",
        kind="finding",
        status="open",
        statement=gate.statement,
        results=gate.results,
        next_step=gate.next_step,
    )
