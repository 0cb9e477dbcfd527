"""Make any string printable: only characters that the bundled fonts can draw, no controls, no invisible direction marks.

A character without a glyph would print as an empty box and make the PDF invalid; a control or a right-to-left override
could make the page say something else than the record. The untouched string stays in the attached report.json.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from auditor.report.templates import fonts

LONGEST = 2000
"""Characters of one string that are printed; the rest is counted."""

LONGEST_NAME = 120
"""Characters of the name of a class, a feature or a group."""

_NAMING = frozenset({"classes", "names", "slice", "feature"})
"""Keys of the record under which names stand."""
_SPACES = {"\t", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"}


@cache
def glyphs() -> frozenset[int]:
    """Code points that at least one bundled font draws."""
    return frozenset().union(*map(_drawn_by, fonts()))


@cache
def _drawn_by(font: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(font, lazy=True) as opened:
        return frozenset(opened.getBestCmap())


@cache
def _drawable(character: str) -> bool:
    """Whether a bundled font draws it; the small ones are asked first, for those of Chinese take long to read."""
    return any(ord(character) in _drawn_by(path) for path in _small_first())


@cache
def _small_first() -> tuple[Path, ...]:
    return tuple(sorted(fonts(), key=lambda path: path.stat().st_size))


def printable(text: str) -> str:
    """Return `text` in NFC with white space made plain; controls and undrawable characters are written as U+XXXX."""
    if text.isascii() and text.isprintable():
        return _cut(text)
    out = []
    for character in unicodedata.normalize("NFC", text):
        if character in _SPACES:
            out.append(" ")
        elif _drawable(character) and unicodedata.category(character) != "Cf":
            out.append(character)
        else:
            out.append(f"U+{ord(character):04X}")
    return _cut("".join(out))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST} more characters in report.json)"


def printable_tree(value: Any) -> Any:
    """Apply `printable` to every string of a JSON value, keys included.

    Names (of classes, features, groups, as keys of the record tell them) are cut to LONGEST_NAME. Strings that differ stay
    different: where two would print alike, the later one says so, else the figures of one would stand under the other's name.
    """
    strings: dict[str, bool] = {}
    for text, name in _strings(value, False):
        strings[text] = name or strings.get(text, False)
    return _made(value, _Printed(strings))


class _Printed:
    """What each string of one record is printed as."""

    def __init__(self, strings: Mapping[str, bool]) -> None:
        self._is_name = strings
        self._made: dict[str, str] = {}
        self._taken: set[str] = set()

    def __call__(self, text: str) -> str:
        if text not in self._made:
            said = printable(text)
            said = shorten(said, LONGEST_NAME) if self._is_name.get(text) else said
            out, count = said, 1
            while out != text and (out in self._taken or out in self._is_name):
                count += 1
                out = f"{said} ({count})"
            self._taken.add(out)
            self._made[text] = out
        return self._made[text]


def _made(value: Any, printed: _Printed) -> Any:
    if isinstance(value, str):
        return printed(value)
    if isinstance(value, dict):
        return {printed(key): _made(item, printed) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_made(item, printed) for item in value]
    return value


def _strings(value: Any, name: bool) -> Iterator[tuple[str, bool]]:
    """Every string, and whether it stands where names do."""
    if isinstance(value, str):
        yield value, name
    elif isinstance(value, dict):
        yield from ((key, False) for key in value)
        for key, item in value.items():
            yield from _strings(item, name or key in _NAMING)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item, name)


def quoted(text: str) -> str:
    """A text in quotes, so that it reads as a text and not as words of the sentence."""
    return f"\u201c{text}\u201d"


def shorten(text: str, length: int) -> str:
    """Return `text` with its middle replaced by "…" when it is longer than `length` characters."""
    if len(text) <= length:
        return text
    head = (length - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"


def opening(text: str, length: int) -> str:
    """The first words of a text that is longer than `length` characters, with ' …'; a single long word keeps its ends."""
    if len(text) <= length:
        return text
    kept = text[: length - 1].rpartition(" ")[0].rstrip(" ,;:")
    return f"{kept} …" if kept else shorten(text, length)


def distinct(names: tuple[str, ...], length: int) -> tuple[str, ...]:
    """Shorten names for tables and figures so that they stay different: equal ones get their place, " #7"."""
    short = [shorten(name, length) for name in names]
    seen: dict[str, int] = {}
    for name in short:
        seen[name] = seen.get(name, 0) + 1
    return tuple(f"{shorten(name, length - 5)} #{place}" if seen[name] > 1 else name for place, name in enumerate(short))


def held(text: str) -> str:
    """HTML in which no line ends between a number and its per cent sign, or within 'n = 300' or '> 0'."""
    return _HELD.sub("\u00a0", text)


_HELD = re.compile(r"(?<=\d) (?=%)|(?<=\b[nm]) (?== \d)|(?:(?<=[=≥≤])|(?<=&[gl]t;)) (?=[−+-]?\d)")
