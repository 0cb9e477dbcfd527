"""Keep page one within its 330 words: what a reader takes in at once. Long statements are cut there and whole in the body."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from auditor.report.language.translate import say
from auditor.report.templates import environment
from auditor.report.words import NOT_PROVIDED

MOST_WORDS = 330
LENGTHS = (*((gates, words) for gates in (4, 3, 2) for words in (24, 21, 18, 16, 14, 12)), (2, 10), (1, 8))
"""(gates listed, words of a free statement) on page one, tried in this order until the page fits."""
_BREAKS = 20
"""Letters of a word that may be broken at the end of a line, and then reads as two."""
_RESERVED = 8
"""'Report <id>', 'Page x of y', and a few words that break at the end of a line."""


def first_words(text: str, most: int) -> str:
    """The first words of a text, with ' …' where it goes on."""
    words = text.split(" ")
    return " ".join(words[:most]) + (" …" if len(words) > most else "")


def fits(summary: Any) -> bool:
    """Whether page one, running head and page number included, holds at most MOST_WORDS words."""
    jinja = environment()
    jinja.globals.update(inline=False, not_provided=say(NOT_PROVIDED))
    values = {field.name: getattr(summary, field.name) for field in fields(summary)}
    page = jinja.get_template("sections/summary.html.j2").render(values)
    shown = re.sub(r"<[^>]*>", " ", page)
    drawn = (summary.trust and summary.trust.curve, summary.maps)
    labels = [label for one in drawn if one for label in re.findall(r"<text[^>]*>([^<]*)</text>", one.content.decode("utf-8"))]
    found = " ".join([shown, summary.head, *labels]).split()
    return len(found) + sum(len(word) > _BREAKS for word in found) + _RESERVED <= MOST_WORDS
