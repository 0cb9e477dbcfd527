"""Mistakes in `intersections` and `operating_point`: columns that are no groups, unknown classes, costs that weigh nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.errors import AuditError
from auditor.plan.mistakes import Mistake, shown, value_at
from auditor.plan.written import Values, number, texts, unknown


def group_mistakes(values: Values) -> Iterator[Mistake]:
    """All of them, each with its place in the plan."""
    groups = tuple(name for _, name in texts(values, "groups"))
    written = values.get("intersections")
    seen: list[frozenset[str]] = []
    for i in range(len(written) if isinstance(written, list | tuple) else 0):
        named = texts(values, "intersections", str(i))
        for path, name in named:
            if name not in groups:
                yield unknown(path, name, "one of the plan's `groups`", groups) if groups else _no_groups(path)
        columns = frozenset(name for _, name in named)
        if len(columns) < len(named) or (len(columns) > 1 and columns in seen):
            what = "names a column twice" if len(columns) < len(named) else "is listed twice"
            found = shown(", ".join(name for _, name in named))
            fix = "write each column, and each intersection, once"
            yield ("intersections", str(i)), AuditError(f"An intersection {what}.", found=found, fix=fix)
        seen.append(columns)
    yield from _point(values)


def _no_groups(path: tuple[str, ...]) -> Mistake:
    fix = "list the column under `groups:` too"
    return path, AuditError("An intersection needs groups, and the plan lists none.", found="no `groups:`", fix=fix)


def _point(values: Values) -> Iterator[Mistake]:
    classes = tuple(name for _, name in texts(values, "model", "classes"))
    named = value_at(values, ("operating_point", "class"))
    if classes and isinstance(named, str | int | float) and not isinstance(named, bool) and str(named) not in classes:
        yield unknown(("operating_point", "class"), str(named), "one of `model.classes`", classes)
    costs = value_at(values, ("operating_point", "costs"))
    if isinstance(costs, Mapping):
        both = [number(costs.get(key, 1.0)) for key in ("false_positive", "false_negative")]
        if both == [0.0, 0.0]:
            fix = "write what a wrong decision costs, or delete `costs:`"
            yield ("operating_point", "costs"), AuditError("Both costs are 0, so no threshold is better than another.", fix=fix)
