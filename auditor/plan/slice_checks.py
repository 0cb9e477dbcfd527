"""Mistakes in the `slice` of a gate: what it names is not in the plan, so no result could ever fit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.errors import AuditError, did_you_mean
from auditor.plan.bounds import DEFAULT_FILL, SLICE_KEYS, further_fills
from auditor.plan.mistakes import Mistake, shown, value_at
from auditor.plan.written import Values, method_names, texts, unknown, word

WORST = "worst"


def slice_mistakes(values: Values) -> Iterator[Mistake]:
    """Unknown keys, and classes, methods, fills and columns of groups that the plan does not have."""
    known = {key: (where, names) for key, where, names in _known(values) if names}
    groups = (*_texts(values, "groups"), *_crossed(values))
    gates = values.get("gates")
    for i, gate in enumerate(gates if isinstance(gates, list | tuple) else []):
        chosen = gate.get("slice") if isinstance(gate, Mapping) else None
        for key, name in chosen.items() if isinstance(chosen, Mapping) else ():
            place = ("gates", str(i), "slice", str(key))
            if key not in SLICE_KEYS:
                yield unknown(place, str(key), "something a result can be of", tuple(sorted(SLICE_KEYS)))
            elif isinstance(name, bool) or str(name) == WORST:
                continue
            elif key == "attribute" and name not in groups:
                fix = did_you_mean(str(name), groups) if groups else f"declare it: `groups: [{shown(name)}]`"
                yield place, AuditError(f"`{shown(name)}` is not one of the plan's `groups`.", found=shown(name), fix=fix)
            elif key in known and str(name) not in known[key][1]:
                yield unknown(place, str(name), known[key][0], known[key][1])


def _known(values: Values) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(key, what its value has to be, the values there are); none where the plan does not say yet."""
    yield "class", "one of `model.classes`", _texts(values, "model", "classes")
    yield "method", "one of the plan's `methods`", tuple(name for _, name in method_names(values))
    modality = word(values, "data", "modality", default="tabular")
    own = (word(values, "primary", "fill") or DEFAULT_FILL.get(modality, ""), *_texts(values, "fills"))
    asked = None if value_at(values, ("trust", "fills")) is None else _texts(values, "trust", "fills")
    checked = value_at(values, ("trust", "enabled")) is not False
    yield "fill", "a fill of this audit", (*own, *(further_fills(own, asked, modality) if checked else ()))


def _texts(values: Values, *path: str) -> tuple[str, ...]:
    return tuple(name for _, name in texts(values, *path))


def _crossed(values: Values) -> tuple[str, ...]:
    """Names of the plan's intersections."""
    given = values.get("intersections")
    lists = [one for one in (given if isinstance(given, list | tuple) else ()) if isinstance(one, list | tuple)]
    return tuple(" × ".join(map(str, one)) for one in lists)
