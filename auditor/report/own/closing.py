"""The last section of a report with own templates: which they are, and what holds whatever they say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from auditor.report.material import Material
from auditor.report.own.folder import OwnTemplates
from auditor.report.sections import scope
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import MANDATORY, NOT_CAUSES, NOT_PROVIDED, listing

NAME = "own-layout"
KIND = "Layout"
TITLE = "Who laid this report out, and what holds whatever the layout says?"
MOST_FILES = 40


@dataclass(frozen=True)
class Closing:
    """Printed by the frame, outside every block that can be replaced."""

    said: str
    """Whose layout this is."""
    sentences: tuple[str, ...]
    """What every report has to say."""
    files: TableView


def closing(material: Material, own: OwnTemplates, kinds: list[str]) -> Closing:
    """The section from the record, the folder, and the short names of the sections it lays out."""
    prepared = material.report.prepared
    held = scope.context(material)
    examined = next((str(row[1]) for row in held.examined.rows if row[0] == "Not examined"), NOT_PROVIDED)
    gaps = len(material.results.gaps())
    rows: list[tuple[Cell, ...]] = [(name, digest) for name, digest in sorted(own.digests.items())]
    shown, note = cut(rows, MOST_FILES, "the folder of the templates")
    return Closing(
        said=f"Laid out by templates of this report's author, whole or in part: {listing(kinds)}."
        if kinds
        else "Every standard section is laid out by the standard templates; logo, colours, fonts, translation "
        "or further sections are the author's own.",
        sentences=(
            MANDATORY,
            f"Who declared what: {held.declared_by}.",
            f"What was not examined: {examined}",
            f"Results that were planned and not evaluated: {gaps:,}.",
            f"Valid only for the model with SHA-256 {prepared.model.state_sha256} "
            f"and the data with SHA-256 {prepared.data.decoded_sha256}; any change voids it.",
            "Legal references, where there are any, are paraphrased as of the date printed beside them.",
            NOT_CAUSES,
        ),
        files=TableView(
            "Templates that are not the standard ones", columns("File", "$SHA-256"), (*shown, ("All of them", own.digest)), note
        ),
    )


class _Visible(HTMLParser):
    """Text of a page that no hidden element holds."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        hides = {"hidden", "style"} & {name for name, _ in attrs} or tag in ("template", "style", "script", "details", "title")
        if self._hidden or (hides and tag not in ("img", "br", "meta", "col")):
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data)


def missing(page: str, sentences: tuple[str, ...]) -> tuple[str, ...]:
    """Sentences that a reader of the page would not see."""
    reader = _Visible()
    reader.feed(re.sub(r"<svg\b.*?</svg>", "", page, flags=re.DOTALL))
    text = " ".join("".join(reader.text).split())
    return tuple(sentence for sentence in sentences if " ".join(sentence.split()) not in text)
