"""Marks and spaces of a language: what stands between the parts of a text, and no white space where wide signs meet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import escape

from auditor.report.language.catalogue import Catalogue
from auditor.report.language.parts import CLAUSES, COLON, ITEMS, LIST, SENTENCES

HIDDEN = "[\ue000-\ue18f]"
"""Marks that stand for names while a sentence is read."""

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
_MARKS = "，。；：、（）？！"
_BETWEEN_WIDE = re.compile(f"(?<=[{_WIDE}]) (?=[{_WIDE}])|(?<=[{_MARKS}]) | (?=[{_MARKS}])")
_STRETCH = re.compile(f"(?<=[{_WIDE}])[ \n]+(?=[{_WIDE}])|(?<=[{_MARKS}])[ \n]+|[ \n]+(?=[{_MARKS}])")
_SPACED = re.compile(f"[{_WIDE}] ")
_TOKEN = re.compile(
    r"(?P<kept><(?P<name>code|style|pre|svg)\b.*?</(?P=name)>|<(?P<marked>\w+)[^>]*\bclass=\"marked\".*?</(?P=marked)>)"
    r"|(?P<inline></?(?:a|b|i|em|strong|span)(?:\s[^>]*)?>)|(?P<block><[^>]*>)|(?P<text>[^<]+|<)",
    re.DOTALL,
)
_OPAQUE = "\ufffc"


def mark_of(joined: str) -> str:
    """What stands between the first two places of a message that is all places and marks."""
    return joined.split("}")[1].split("{")[0]


class Marks:
    """The punctuation marks of one language, as the catalogue's messages of places and marks have them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def of(self, joined: str) -> str:
        """What the language puts between the first two of parts joined so."""
        return mark_of(self._catalogue.get(joined) or joined)

    def punctuated(self, text: str) -> str:
        """Names and numbers side by side, with the marks of the language between the names."""
        text = re.sub(f"(?<={HIDDEN}), (?={HIDDEN})|(?<=\\)), (?=\\S)", self.of(ITEMS), text)
        text = re.sub(f"(?<={HIDDEN})\\.(?= |$)", self.of(SENTENCES).strip(), text)
        for mark, joined in ((";", CLAUSES), (":", COLON), (",", LIST)):
            text = re.sub(f"(?<={HIDDEN}){mark} |{mark} (?={HIDDEN}|[a-z][ \u00a0]=)", self.of(joined), text)
        return text


def closed_up(text: str) -> str:
    """Scripts without spaces between words have none between sentences or beside their own punctuation."""
    return _BETWEEN_WIDE.sub("", text)


def page_closed_up(page: str, names: Iterable[str] = ()) -> str:
    """A page of HTML without white space between two wide signs or beside a wide mark, also where a tag of a phrase stands.

    Args:
        page: HTML; code, drawings, style sheets and the audited text stay as they are, and so do tags of blocks.
        names: texts that are never changed.
    """
    spaced = sorted({str(escape(name)) for name in names if _SPACED.search(name)}, key=len, reverse=True)
    own = re.compile("|".join(map(re.escape, spaced))) if spaced else None
    out, phrase = list[str](), list[tuple[str, str]]()
    for token in _TOKEN.finditer(page):
        kind = token.lastgroup or ""
        if kind == "block":
            out += [*_closed(phrase, own), token[0]]
            phrase = []
        else:
            phrase.append((kind, token[0]))
    return "".join([*out, *_closed(phrase, own)])


def _closed(phrase: list[tuple[str, str]], own: re.Pattern[str] | None) -> list[str]:
    """Texts and tags between two tags of blocks."""
    line = "".join(text if kind == "text" else "" if kind == "inline" else _OPAQUE for kind, text in phrase)
    kept = [found.span() for found in own.finditer(line)] if own else []
    cut = [found.span() for found in _STRETCH.finditer(line)]
    cut = [(a, b) for a, b in cut if not any(first < b and a < last for first, last in kept)]
    if not cut:
        return [text for _, text in phrase]
    out, place = [], 0
    for kind, text in phrase:
        if kind == "text":
            start, end = place, place + len(text)
            for a, b in reversed(cut):
                if a < end and b > start:
                    text = text[: max(a - start, 0)] + text[max(b - start, 0) :]
            place = end
        elif kind != "inline":
            place += 1
        out.append(text)
    return out
