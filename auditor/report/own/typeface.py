"""A font file from a user: a TrueType font that may be embedded, has a name of its own, and draws letters and digits."""

from __future__ import annotations

import io
import re
import string
from dataclasses import dataclass

from auditor.errors import AuditError

MOST_BYTES = 4_000_000
_FAMILY = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,59}")
_NEEDED = string.ascii_letters + string.digits + ".,:;()%–"
_RESTRICTED = 0x0002


@dataclass(frozen=True)
class Typeface:
    """One font file that was looked at."""

    family: str
    weight: int
    """400 or 700."""
    italic: bool
    content: bytes


def read_typeface(content: bytes, name: str, bold: bool = False, italic: bool = False) -> Typeface:
    """The font, or what is wrong with it.

    Raises:
        AuditError: no TrueType font, not to be embedded, a reserved name, or letters that it does not draw.
    """
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    if len(content) > MOST_BYTES:
        raise _refused(name, f"{len(content):,} bytes", f"at most {MOST_BYTES:,} bytes", "take a subset of the font")
    if not content.startswith((b"\x00\x01\x00\x00", b"true")):
        raise _refused(name, "not a TrueType font", "a .ttf file with TrueType outlines", "convert it, or take another file")
    try:
        with TTFont(io.BytesIO(content), lazy=False) as font:
            family = str(font["name"].getDebugName(16) or font["name"].getDebugName(1) or "")
            outlines, drawn = font["glyf"], font.getBestCmap()
            blank = [one for one in _NEEDED if not _draws(outlines, drawn.get(ord(one)))]
            rights, variable = font["OS/2"].fsType, "fvar" in font
    except Exception as error:  # whatever a damaged font makes of the reader
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise _refused(name, reason, "a font that can be read", "take another file") from error
    if blank:
        raise _refused(name, f"no glyph for {' '.join(blank[:12])}", "letters, digits and . , : ; ( ) % –", "take a whole font")
    if rights & _RESTRICTED:
        raise _refused(name, "its licence bits forbid embedding", "a font that may be embedded", "take another font")
    if variable:
        raise _refused(name, "a variable font", "one file per weight", "export the weights as static fonts")
    if not _FAMILY.fullmatch(family) or family.lower().startswith("noto"):
        raise _refused(
            name, f"its family is called {family[:60]!r}", "plain letters, and no name of a bundled font", "rename it"
        )
    return Typeface(family, 700 if bold else 400, italic, content)


def _draws(outlines: object, glyph: str | None) -> bool:
    return glyph is not None and outlines[glyph].numberOfContours != 0  # type: ignore[index]


def _refused(name: str, found: str, expected: str, fix: str) -> AuditError:
    return AuditError(f"The font {name} cannot be used.", found=found, expected=expected, fix=fix)
