"""What pydantic found wrong, told to the author of a plan: found, expected, fix, and the nearest known key."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditor.errors import AuditError, did_you_mean
from auditor.plan.fields import AuditPlan, Part
from auditor.plan.yaml_text import Path

Mistake = tuple[Path, AuditError]

_PATTERNS = {
    r"^[0-9a-f]{64}$": "a SHA-256: 64 hexadecimal digits in lower case",
    r"^\d{4}-\d{2}-\d{2}$": "a date such as 2026-03-31",
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$": "letters, digits, `.`, `_` and `-`, at most 100, starting with a letter or digit",
}
_EXPECTED = {
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "float_type": "a number", "float_parsing": "a number", "finite_number": "a finite number",
    "string_type": "a text", "string_unicode": "a text of valid characters", "bool_type": "true or false",
    "bool_parsing": "true or false", "none_required": "nothing",
    "dict_type": "a mapping: `key: value` lines", "model_type": "a mapping: `key: value` lines",
    "tuple_type": "a list", "literal_error": "{expected}", "string_too_short": "a text that is not empty",
    "string_too_long": "at most {max_length} characters", "too_short": "at least {min_length} entries",
    "greater_than_equal": "at least {ge}", "less_than_equal": "at most {le}",
    "greater_than": "more than {gt}", "less_than": "less than {lt}",
}  # fmt: skip


def shown(value: Any) -> str:
    """A value as a plan would write it, short enough for one line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"{str(value).lower()} (a truth value, not a word)"
    if isinstance(value, Mapping):
        return f"a mapping with {len(value)} keys" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    text = " ".join(str(value)[:200].split())
    return text if len(text) <= 80 else text[:77] + "…"


def dotted(path: Iterable[str]) -> str:
    """("gates", "0", "result") as `gates.0.result`, shortened where a key is absurdly long."""
    return ".".join(step if len(step) <= 60 else step[:57] + "…" for step in path)


def value_at(values: Any, path: Path) -> Any:
    """The value at a path of the plan, None where there is none."""
    for step in path:
        if isinstance(values, Mapping):
            values = values.get(step)
        elif isinstance(values, list | tuple) and step.isdigit() and int(step) < len(values):
            values = values[int(step)]
        else:
            return None
    return values


def type_at(path: Path) -> Any:
    """The annotation of the plan at a path: a Part, a scalar type, `Any`; None where the plan has no such key."""
    kind: Any = AuditPlan
    for step in path:
        part = part_of(kind)
        if part is not None:
            kind = part.model_fields[step].annotation if step in part.model_fields else None
        else:
            container = next((k for k in members(kind) if typing.get_origin(k) in (tuple, dict)), None)
            kind = None if container is None else typing.get_args(container)[0 if typing.get_origin(container) is tuple else 1]
    return kind


def part_of(kind: Any) -> type[Part] | None:
    """The Part among the alternatives of an annotation."""
    return next((k for k in members(kind) if isinstance(k, type) and issubclass(k, Part)), None)


def members(kind: Any) -> tuple[Any, ...]:
    """The alternatives of an annotation."""
    if typing.get_origin(kind) is typing.Annotated:
        kind = typing.get_args(kind)[0]
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return tuple(member for k in typing.get_args(kind) for member in members(k))
    return (kind,)


def from_pydantic(errors: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> list[Mistake]:
    """One mistake per place of the plan, from `ValidationError.errors()` over `values`."""
    grouped: dict[Path, list[Mapping[str, Any]]] = {}
    for error in errors:
        grouped.setdefault(_place(error, values), []).append(error)
    inner = {path[:depth] for path in grouped for depth in range(len(path))}
    return [
        (path, _mistake(path, group))
        for path, group in grouped.items()
        if not (path in inner and group[0]["type"] == "too_short")  # said already by the entries that were refused
    ]


def _place(error: Mapping[str, Any], values: Any) -> Path:
    """The error's path without the tags pydantic adds for members of a union and for keys."""
    path: list[str] = []
    steps = [str(step) for step in error["loc"]]
    for number, step in enumerate(steps, 1):
        if isinstance(values, Mapping) and step in values:
            values = values[step]
        elif isinstance(values, list | tuple) and step.isdigit() and int(step) < len(values):
            values = values[int(step)]
        elif isinstance(values, Mapping) and error["type"] == "missing" and number == len(steps):
            return (*path, step)
        else:
            continue
        path.append(step)
    return tuple(path)


def _mistake(path: Path, errors: Sequence[Mapping[str, Any]]) -> AuditError:
    error, name = errors[0], dotted(path)
    if error["type"] == "missing":
        return AuditError(
            f"`{name}` is missing.", expected=_described(path) or "a value", fix=f"add `{path[-1]}:`" + _under(path[:-1])
        )
    if error["type"] == "extra_forbidden":
        return _unknown_key(path)
    expected = " or ".join(dict.fromkeys(expected_of(e) for e in errors))
    description = _described(path)
    found = shown(error["input"])
    return AuditError(
        f"`{name or 'plan'}` has a value that cannot be used.",
        found=found,
        expected=f"{expected} ({description})" if description else expected,
        fix=_fix(path, error),
    )


def _unknown_key(path: Path) -> AuditError:
    part = part_of(type_at(path[:-1]))
    known = tuple(part.model_fields) if part else ()
    where = f"a key of `{dotted(path[:-1])}`" if len(path) > 1 else "a key of a plan"
    hint = did_you_mean(path[-1], known)
    near = max(_all_keys(), key=lambda other: _likeness(other[-1], path[-1]))
    if _likeness(near[-1], path[-1]) > max((_likeness(key, path[-1]) for key in known), default=0.0) + 0.05:
        # the word exists, at another place of the plan
        hint = (
            f"did you mean `{dotted(near)}`? `{near[-1]}:` belongs" + _under(near[:-1])
            if _likeness(near[-1], path[-1]) > 0.75
            else hint
        )
    return AuditError(f"`{dotted(path)}` is not {where}.", found=f"{path[-1]}:", fix=hint)


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other[:60]).ratio()


def _all_keys() -> list[Path]:
    keys: list[Path] = []
    for name, field in AuditPlan.model_fields.items():
        part = part_of(field.annotation)
        keys += [(name,), *((name, inner) for inner in (part.model_fields if part else ()))]
    return keys


def expected_of(error: Mapping[str, Any]) -> str:
    """What should stand in the place of a value that pydantic refused."""
    if error["type"] == "string_pattern_mismatch":
        return _PATTERNS.get(error["ctx"]["pattern"], f"a text that matches {error['ctx']['pattern']}")
    if error["type"] in _EXPECTED:
        return _EXPECTED[error["type"]].format(**dict(error.get("ctx", {}))).replace("'", "`")
    return str(error["msg"]).removeprefix("Value error, ")


def _fix(path: Path, error: Mapping[str, Any]) -> str:
    value, key = error["input"], path[-1] if path else "plan"
    if error["type"] == "literal_error" and isinstance(value, str):
        if value.lower() in ("gpu", "nvidia"):
            return "did you mean `cuda`?"
        return did_you_mean(value, re.findall(r"'([^']*)'", error["ctx"]["expected"]))
    if error["type"] == "string_type" and isinstance(value, bool | int | float):
        quoted = f'"{str(value).lower() if isinstance(value, bool) else value}"'
        return f"put it in quotes to make it a text: {quoted if key.isdigit() else f'{key}: {quoted}'}"
    if error["type"] == "tuple_type":
        return f"write a list: `{key}: [first, second]`, or one `- entry` per line"
    part = part_of(type_at(path))
    if part is not None and _default(path) is None:
        required = [name for name, field in part.model_fields.items() if field.is_required()]
        return f"write its keys below it, indented: {', '.join(required or part.model_fields)}"
    default, field = _default(path), _field(path)
    if default not in (None, "", ()):
        return f"for example `{key}: {default}`"
    return "correct it" if field is None or field.is_required() else "correct it, or delete the line if it is not needed"


def _field(path: Path) -> Any:
    part = part_of(type_at(path[:-1])) if path else None
    return part.model_fields.get(path[-1]) if part else None


def _default(path: Path) -> Any:
    field = _field(path)
    return None if field is None or field.is_required() or not isinstance(field.default, str | int | float) else field.default


def _described(path: Path) -> str:
    field = _field(path)
    return (field.description or "") if field else ""


def _under(path: Path) -> str:
    return f" under `{dotted(path)}:`" if path else " at the top level of the plan"
