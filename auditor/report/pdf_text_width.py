"""How wide printed text is, from the advance widths of the bundled fonts: what a cell needs, without laying it out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from auditor.report.printable import held
from auditor.report.templates import fonts, is_dotted, is_unwieldy

Needs = tuple[float, float]
"""Least width of a text, and its width in one line, in points."""


@dataclass(frozen=True)
class Setting:
    """Text as it is set: what a piece of it needs, in points."""

    size: float
    bold: bool = False
    mono: bool = False

    def text(self, text: str, loose: bool = False) -> Needs:
        """Least and full width of a text that may break between words; `loose`: anywhere."""
        full = self.width(text)
        if loose:
            return self.size, full
        if is_dotted(text):
            return max(self.width(part + ".") for part in text.split(".")), full
        if is_unwieldy(text):
            return 16 * self.size, full
        return max(map(self.width, _pieces(text)), default=0.0), full

    def whole(self, text: str) -> Needs:
        """Least and full width of a text that does not break."""
        return self.width(text), self.width(text)

    def width(self, text: str) -> float:
        """Of a text in one line."""
        if "`" in text and not self.mono:  # names of keys, of which the page makes code
            return max(Setting(self.size, self.bold, mono=True).width(text), self.width(text.replace("`", "")))
        wider = 0 if self.mono else len(_WIDER.findall(text))
        return self.size * (sum(map(_signs(self.bold, self.mono).__getitem__, text)) + 0.1 * wider) + _SPARE


_SPARE = 0.15
"""Points that every text has more than it needs, against rounding."""
_WIDER = re.compile(r"[_(\[{EA]J|[(\[]j|[frvwyct][\"'?]|[fF][)\]}?]|[TVWY]\?|[\"'][TVWY]|TT")
"""Pairs that Noto Sans sets wider than letter by letter, by a tenth of the font's size at most; many are set closer."""
_BREAKS = re.compile(r"(?<=[A-Za-z][-–/])(?=[A-Za-z])|(?<=…)(?=\w)")
_BRACKETED = 26
"""Signs of an interval in brackets that the macro keeps in one piece at a cell's end."""


def _pieces(text: str) -> Iterator[str]:
    """What stays in one line: words, parts of words with hyphens, a Chinese sign with the mark behind it."""
    text = held(text)
    head, space, tail = text.partition(" (")
    if space and text.endswith(")") and len(tail) < _BRACKETED:
        text, piece = head, f"({tail}"
        yield piece
    for word in text.split(" "):  # not at spaces that hold words together
        wide = not word.isascii() and any(map(_wide, word))
        yield from ("一，", *"".join(" " if _wide(sign) else sign for sign in word).split()) if wide else _BREAKS.split(word)


@cache
def _wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"


class _Advances(dict[str, float]):
    """Sign -> its width in units of the font size, in the order in which fonts are asked."""

    def __init__(self, bold: bool, mono: bool) -> None:
        text = "NotoSans-Bold" if bold else "NotoSans-Regular"
        self._fonts = (*(("NotoSansMono-Regular",) if mono else ()), text, "NotoSansMath-Regular", "NotoSansSymbols2-Regular")

    def __missing__(self, sign: str) -> float:
        self[sign] = 1.0
        for font in () if _wide(sign) else self._fonts:
            if ord(sign) in (drawn := _advances(font)):
                self[sign] = drawn[ord(sign)]
                break
        return self[sign]


_signs = cache(_Advances)


@cache
def _advances(name: str) -> dict[int, float]:
    """Code point -> advance width of a bundled font."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    (path,) = (path for path in fonts() if path.stem == name)
    with TTFont(path, lazy=True) as font:
        widths, units = font["hmtx"].metrics, font["head"].unitsPerEm
        return {code: widths[glyph][0] / units for code, glyph in font.getBestCmap().items()}
