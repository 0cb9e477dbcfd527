"""What WeasyPrint 70.0 works out for every element again and again, worked out where it is needed. The pages stay the same.

WeasyPrint is pinned exactly; tests hold each of these to the same bytes as without it.
"""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable
from functools import cache, wraps
from html.entities import html5
from math import inf
from typing import Any
from xml.etree import ElementTree

from auditor.report.pdf_speed_text import drawn_once, key_once_per_style, setup_once_per_style, split_once

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
    """Let WeasyPrint and pydyf remember what they work out for each element or text; a second call does nothing."""
    import pydyf
    from weasyprint.draw import text
    from weasyprint.layout import percent
    from weasyprint.text import line_break

    if hasattr(line_break.Layout.setup, "__wrapped__"):
        return
    line_break.Layout.setup = setup_once_per_style(line_break.Layout.setup)
    line_break._font_style_cache_key = key_once_per_style(line_break._font_style_cache_key)
    _replace(line_break.split_first_line, split_once(line_break.split_first_line))
    _replace(text.draw_first_line, drawn_once(text.draw_first_line, line_break.Layout))
    _replace(percent.resolve_percentages, _lengths_once_per_style(percent.resolve_percentages))
    pydyf.PDF.page_references = property(_references_once_per_page(pydyf.PDF.page_references.fget))


def _replace(original: Callable[..., Any], replacement: Callable[..., Any]) -> None:
    """Put a function in the place of another in each module of WeasyPrint that took it by name."""
    for name, module in list(sys.modules.items()):
        if name.startswith("weasyprint.") and getattr(module, original.__name__, None) is original:
            setattr(module, original.__name__, replacement)


_LENGTHS = tuple(f"{kind}_{side}" for kind in ("margin", "padding") for side in ("left", "right", "top", "bottom"))
_SIZES = ("width", "min_width", "max_width", "height", "min_height", "max_height")
_FREE = ["auto", 0, inf, "auto", 0, inf]
_BORDERS = tuple(f"border_{side}_width" for side in ("top", "right", "bottom", "left"))


def _lengths_once_per_style(original: Any) -> Any:
    """A style without percentages gives every box the same lengths, whatever the box stands in."""

    @wraps(original)
    def resolve_percentages(box: Any, containing_block: Any) -> None:
        style = box.style
        kept = vars(style).get("_lengths")
        if kept is None:
            kept = vars(style)["_lengths"] = _lengths(style)
        lengths, borders = kept
        if lengths is None:
            original(box, containing_block)
            return
        own = vars(box)
        own.update(lengths)
        if style["border_collapse"] != "collapse":
            own.update(borders)
        else:  # what neighbours settled between them stays
            for name, width in borders.items():
                own.setdefault(name, width)

    return resolve_percentages


def _lengths(style: Any) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Lengths in pixels, `auto` or none, and widths of borders; None: they depend on more than the style."""
    borders = {name: style[name] for name in _BORDERS}
    values = {name: style[name] for name in (*_LENGTHS, *_SIZES)}
    if any(value != "auto" and getattr(value, "unit", None) != "px" for value in values.values()):
        return None, borders
    lengths = {name: getattr(value, "value", value) for name, value in values.items()}
    lengths |= {name: 0 for name in ("min_width", "min_height") if lengths[name] == "auto"}
    if style["box_sizing"] != "content-box" and [lengths[name] for name in _SIZES] != _FREE:
        return None, borders  # of a size that counts borders, which neighbours in a table may still settle
    return lengths, borders


def _references_once_per_page(original: Any) -> Any:
    """References to pages come from a list that only grows; pydyf makes all of them for every element of a document."""

    @wraps(original)
    def page_references(pdf: Any) -> Any:
        made: Any = getattr(pdf, "_made_references", ())
        if len(made) * 3 != len(pdf.pages["Kids"]):
            made = pdf._made_references = original(pdf)
        return made

    return page_references
