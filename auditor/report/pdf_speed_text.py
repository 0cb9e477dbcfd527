"""Text that WeasyPrint 70.0 sets and draws again and again, set and drawn once: a report says the same words many times."""

from __future__ import annotations

from functools import wraps
from typing import Any


def setup_once_per_style(original: Any) -> Any:
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


def key_once_per_style(original: Any) -> Any:
    """The name under which measures of a font are kept, a long text, is made once for each style."""

    @wraps(original)
    def key(style: Any, include_size: bool = False) -> Any:
        kept = vars(style).setdefault("_font_keys", {})
        if include_size not in kept:
            kept[include_size] = original(style, include_size)
        return kept[include_size]

    return key


_TEXT = (
    "direction", "font_kerning", "hyphenate_character", "hyphenate_limit_chars", "hyphenate_limit_zone", "hyphens",
    "letter_spacing", "overflow_wrap", "tab_size", "text_decoration_line", "white_space", "word_break", "word_spacing",
)  # fmt: skip
"""Properties beside those of the font that decide where a line ends and how it looks."""


def _look(style: Any) -> str:
    """All of a style that decides how a text is set, as one word."""
    from weasyprint.text import line_break

    kept: str | None = vars(style).get("_look")
    if kept is None:
        others = str([style[name] for name in _TEXT])
        kept = vars(style)["_look"] = line_break._font_style_cache_key(style, include_size=True) + others
    return kept


def split_once(original: Any) -> Any:
    """Where a text's first line ends is worked out once for each look and width."""

    @wraps(original)
    def split_first_line(
        text: str, style: Any, context: Any, max_width: Any, justification_spacing: float, *rest: Any, **named: Any
    ) -> Any:
        of_document = vars(style.font_config).setdefault("_split_lines", {})
        key = text, _look(style), max_width, justification_spacing, rest, tuple(named.items())
        kept = of_document.get(key)
        if kept is None:
            kept = of_document[key] = original(text, style, context, max_width, justification_spacing, *rest, **named)
        layout, *facts = kept
        own = object.__new__(type(layout))  # it is told its style when it is drawn
        vars(own).update(vars(layout))
        return own, *facts

    return split_first_line


def drawn_once(original: Any, layouts: Any) -> Any:
    """What draws a line is noted the first time and repeated at other places; only then a layout is set up again.

    Args:
        original: `draw_first_line`.
        layouts: the class of layouts.
    """
    reactivate = layouts.reactivate
    layouts.reactivate = lambda self, style: None
    layouts.deactivate = lambda self: [self.__dict__.pop(name, None) for name in ("layout", "language", "style")]

    @wraps(original)
    def draw_first_line(stream: Any, textbox: Any, text_overflow: str, block_ellipsis: Any, matrix: Any) -> Any:
        layout, style = textbox.pango_layout, textbox.style
        if text_overflow == "ellipsis" or block_ellipsis != "none":
            reactivate(layout, style)
            return original(stream, textbox, text_overflow, block_ellipsis, matrix)
        fonts, drawn = vars(style.font_config).setdefault("_drawn_lines", (stream._fonts, {}))
        key = layout.text, textbox.text.strip() == "", _look(style), layout.justification_spacing
        strokes = drawn.get(key) if fonts is stream._fonts else None
        if strokes is None:
            reactivate(layout, style)
            noted = _Noted(stream)
            emojis = original(noted, textbox, text_overflow, block_ellipsis, matrix)
            if fonts is stream._fonts and not emojis:
                drawn[key] = noted.strokes
            return emojis
        if strokes:
            stream.set_text_matrix(*matrix.values)
        for name, arguments in strokes:
            getattr(stream, name)(*arguments)
        return []

    return draw_first_line


class _Noted:
    """A stream that notes what is drawn on it, but for the place."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.strokes = stream, []  # type: ignore[var-annotated]

    def __getattr__(self, name: str) -> Any:
        if name not in ("set_font_size", "set_text_rise", "show_text"):
            return getattr(self.stream, name)

        def noted(*arguments: Any) -> None:
            self.strokes.append((name, arguments))
            getattr(self.stream, name)(*arguments)

        return noted
