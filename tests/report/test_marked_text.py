"""Texts with their important words marked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.report.marked_text import LONGEST, Piece, marked_text
from auditor.report.printable import printable


def arrays(text: str, values: list[float], spans: list[tuple[int, int]] | None = None) -> dict[str, np.ndarray]:
    """What an example file holds; the words of a text without markup are found at its spaces."""
    found, place = [], 0
    for word in text.split(" "):
        found.append((place, place + len(word)))
        place += len(word) + 1
    return {
        "text": np.array(text),
        "spans": np.array(found if spans is None else spans, dtype=np.int64).reshape(-1, 2),
        "values:m": np.array(values, dtype=np.float32),
    }


def said(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)


def test_strength_is_the_share_of_the_largest_and_the_sign_is_kept() -> None:
    pieces = marked_text(arrays("one two three four five", [1.0, -0.6, 0.3, 0.1, 0.05]), "m", signed=True)
    assert said(pieces) == "one two three four five"
    assert [(piece.text, piece.level, piece.against) for piece in pieces if piece.text.strip()] == [
        ("one", 4, False),
        ("two", 3, True),
        ("three", 2, False),
        ("four", 1, False),
        ("five", 0, False),
    ]


def test_a_method_without_a_sign_marks_nothing_as_against() -> None:
    pieces = marked_text(arrays("one two", [-1.0, 0.5]), "m", signed=False)
    assert [piece.against for piece in pieces if piece.level] == [False, False]


def test_a_long_text_is_cut_around_its_most_important_words() -> None:
    words = [f"word{number}" for number in range(900)]
    words[700] = "PRIZE"
    pieces = marked_text(arrays(" ".join(words), [float(word == "PRIZE") for word in words]), "m", signed=True)
    text = said(pieces)
    assert "word697 word698 word699 PRIZE word701" in text
    assert text.startswith(" … ") and text.endswith(" …")
    assert len(text) < LONGEST + 80


def test_words_behind_the_cut_of_a_text_were_never_read_and_are_not_shown() -> None:
    read = marked_text(arrays("one two beyond the cut", [1.0, 0.5], [(0, 3), (4, 7)]), "m", signed=True)
    assert said(read) == "one two …"
    whole = marked_text(arrays("one two!)", [1.0, 0.5], [(0, 3), (4, 7)]), "m", signed=True)
    assert said(whole) == "one two!)"


def test_one_endless_word_and_an_endless_gap_are_cut() -> None:
    text = "x" * 50_000 + " " * 10 + "y"
    pieces = marked_text(arrays(text, [1.0, 0.2], [(0, 50_000), (50_010, 50_011)]), "m", signed=True)
    assert len(said(pieces)) < LONGEST
    assert next(piece for piece in pieces if piece.level).level == 4
    whole = marked_text({"text": np.array("z" * 50_000)}, "m", signed=True)
    assert len(said(whole)) < LONGEST


@pytest.mark.parametrize(
    "change",
    [
        {"text": np.array(3)},
        {"text": np.array(["a", "b"])},
        {"spans": np.array([1, 2])},
        {"spans": np.array([[0.5, 1.0]])},
        {"spans": np.array([[5, 2], [-4, 99]])},
        {"values:m": np.array([np.nan, np.inf, 1.0])},
        {"values:m": np.array([1.0])},
    ],
)
def test_a_file_of_another_form_marks_nothing_and_breaks_nothing(change: dict[str, np.ndarray]) -> None:
    pieces = marked_text(arrays("a b c", [1.0, 0.0, 0.0]) | change, "m", signed=True)
    assert isinstance(pieces, tuple)


@settings(max_examples=60)
@given(st.text(max_size=300), st.lists(st.tuples(st.integers(-5, 320), st.integers(-5, 320)), max_size=20), st.randoms())
def test_whatever_the_text_and_the_spans_only_printable_characters_come_out(text, spans, random) -> None:
    values = [random.uniform(-1, 1) for _ in spans]
    pieces = marked_text(arrays(text, values, spans), "m", signed=True)
    assert all(printable(piece.text) == piece.text for piece in pieces)
