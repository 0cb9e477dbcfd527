"""Mistakes under `robustness`: disturbances nobody knows or of another kind of data, anything listed twice, gates on others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from auditor.errors import AuditError
from auditor.plan.corruptions import CORRUPTIONS
from auditor.plan.mistakes import Mistake, shown
from auditor.plan.written import Values, texts, unknown, word

RESULTS = ("accuracy_drop", "corrupted_accuracy", "corruption_flips", "worst_corruption")
"""Results that only a plan with `robustness` has."""


def robustness_mistakes(values: Values) -> Iterator[Mistake]:
    """All of them, each with its place in the plan."""
    modality = word(values, "data", "modality", default="tabular")
    known = CORRUPTIONS.get(modality)
    named = texts(values, "robustness", "corruptions")
    for path, name in named if known else ():
        owners = [kind for kind, own in CORRUPTIONS.items() if name in own]
        if name in (known or {}):
            continue
        if not owners:
            yield unknown(path, name, f"a corruption of {modality} data", tuple(known or {}))
        else:
            mistake = AuditError(
                f"The corruption `{name}` makes no sense for {modality} data.",
                found=f"`{name}`, of {' and '.join(owners)} data",
                expected="one of " + ", ".join(known or {}),
                fix=f"choose another, or correct `data.modality` ({modality})",
            )
            yield path, mistake
    for key, entries in (("corruptions", named), ("severities", texts(values, "robustness", "severities"))):
        for name, count in Counter(name for _, name in entries).items():
            if count > 1:
                path = [place for place, other in entries if other == name][-1]
                mistake = AuditError(
                    f"`{shown(name)}` is listed {count} times in `robustness.{key}`.", expected="each once", fix="delete one"
                )
                yield path, mistake
    yield from _gates(values)


def _gates(values: Values) -> Iterator[Mistake]:
    gates = values.get("gates")
    asked = isinstance(values.get("robustness"), Mapping)
    for i, gate in enumerate(gates if isinstance(gates, list | tuple) else []):
        if not isinstance(gate, Mapping) or gate.get("result") not in RESULTS:
            continue
        if not asked:
            mistake = AuditError(
                f"The gate on `{gate['result']}` rests on corruptions, and the plan lists none.",
                found="no `robustness:`",
                expected="`robustness: {corruptions: […]}`",
                fix="add it, or delete the gate",
            )
            yield ("gates", str(i), "result"), mistake
            continue
        chosen = gate.get("slice")
        for key, listed in (("corruption", "corruptions"), ("severity", "severities")):
            name = chosen.get(key) if isinstance(chosen, Mapping) else None
            known = tuple(own for _, own in texts(values, "robustness", listed))
            known = known or (("1", "3", "5") if key == "severity" else ())  # what is listed by default
            if known and name is not None and not isinstance(name, bool) and str(name) not in known:
                yield unknown(("gates", str(i), "slice", key), str(name), f"one of `robustness.{listed}`", known)
