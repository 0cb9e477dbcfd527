"""Translate what a section hands to its template: every string in it, except names, code and what people declared."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from markupsafe import Markup

from auditor.report.definitions import Definition
from auditor.report.figures._style import Picture
from auditor.report.language.translate import Language, heading, spoken
from auditor.report.marked_text import Piece
from auditor.report.view import Column, Statement, TableView
from auditor.report.words import Status

_Made = TypeVar("_Made")

_AS_IT_IS = (Picture, Piece)
"""Pictures speak already; pieces are the audited text."""
_KEPT = {Status: {"sign", "style"}, Definition: {"source", "names"}}
"""Fields that are no text of this tool's."""
_WHOLE = {Column: {"name"}, Status: {"word"}}
"""Fields that are always this tool's own words, whatever the data call their classes."""


def in_language(value: _Made) -> _Made:
    """A context with its strings in the language of the document; everything else, and its type, as it was."""
    language = spoken()
    return value if language is None else _said(value, language)


def _said(value: Any, language: Language) -> Any:
    if isinstance(value, str):
        return value if isinstance(value, Markup) else language.say(value)
    if isinstance(value, _AS_IT_IS):
        return value
    if isinstance(value, Statement):  # a person's own words, unless it is our example of one
        own = {name: language.message(getattr(value, name)) or getattr(value, name) for name in ("text", "by")}
        return dataclasses.replace(value, topic=language.say(value.topic), **own)
    if isinstance(value, TableView):
        return _table(value, language)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept, whole = _KEPT.get(type(value), set()), _WHOLE.get(type(value), set())
        changed = {
            field.name: (heading if field.name in whole else lambda one: _said(one, language))(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.init and field.name not in kept
        }
        return dataclasses.replace(value, **changed)
    if isinstance(value, tuple):
        made = [_said(one, language) for one in value]
        return type(value)(*made) if hasattr(value, "_fields") else tuple(made)
    return value


def _table(table: TableView, language: Language) -> TableView:
    """A table; columns of code stay, and so do the values of settings, which stand beside their keys in code."""
    code = [column.code for column in table.columns]
    code = [True, True] if code == [True, False] else code
    rows = tuple(
        tuple(cell if place < len(code) and code[place] else _said(cell, language) for place, cell in enumerate(row))
        for row in table.rows
    )
    others = {
        field.name: _said(getattr(table, field.name), language)
        for field in dataclasses.fields(table)
        if field.name != "rows" and field.init
    }
    return dataclasses.replace(table, **others, rows=rows)
