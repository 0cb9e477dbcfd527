"""What an own template may make of HTML: text, lists, tables and the report's pictures; written anew from what was read.

Anything that could run, fetch, hide or leave its section is refused. Text is made printable like every other untrusted text.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from html.parser import HTMLParser

from markupsafe import Markup, escape

from auditor.report.figures._style import Picture
from auditor.report.printable import printable

_VOID = frozenset({"br", "hr", "img", "col", "wbr"})
_TAGS = _VOID | frozenset({
    "p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "div", "span", "b", "strong", "i", "em", "small", "sub",
    "sup", "code", "pre", "kbd", "q", "cite", "abbr", "mark", "blockquote", "figure", "figcaption", "table", "caption",
    "colgroup", "thead", "tbody", "tfoot", "tr", "th", "td", "a", "article", "header", "footer", "nav", "aside", "section",
    "time",
})  # fmt: skip
_ATTRIBUTES = frozenset({
    "class", "id", "lang", "title", "scope", "colspan", "rowspan", "span", "tabindex", "role", "aria-label", "alt", "src",
    "href", "start", "datetime", "dir",
})  # fmt: skip
_VALUES = {
    "tabindex": re.compile("0"),
    "role": re.compile("region|img|note|list|listitem"),
    "scope": re.compile("row|col|rowgroup|colgroup"),
    "lang": re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*"),
    "href": re.compile(r"#[\w-]+|https://[^\s\"'<>]{1,500}|mailto:[^\s\"'<>?]{1,200}|gallery/[\w.-]+"),
    "id": re.compile("own-[A-Za-z0-9_-]{1,80}"),
    "dir": re.compile("auto"),
    "class": re.compile("[A-Za-z0-9_ -]{0,200}"),
}
_NUMBER = re.compile("[1-9][0-9]?")
_RESERVED = frozenset({"front", "body", "own-closing"})
"""Classes of the frame."""


class Refused(Exception):
    """The first thing in a section's HTML that a report may not hold; `tag` helps to find its line."""

    def __init__(self, message: str, tag: str, fix: str) -> None:
        super().__init__(message)
        self.tag, self.fix = tag, fix


class _Reader(HTMLParser):
    """Reads a section and writes it anew."""

    def __init__(self, mark: str, inline: dict[str, str], assets: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.statuses: list[str] = []
        self._depth = 0
        """How many elements are open inside a status word."""
        self._mark, self._inline, self._assets = re.compile(f"({mark}-[0-9]+-)"), inline, assets

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            fix = "pictures come from the `picture` macro; colours and fonts from theme.yaml"
            raise Refused(f"the element <{tag[:40]}> is not allowed", tag, fix)
        kept = {name: self._checked(tag, name, value or "") for name, value in attrs}
        if tag == "img" and not (kept.get("src", "").removeprefix("asset:") in self._assets and kept.get("alt", "").strip()):
            raise Refused("an <img> is not one of the report's pictures, or has no alt text", "img", "use the `picture` macro")
        said = "".join(Markup(' {}="{}"').format(name, value) for name, value in kept.items())
        self.written.append(f"<{tag}{said}>")
        if "id" in kept:
            self.ids.append(kept["id"])
        if tag in _VOID:
            return
        self.open.append(tag)
        if self._depth:
            self._depth += 1
        elif "st" in kept.get("class", "").split():
            self._depth = 1
            self.statuses.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self.open or self.open[-1] != tag:
            inside = f"while <{self.open[-1]}> is open" if self.open else "but is not open"
            raise Refused(
                f"</{tag[:40]}> is closed {inside}", tag, "close every element in the order in which they were opened"
            )
        self.open.pop()
        self._depth = max(0, self._depth - 1)
        self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        for part in self._mark.split(data):
            if part in self._inline:
                self.written.append(self._inline[part])
                continue
            text = "".join(printable(part[place : place + 1000]) for place in range(0, len(part), 1000))
            self.written.append(str(escape(text)))
            if self._depth:
                self.statuses[-1] += text

    def handle_decl(self, decl: str) -> None:
        raise Refused("a declaration (<!…>) is not allowed", "!", "remove it")

    def unknown_decl(self, data: str) -> None:
        raise Refused("a declaration (<![…) is not allowed", "![", "remove it")

    def handle_pi(self, data: str) -> None:
        raise Refused("an instruction (<?…) is not allowed", "?", "remove it")

    def _checked(self, tag: str, name: str, value: str) -> str:
        pattern = _VALUES.get(name) or (_NUMBER if name in ("colspan", "rowspan", "span", "start") else None)
        known = name in _ATTRIBUTES and (name not in ("src", "alt") or tag == "img") and (name != "href" or tag == "a")
        if not known or self._mark.search(value) or (pattern and not pattern.fullmatch(value)):
            shown = f'{name[:40]}="{value[:60]}"'
            fix = "remove it: no styles, no scripts, and links only to https:, mailto: and #places"
            raise Refused(f"the attribute {shown} of <{tag}> is not allowed", tag, fix)
        if name == "class" and _RESERVED & set(value.split()):
            raise Refused(f"the class {value[:60]!r} belongs to the frame", tag, "choose another name")
        return printable(value)


def read_section(html: str, pictures: Iterable[Picture]) -> tuple[Markup, tuple[str, ...], tuple[str, ...]]:
    """A section's HTML written anew, the status words it shows, and its ids.

    Raises:
        Refused: it holds something that a report may not hold.
    """
    pictures = tuple(pictures)
    mark = f"picture{secrets.token_hex(8)}"  # a template cannot know it; it never reaches the document
    inline: dict[str, str] = {}
    for number, one in enumerate(pictures):
        token = f"{mark}-{number}-"
        inline[token] = str(one.inline)
        html = html.replace(str(one.inline), token) if one.inline else html
    reader = _Reader(mark, inline, frozenset(one.name for one in pictures))
    reader.feed(html)
    reader.close()
    if reader.open:
        raise Refused(f"<{reader.open[-1]}> is never closed", reader.open[-1], "close it")
    statuses = tuple(" ".join(one.split()) for one in reader.statuses)
    return Markup("".join(reader.written)), statuses, tuple(reader.ids)
