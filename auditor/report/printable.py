"""Make any string printable: only characters that the bundled fonts can draw, no controls, no invisible direction marks.

A character without a glyph would print as an empty box and make the PDF invalid; a control or a right-to-left override
could make the page say something else than the record. The untouched string stays in the attached report.json.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from auditor.report.templates import fonts

LONGEST = 2000
"""Characters of one string that are printed; the rest is counted."""

_DROPPED = {"Cc"}
_SPACES = {"\t", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"}


@cache
def glyphs() -> frozenset[int]:
    """Code points that at least one bundled font draws."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    found: set[int] = set()
    for path in fonts():
        with TTFont(path, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(found)


def printable(text: str) -> str:
    """Return `text` in NFC with controls dropped, white space made plain and undrawable characters written as U+XXXX."""
    if text.isascii() and text.isprintable():
        return _cut(text)
    drawable = glyphs()
    out = []
    for character in unicodedata.normalize("NFC", text):
        if character in _SPACES:
            out.append(" ")
        elif unicodedata.category(character) in _DROPPED:
            continue
        elif ord(character) in drawable and unicodedata.category(character) != "Cf":
            out.append(character)
        else:
            out.append(f"U+{ord(character):04X}")
    return _cut("".join(out))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST} more characters in report.json)"


def printable_tree(value: Any) -> Any:
    """Apply `printable` to every string of a JSON value, keys included."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(key): printable_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable_tree(item) for item in value]
    return value


def shorten(text: str, length: int) -> str:
    """Return `text` with its middle replaced by "…" when it is longer than `length` characters."""
    if len(text) <= length:
        return text
    head = (length - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"


def distinct(names: tuple[str, ...], length: int) -> tuple[str, ...]:
    """Shorten names for tables and figures so that they stay different: equal ones get their place, " #7"."""
    short = [shorten(name, length) for name in names]
    seen: dict[str, int] = {}
    for name in short:
        seen[name] = seen.get(name, 0) + 1
    return tuple(f"{shorten(name, length - 5)} #{place}" if seen[name] > 1 else name for place, name in enumerate(short))
