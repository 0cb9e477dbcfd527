"""Text of a record inside Markdown: nothing in it can become markup, a mention, a link or a hidden character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_MARKUP = re.compile(r"[\\`*_\[\]#|~$]|^[-+](?=[\s-]|$)|(?<=[Ww]{3})\.|:(?=//)")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&commat;"}
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
LONGEST = 600


def text(value: str, longest: int = LONGEST) -> str:
    """One line that shows `value` as it is; controls and invisible characters are dropped, overlong text is cut."""
    line = re.sub(r"(?!\u00a0)\s+", " ", value).strip()
    line = "".join(character for character in line if unicodedata.category(character) not in _HIDDEN)
    if len(line) > longest:
        line = line[: longest - 1] + "…"
    marked = _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(lambda found: f"\\{found[0]}", line))
    return "".join(_ENTITIES.get(character, character) for character in marked)


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Lines of a table; cells are Markdown already."""
    names = list(columns)
    lines = [f"| {' | '.join(names)} |", f"| {' | '.join('---' for _ in names)} |"]
    return lines + [f"| {' | '.join(row)} |" for row in rows]
