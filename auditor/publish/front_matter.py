"""A Hugging Face card in pieces that join to the same text: byte-order mark, front matter, body.

What counts as front matter is the Hub's rule: `---` on the first line that is not blank, up to the next line of `---`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.errors import AuditError

_BLOCK = re.compile(r"(\s*---(?:\r\n|\r|\n))([\S\s]*?)((?:\r\n|\r|\n)---[ \t]*(?:\r\n|\r|\n|$))")
_EMPTY = re.compile(r"(\s*---(?:\r\n|\r|\n))()(---[ \t]*(?:\r\n|\r|\n|$))")
_OPENED = re.compile(r"\s*---[ \t]*(?:\r\n|\r|\n|$)")
_BREAK = re.compile(r"\r\n|\n|\r")
BOM = "\ufeff"


@dataclass(frozen=True)
class Card:
    """`bom + opening + yaml + closing + body` is the card."""

    bom: str
    opening: str
    """Up to and with the line break of the first `---`; '' without front matter."""
    yaml: str
    """Without the line break in front of the closing `---`."""
    closing: str
    body: str
    newline: str
    """The card's first line break, which new lines take."""

    @property
    def text(self) -> str:
        """The whole card."""
        return self.bom + self.opening + self.yaml + self.closing + self.body

    @property
    def notes(self) -> tuple[str, ...]:
        """What the Hub will not read, although it stands here."""
        found = []
        if self.bom and self.opening:
            found.append("it begins with a byte-order mark, so the Hub does not see its front matter: save it without one")
        if self.opening and _BLOCK.match(self.body):
            found.append("a second front matter follows the first; the Hub reads only the first, which alone was edited")
        return tuple(found)


def split(content: bytes, name: str) -> Card:
    """A card from its bytes.

    Args:
        content: the file.
        name: what to call it in messages.

    Raises:
        AuditError: it is no UTF-8, or its front matter has no end.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AuditError(
            f"{name} is no text in UTF-8; nothing was changed.",
            found=f"byte {error.start} is not UTF-8",
            expected="a card in UTF-8, as the Hub reads it",
            fix="save it as UTF-8 and run the same command again",
        ) from error
    bom = BOM if text.startswith(BOM) else ""
    rest = text[len(bom) :]
    newline = found[0] if (found := _BREAK.search(rest)) else "\n"
    block = _EMPTY.match(rest) or _BLOCK.match(rest)
    if block is not None:
        return Card(bom, block[1], block[2], block[3], rest[block.end() :], newline)
    if _OPENED.match(rest):
        raise AuditError(
            f"The front matter of {name} has no end; nothing was changed.",
            found="`---` on the first line, and no other line of `---`",
            expected="front matter between two lines of `---`",
            fix="add the closing `---`, or write `***` where a horizontal rule is meant",
        )
    return Card(bom, "", "", "", rest, newline)


def with_yaml(card: Card, yaml: str) -> Card:
    """The card with other front matter, which is added in front where there was none.

    Args:
        card: the card.
        yaml: whole lines, each with its line break.
    """
    if not card.opening:
        gap = "" if not card.body or card.body[0] in "\r\n" else card.newline
        return Card(card.bom, f"---{card.newline}", yaml, f"---{card.newline}{gap}", card.body, card.newline)
    closing = card.closing.lstrip("\r\n")  # the break before `---` belongs to the closing, as in the Hub's rule
    if card.body and closing[-1] not in "\r\n":
        closing += card.newline
    return Card(card.bom, card.opening, yaml, closing, card.body, card.newline)


def yaml_lines(card: Card) -> str:
    """The front matter as whole lines, each with its line break; '' where there is none."""
    return card.yaml + card.closing[: len(card.closing) - len(card.closing.lstrip("\r\n"))]
