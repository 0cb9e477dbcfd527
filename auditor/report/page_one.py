"""Keep page one within its 330 words: what a reader takes in at once. Long statements are cut there and whole in the body.

A word is what has a letter or a figure in it: signs and units (✓, ≥, %) are none, nor are labels inside figures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from math import ceil
from typing import Any
from unicodedata import east_asian_width

from jinja2 import Template

from auditor.report.language.translate import say
from auditor.report.material import Material
from auditor.report.templates import environment
from auditor.report.words import NOT_PROVIDED

MOST_WORDS = 330
MOST_HEIGHT = 268.0
"""Of 268 mm between the margins of A4; Letter is set tighter."""


@dataclass(frozen=True)
class Room:
    """How much of what a page one has room for."""

    gates: int
    """Gates that are listed; the others are counted, with their status."""
    words: int
    """Words of a free statement."""
    small: int
    """Small print that is left out: 0 none; 1 what the section on limits says too; 2 words beside the figures as well."""


ROOMS = (
    *(Room(5, words, small) for small, lengths in enumerate(((24, 20, 16), (20, 16, 12), (16, 12, 9, 6))) for words in lengths),
    *(Room(gates, words, 2) for gates in (4, 3, 2, 1) for words in (9, 6)),
)
"""Tried in this order until the page fits: words of others and small print go before gates."""
TIGHT = next(place for place, room in enumerate(ROOMS) if room.small == 2)
"""From here on three limits are listed, and two features of a class."""
_BREAKS = 20
"""Letters of a word that may be broken at the end of a line, and then reads as two."""
_RESERVED = 8
"""'Report <id>', 'Page x of y', and a few words that break at the end of a line."""


def first_words(text: str, most: int) -> str:
    """The first words of a text, with ' …' where it goes on."""
    words = text.split(" ")
    return " ".join(words[:most]) + (" …" if len(words) > most else "")


def page() -> Template:
    """The template of page one, compiled in the language of the document."""
    jinja = environment()
    jinja.globals.update(inline=False, not_provided=say(NOT_PROVIDED))
    return jinja.get_template("sections/summary.html.j2")


def fits(summary: Any, template: Template) -> bool:
    """Whether page one, running head and page number included, holds at most MOST_WORDS words, and its sheet holds it."""
    if height(summary) > MOST_HEIGHT:
        return False
    made = template.render({field.name: getattr(summary, field.name) for field in fields(summary)})
    found = words(f"{re.sub(r'<[^>]*>', ' ', made)} {summary.head}")
    return len(found) + sum(len(word) > _BREAKS for word in found) + _RESERVED <= MOST_WORDS


def height(summary: Any) -> float:
    """About how high page one will be, in millimetres, from how often its texts wrap; a little more rather than less."""
    purpose, trust, two = summary.purpose, summary.trust, [*summary.limits]
    said = f"{purpose.text} {purpose.by}" if purpose else ""
    ids = max(_lines(said, 27), _lines(summary.model, 33) + 1, _lines(summary.data, 33) + 1)
    heads = max(
        _lines(one.shown.line if not one.shown.reason else one.shown.reason, 23) + _lines(one.note, 23)
        for one in summary.headlines
    )
    trusted = f"{trust.verdict.word} – {trust.method}. {trust.text} {trust.reason}" if trust else ""
    rows = sum(_lines(gate.name, 50) for gate in summary.gates)
    return (
        114.0
        + 4.2 * (_lines(summary.lead, 105) + ids + max(len(two), _lines(summary.boundary, 50)))
        + 6.0 * rows
        + 3.8 * (_lines(summary.gates_note, 116) + heads + _lines(summary.change, 116))
        + max(22.0 if trust and trust.curve else 0.0, 4.2 * _lines(trusted, 70))
        + (22.0 if summary.maps else 0.0)
    )


def _lines(text: str, width: int) -> int:
    """Lines of a text in a column of so many letters; a Chinese character is as wide as two."""
    return ceil(1.06 * sum(1 + (east_asian_width(one) in "WF") for one in text) / width)


def words(text: str) -> list[str]:
    """The words of a text."""
    return [word for word in text.split() if any(map(str.isalnum, word))]


def main_limits(material: Material) -> tuple[str, ...]:
    """Three to five, the last ones kept where room is short: the data, what was not tested, what has no result."""
    data = material.report.prepared.data
    found = ["One data set, no reference population."] + ([] if data.unit else ["Rows assumed independent."])
    disturbed = material.results.estimate("worst_corruption").kind != "not_evaluated"
    found.append("Attacks: not evaluated." if disturbed else "Disturbed inputs, attacks: not evaluated.")
    if not material.plan("groups", default=()):
        found.append("Groups: not examined.")
    gaps = len(material.results.gaps())
    found.append(
        f"{gaps:,} results not evaluated: section {material.sections['limits']}." if gaps else "No planned result is missing."
    )
    return tuple(found[:5])
