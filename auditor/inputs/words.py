"""Words of a text, and which of its tokens belong to each: the features of text models.

A word is a run of letters, digits and their marks, with apostrophes inside it; any other printable mark is a word of its
own, and so is each character of scripts written without spaces (Han, Kana, Thai, Lao, Myanmar, Khmer). The tokenizer has the
last word: units that share a token are one word, and units without a token are none. So pieces of a word are one feature, and
Chinese falls back to the tokens. Tokens of blanks alone belong to the word that follows, at the end to the last one.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Spans = tuple[tuple[int, int], ...]

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_INSIDE = "'’\u200c\u200d"  # apostrophes, and the joiners of Persian and Indic words


_ASCII = re.compile(r"\w++(?:'\w++)*+|[!-~]", re.ASCII)
"""The pattern for texts of ASCII alone, in which nothing is marked, unspaced or unprintable but controls; 3 times as fast."""


class Words(NamedTuple):
    """The words of one text that have tokens.

    Attributes:
        of_token: int64 [tokens], index of each token's word; -1 at special tokens.
        spans: of the words in their order, (first, behind the last character).
    """

    of_token: Array
    spans: Spans


@cache
def _pattern() -> re.Pattern[str]:
    marks = _marks()
    run = rf"[^\W{_UNSPACED}]++(?:[{marks}]++[^\W{_UNSPACED}]*+)*+"
    return re.compile(rf"{run}(?:[{_INSIDE}]{run})*+|\S[{marks}\u200d]*+")


def _marks() -> str:
    """Every combining mark (vowel signs, accents), no letter to regular expressions, as ranges of a character class."""
    found = [code for code in range(0x300, sys.maxunicode) if code < 0x20000 or 0xE0100 <= code < 0xE01F0]
    codes = [code for code in found if unicodedata.category(chr(code)).startswith("M")]
    starts = [code for place, code in enumerate(codes) if not place or codes[place - 1] != code - 1]
    ends = [code for place, code in enumerate(codes, 1) if place == len(codes) or codes[place] != code + 1]
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(starts, ends, strict=True))


def split_words(text: str, limit: int | None = None) -> list[tuple[int, int]]:
    """Spans of the units of a text that begin before `limit`; control and other unprintable characters are none."""
    if text.isascii():
        spans = [match.span() for match in _ASCII.finditer(text)]
        return spans if limit is None or limit >= len(text) else [span for span in spans if span[0] < limit]
    found = []
    for match in _pattern().finditer(text):
        first, last = match.span()
        if limit is not None and first >= limit:
            break
        if text[first].isprintable():
            found.append((first, last))
    return found


def words_of(text: str, offsets: Array, own: Array) -> Words:
    """Group the tokens of a text into words.

    Args:
        text: as the tokenizer received it.
        offsets: int64 [tokens, 2], the characters of each token: (first, behind the last).
        own: bool [tokens], False at special tokens.

    Returns:
        Every own token in exactly one word, unless the text has no printable character.
    """
    nothing = np.full(len(own), -1, np.int64)
    limit = int(offsets[own, 1].max()) if own.any() else 0
    units = np.array(split_words(text, limit), np.int64).reshape(-1, 2)
    if not len(units) or not own.any():
        return Words(nothing, ())
    begin, end = offsets[own, 0], offsets[own, 1]
    first = np.searchsorted(units[:, 1], begin, side="right")  # the first unit that ends behind the token's beginning
    last = np.searchsorted(units[:, 0], end, side="left") - 1  # the last unit that begins before the token's end
    first = np.minimum(first, len(units) - 1)
    last = np.maximum(first, last)
    joins = np.zeros(len(units) + 1, np.int64)  # +1 and -1 where a token begins and ceases to join a unit to the next
    np.add.at(joins, first, 1)
    np.add.at(joins, last, -1)
    joined = np.cumsum(joins)[: len(units) - 1] > 0
    word_of_unit = np.concatenate([[0], np.cumsum(~joined)])
    used, word = np.unique(word_of_unit[first], return_inverse=True)
    nothing[own] = word
    begins = units[np.searchsorted(word_of_unit, used, side="left"), 0].tolist()
    ends = units[np.searchsorted(word_of_unit, used, side="right") - 1, 1].tolist()
    return Words(nothing, tuple(zip(begins, ends, strict=True)))
