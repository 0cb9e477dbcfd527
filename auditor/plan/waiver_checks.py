"""Mistakes in waivers: gates that are not there, dates that are none."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

from auditor.errors import AuditError, did_you_mean
from auditor.plan.mistakes import Mistake, shown, value_at
from auditor.plan.written import Values


def waiver_mistakes(values: Values) -> Iterator[Mistake]:
    """What is wrong in each waiver."""
    gates, waivers = (values.get(key) for key in ("gates", "waivers"))
    names = (
        [str(gate.get("result", "")) for gate in gates if isinstance(gate, Mapping)] if isinstance(gates, list | tuple) else []
    )
    margins = value_at(values, ("previous", "margins"))
    names += [f"previous-{name}" for name in margins] if isinstance(margins, Mapping) else []
    seen: dict[int, int] = {}
    for i, waiver in enumerate(waivers if isinstance(waivers, list | tuple) else []):
        if not isinstance(waiver, Mapping):
            continue
        day = str(waiver.get("expires", ""))
        if len(day) == 10 and not _is_date(day):
            mistake = AuditError("A waiver's last day is no day of the calendar.", found=shown(day), fix="write year-month-day")
            yield ("waivers", str(i), "expires"), mistake
        if "gate" not in waiver:
            continue
        place = gate_place(str(waiver["gate"]), names)
        if isinstance(place, AuditError):
            yield ("waivers", str(i), "gate"), place
        elif place in seen:
            mistake = AuditError(f"Gate {place + 1} has two waivers.", expected="one waiver per gate", fix="delete one of them")
            yield ("waivers", str(i), "gate"), mistake
        else:
            seen[place] = i


def gate_place(said: str, results: Sequence[str]) -> int | AuditError:
    """Place, from 0, of the gate a waiver or a finding names: '2', 'gate-2', or the result of the only gate on it."""
    number = said.removeprefix("gate-").strip()
    if number.isdigit():
        if 1 <= int(number) <= len(results):
            return int(number) - 1
        found, expected = f"gate {number}", f"1 to {len(results)}" if results else "a plan with gates"
        return AuditError("There is no such gate.", found=found, expected=expected, fix="name one of the plan's gates")
    places = [place for place, name in enumerate(results) if name == said]
    if len(places) == 1:
        return places[0]
    if places:
        numbers = " or ".join(str(place + 1) for place in places)
        return AuditError(f"Several gates are on `{shown(said)}`.", found=said, expected="one gate", fix=f"write {numbers}")
    return AuditError(f"No gate is on `{shown(said)}`.", found=shown(said), fix=did_you_mean(said, results))


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
