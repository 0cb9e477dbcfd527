"""A text with its words marked by attribution, cut around the most important ones; only printable characters come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from auditor.report.printable import printable, shorten

LONGEST = 620
"""Characters of one text that are shown."""
_BESIDE = 6
"""Words shown on either side of an important one, where the text is cut."""
_WORD, _BETWEEN = 48, 60
"""Characters of one word, and of what stands between two words, beyond which their middle is left out."""
_LEVELS = (0.08, 0.25, 0.5, 0.75)
"""Magnitude over the largest in the text from which a word is marked, faintly to strongly."""


@dataclass(frozen=True)
class Piece:
    """A word or what stands between words."""

    text: str
    level: int = 0
    """0: not marked; 1 … 4: faint to strong."""
    against: bool = False
    """Whether it speaks against the class explained."""


def marked_text(arrays: Mapping[str, np.ndarray], method: str, signed: bool) -> tuple[Piece, ...]:
    """The text of an example with the words marked by one method; () where none is stored.

    Args:
        arrays: `text` (a string), `spans` int64 [features, 2] (characters of each word), `values:<method>` float32 [features].
    """
    found = arrays.get("text")
    if found is None or found.dtype.kind != "U" or found.ndim:
        return ()
    text = str(found)
    spans = _spans(arrays.get("spans"), len(text))
    values = np.nan_to_num(np.asarray(arrays.get(f"values:{method}", np.empty(0)), dtype=np.float64)).ravel()
    values = values if len(values) == len(spans) else np.zeros(len(spans))
    strength = np.abs(values) / (np.abs(values).max(initial=0.0) or 1.0)
    level = np.searchsorted(_LEVELS, strength, side="right")
    pieces, place = [], 0
    for first, last in _shown(text, spans, strength):
        if first > place:
            pieces.append(Piece(" … "))
        place = first
        for word in np.flatnonzero((spans[:, 0] >= first) & (spans[:, 1] <= last)).tolist():
            start, end = spans[word].tolist()
            if start < place or end <= start:
                continue  # spans that overlap or hold nothing mark nothing
            pieces.append(Piece(_short(text[place:start], _BETWEEN)))
            marked = Piece(_short(text[start:end], _WORD), int(level[word]), bool(signed and values[word] < 0))
            pieces.append(marked)
            place = end
        pieces.append(Piece(_short(text[place:last], _BETWEEN)))
        place = last
    if place < len(text):
        pieces.append(Piece(" …"))
    return tuple(piece for piece in pieces if piece.text)


def _short(text: str, length: int) -> str:
    """Printable and not too long; every character may become a longer code, so it is cut before and after."""
    return shorten(printable(shorten(text, 4 * length)), length)


def _spans(stored: np.ndarray | None, length: int) -> np.ndarray:
    """int64 [features, 2], inside the text; empty where they have another form."""
    spans = np.asarray(stored if stored is not None else np.empty((0, 2)))
    if spans.ndim != 2 or spans.shape[1] != 2 or spans.dtype.kind not in "iu":
        return np.empty((0, 2), dtype=np.int64)
    return np.clip(spans.astype(np.int64), 0, length)


def _shown(text: str, spans: np.ndarray, strength: np.ndarray) -> list[tuple[int, int]]:
    """The stretches of the text that are shown: all of a short one, else those around the most important words."""
    length = len(text)
    if not len(spans):
        return [(0, min(length, LONGEST))]
    if length <= LONGEST:
        read = int(spans[:, 1].max())
        return [(0, read if any(map(str.isalnum, text[read:])) else length)]  # words behind a cut were never read
    shown = np.zeros(len(spans), dtype=bool)
    for word in np.argsort(-strength, kind="stable").tolist():
        more = shown.copy()
        more[max(0, word - _BESIDE) : word + _BESIDE + 1] = True
        long = sum(last - first for first, last in _stretches(more, spans)) > LONGEST
        if shown.any() and (long or strength[word] < _LEVELS[0]):
            break
        shown = more
    return _stretches(shown, spans)


def _stretches(shown: np.ndarray, spans: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], shown, [False]]).astype(int)))
    return [(int(spans[first, 0]), int(spans[end - 1, 1])) for first, end in edges.reshape(-1, 2).tolist()]
