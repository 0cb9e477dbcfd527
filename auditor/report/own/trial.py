"""Made-up contexts with every field filled: what templates are tried on where there is no run."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar

from markupsafe import Markup

from auditor.report.figures._style import Picture
from auditor.report.lookup import Lookup
from auditor.report.own.readable import Results
from auditor.report.view import TableView, columns
from auditor.report.words import STATUS, Status

_Made = TypeVar("_Made")
_SVG = '<svg role="img" viewBox="0 0 2 1"><title>A picture of the report</title><path d="M0 0h2v1z"/></svg>'
PICTURE = Picture("trial.svg", _SVG.encode(), "image/svg+xml", Markup(_SVG), "A picture of the report")
_PLAIN: dict[Any, Any] = {
    str: "text", int: 3, float: 0.5, bool: True, bytes: b"", Markup: Markup("text"), Picture: PICTURE, Any: "text",
    Lookup: Lookup(()), Status: STATUS["inconclusive"],
    TableView: TableView("A table of the report", columns("Name", "#Value"), (("a", "1"), ("b", "2"))),
}  # fmt: skip


@cache
def trial(kind: type[_Made]) -> _Made:
    """An instance of a context's dataclass with every field filled: lists hold two entries, nothing is None or empty."""
    return _of(kind)  # type: ignore[no-any-return]


def _of(kind: Any) -> Any:
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin in (typing.Union, types.UnionType):
        return _of(next(one for one in inside if one is not types.NoneType))
    if origin is Literal:
        return inside[0]
    if origin is tuple:
        return (_of(inside[0]),) * 2 if len(inside) == 2 and inside[1] is ... else tuple(map(_of, inside))
    if origin in (dict, Mapping):
        return {_of(inside[0]): _of(inside[1])}
    if origin is not None:
        return _of(origin)
    if kind is Results:
        return Results(Lookup(()), ("accuracy",))
    if is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return kind(**{field.name: _of(hints[field.name]) for field in fields(kind) if field.init})
    return "text"
