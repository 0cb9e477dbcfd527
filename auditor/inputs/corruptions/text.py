"""Corruptions of texts, before they are cut into tokens."""

from __future__ import annotations

import re

from auditor.inputs.corruptions.draw import Draw

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_PLACES = {letter: (row, column + row / 2) for row, keys in enumerate(_ROWS) for column, letter in enumerate(keys)}
_WORD = re.compile(r"\S+")


def neighbours(letter: str) -> str:
    """Letters whose keys touch this one's on a QWERTY keyboard, in alphabetical order; '' for letters it does not have."""
    if letter not in _PLACES:
        return ""
    row, column = _PLACES[letter]
    near = (k for k, (r, c) in _PLACES.items() if k != letter and abs(r - row) <= 1 and abs(c - column) <= 1)
    return "".join(sorted(near))


def typos(text: str, amount: float, draw: Draw) -> str:
    """Replace a share `amount` of the letters, at least one, by a neighbouring key; the case stays, and so does the length.

    A letter that is on no QWERTY keyboard becomes another letter of the same text. Letters nothing can replace do not count.

    After the keyboard noise of Belinkov & Bisk, 2018, "Synthetic and natural noise both break neural machine translation"
    (https://arxiv.org/abs/1711.02173); amounts are ours.
    """
    other = sorted({c for c in text if c.isalpha() and not neighbours(c.lower())})
    options = {place: _options(c, other) for place, c in enumerate(text) if c.isalpha()}
    places = [place for place, offered in options.items() if offered]
    if not places:
        return text
    letters, which = list(text), draw.uniform("key", len(places))
    for index in draw.chosen(amount, len(places)):
        offered = options[places[index]]
        letters[places[index]] = offered[int(which[index] * len(offered))]
    return "".join(letters)


def _options(letter: str, other: list[str]) -> list[str]:
    near = neighbours(letter.lower())
    if near:
        return list(near.upper() if letter.isupper() else near)
    return [c for c in other if c != letter]


def casing(text: str, amount: float, draw: Draw) -> str:
    """Write a share `amount` of the words, at least one, in capitals; words that already are, in small letters."""
    words = list(_WORD.finditer(text))
    for index in reversed(draw.chosen(amount, len(words)) if words else []):
        word, (first, last) = words[index].group(), words[index].span()
        text = text[:first] + (word.lower() if word == word.upper() else word.upper()) + text[last:]
    return text


def dropped_words(text: str, amount: float, draw: Draw) -> str:
    """Leave out a share `amount` of the words, at least one, with the space behind them; one word always stays.

    After the random deletion of Wei & Zou, 2019, "EDA: easy data augmentation" (https://arxiv.org/abs/1901.11196).
    """
    words = list(re.finditer(r"\S+\s*", text))
    if len(words) < 2:
        return text
    gone = set(draw.chosen(amount, len(words), most=len(words) - 1))
    return text[: words[0].start()] + "".join(word.group() for index, word in enumerate(words) if index not in gone)


CORRUPTIONS = {"typos": typos, "casing": casing, "dropped_words": dropped_words}
