"""What WeasyPrint 70.0 works out for every element again and again, worked out where it is needed. The pages stay the same.

WeasyPrint is pinned exactly; tests hold each of these to the same bytes as without it.
"""

from __future__ import annotations

import copy
import re
from functools import cache, wraps
from html.entities import html5
from typing import Any
from xml.etree import ElementTree

_NOTES = frozenset({"footnote-call", "footnote-marker", "note-call", "note-marker", "note-callback"})
_VOID = re.compile(r"<(meta|br|img|wbr|col|hr)\b([^>]*?)/?>")
_NAMED = re.compile(r"&(?!amp;|lt;|gt;|quot;|apos;)(\w+;)")
_ASKED = re.compile(r"footnote|note\(|list-item")


def page_of(html: str, ours: bool, fetcher: Any = None) -> Any:
    """A page to be laid out: `weasyprint.HTML`, read faster, and with the standard style sheet as far as this page can use it.

    Args:
        html: the page.
        ours: whether only our own templates made it: every element of theirs is closed where it ends.
        fetcher: for its resources, whose addresses begin with `asset:`; None: there are none.
    """
    import cssselect2  # type: ignore[import-untyped]
    import weasyprint

    root = read_as_xml(html) if ours else None

    class Page(weasyprint.HTML):  # type: ignore[misc]
        def __init__(self) -> None:
            text = html if root is None else "<!doctype html><title>-</title>"
            super().__init__(string=text, base_url="asset:", url_fetcher=fetcher)
            if root is not None:
                self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
                self.etree_element = self.wrapper_element.etree_element

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            sheets = super()._ua_stylesheets(forms)
            return sheets if _ASKED.search(html) else [_without_notes(), *sheets[1:]]

    return Page()


def read_as_xml(html: str) -> ElementTree.Element | None:
    """The elements of a page, by a parser thirty times as fast as one of HTML; None where it is no XML but for these two.

    Elements without an end (`<br>`) are closed, and named characters (`&ensp;`) written out.
    """
    text = _NAMED.sub(lambda found: html5[found[1]], html.removeprefix("<!doctype html>"))
    try:
        return ElementTree.fromstring(_VOID.sub(r"<\1\2/>", text))
    except (ElementTree.ParseError, KeyError):
        return None


@cache
def _without_notes() -> Any:
    """The standard style sheet without rules for the notes and list markers of elements that are neither.

    It gives every element five kinds of note and a marker; six styles are made for each, and none is looked at.
    """
    from weasyprint.html import UA_STYLESHEET

    sheet, matcher = copy.copy(UA_STYLESHEET), copy.copy(UA_STYLESHEET.matcher)
    kinds = {kind: [rule for rule in matcher.other_selectors if rule[3] == kind] for kind in (*_NOTES, "marker")}
    matcher.other_selectors = [rule for rule in matcher.other_selectors if rule[3] not in kinds]
    named = {name: [*matcher.lower_local_name_selectors.get(name, ()), *kinds["marker"]] for name in ("li", "summary")}
    matcher.lower_local_name_selectors = matcher.lower_local_name_selectors | named
    sheet.matcher = matcher
    return sheet


def install() -> None:
    """Let WeasyPrint and pydyf remember three things; a second call does nothing."""
    import pydyf
    from weasyprint.text import line_break

    if hasattr(line_break.Layout.setup, "__wrapped__"):
        return
    line_break.Layout.setup = _setup_once_per_style(line_break.Layout.setup)
    line_break._font_style_cache_key = _key_once_per_style(line_break._font_style_cache_key)
    pydyf.PDF.page_references = property(_references_once_per_page(pydyf.PDF.page_references.fget))


def _setup_once_per_style(original: Any) -> Any:
    """Text of a style is set by a copy of the first, still empty layout of that style, instead of by one described anew."""
    from weasyprint.text.ffi import ffi, gobject, pango

    ffi.cdef("PangoLayout * pango_layout_copy (PangoLayout *src);")

    def copied(layout: Any) -> Any:
        return ffi.gc(pango.pango_layout_copy(layout), gobject.g_object_unref)

    @wraps(original)
    def setup(self: Any, style: Any) -> None:
        kept = getattr(style, "_empty_layout", None)
        if kept is None:
            original(self, style)
            facts = {name: value for name, value in vars(self).items() if name in _OF_A_STYLE}
            style._empty_layout = copied(self.layout), facts
            return
        empty, facts = kept
        vars(self).update(facts, style=style, layout=copied(empty))

    return setup


_OF_A_STYLE = frozenset(
    {"first_line_direction", "language", "ascent"}
    | {f"{line}_{fact}" for line in ("underline", "strikethrough") for fact in ("position", "thickness")}
)
"""What `Layout.setup` leaves on a layout, beside the style and the layout itself."""


def _key_once_per_style(original: Any) -> Any:
    """The name under which measures of a font are kept, a long text, is made once for each style."""

    @wraps(original)
    def key(style: Any, include_size: bool = False) -> Any:
        kept = vars(style).setdefault("_font_keys", {})
        if include_size not in kept:
            kept[include_size] = original(style, include_size)
        return kept[include_size]

    return key


def _references_once_per_page(original: Any) -> Any:
    """References to pages come from a list that only grows; pydyf makes all of them for every element of a document."""

    @wraps(original)
    def page_references(pdf: Any) -> Any:
        made: Any = getattr(pdf, "_made_references", ())
        if len(made) * 3 != len(pdf.pages["Kids"]):
            made = pdf._made_references = original(pdf)
        return made

    return page_references
