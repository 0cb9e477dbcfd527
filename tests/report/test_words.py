"""Numbers, strings and verdicts as people read them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.findings import Finding
from auditor.evidence.units import resolution
from auditor.report.numbers import Format, decimal, percent, with_interval
from auditor.report.printable import distinct, glyphs, held, opening, printable, printable_tree, shorten
from auditor.report.verdicts import verdict_reason, verdict_status
from auditor.report.words import STATUS


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9968, "99.7"),
        (1.0, "100.0"),
        (0.0, "0.0"),
        (0.99996, ">99.99"),
        (0.9996, "99.96"),
        (0.0002, "0.02"),
        (0.000001, "<0.01"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(value: float, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.7412, "0.74"), (-0.7412, "−0.74"), (0.00412, "0.0041"), (41234.5, "41,234"), (0, "0"), (1e-17, "0")]
)
def test_a_decimal_shows_two_significant_digits(value: float, text: str) -> None:
    assert decimal(value) == text


def test_halves_are_rounded_as_the_number_is_written_and_not_as_it_is_stored() -> None:
    assert percent(0.6375) == "63.8" and decimal(0.575, 2) == "0.58"  # 63.7499… and 0.57499… in binary
    assert percent(0.88) == "88.0" and decimal(0.125, 2) == "0.12"


def test_a_limit_that_is_not_0_is_not_printed_as_0() -> None:
    assert with_interval(0.011, 0.002, 0.096) == "0.011 (0.002–0.096)"
    assert with_interval(0.025, -0.0049, 0.055) == "0.025 (−0.005 to 0.055)"
    assert with_interval(0.5, 0.0, 1.0) == "0.50 (0.00–1.00)"


def test_a_long_text_is_cut_behind_a_word_and_a_long_word_in_its_middle() -> None:
    assert opening("one two, three four", 12) == "one two …"
    assert opening("short", 12) == "short"
    assert opening("x" * 20, 9) == shorten("x" * 20, 9)


def test_points_carry_a_sign_and_a_zero_does_not() -> None:
    points = Format("fraction", points=True)
    assert points.value(0.031) == "+3.1\u00a0pt" and points.value(-0.00001) == "0.0\u00a0pt"
    assert points.interval(-0.001, 0.0382) == "−0.1 to +3.8\u00a0pt"


def test_an_interval_and_its_value_have_the_same_decimals() -> None:
    assert with_interval(0.7412, 0.7101, 0.7702) == "0.74 (0.71–0.77)"
    assert with_interval(1e-17, -0.02, 0.02) == "0.00 (−0.02 to 0.02)"
    assert resolution(0.7104, 0.7110) == 4
    assert Format("fraction").interval(1e-7, 2e-7) == "0.000 to <0.001\u00a0%"  # an upper limit that is not 0


@given(st.text())
def test_whatever_goes_in_only_drawable_characters_come_out(text: str) -> None:
    out = printable(text)
    assert all(ord(character) in glyphs() and unicodedata.category(character) not in ("Cc", "Cf", "Cs") for character in out)
    assert printable(out) == out


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("95 % interval", "95\u00a0% interval"),
        ("5 % of 20 cases, n = 300.", "5\u00a0% of 20 cases, n\u00a0=\u00a0300."),
        ("margin &gt; 0, p ≤ 0.05, m = 5,000", "margin &gt;\u00a00, p ≤\u00a00.05, m\u00a0=\u00a05,000"),
        ("a % b, in = c, n = many, <b>x</b> 5", "a % b, in = c, n = many, <b>x</b> 5"),
    ],
)
def test_no_line_ends_between_a_number_and_its_sign_or_within_a_count(text: str, kept: str) -> None:
    assert held(text) == kept


def test_signs_of_statuses_are_drawn_by_the_bundled_fonts() -> None:
    assert {ord(sign) for status in STATUS.values() for sign in status.sign} | set(map(ord, "≤≥−×½✓✕–·…")) <= glyphs()


def test_accents_and_other_alphabets_stay_and_line_ends_become_spaces() -> None:
    assert printable("cafe\u0301 Ωμέγα Жук\nnext") == "café Ωμέγα Жук next"


def test_names_that_would_print_alike_stay_different_and_words_of_the_record_stay() -> None:
    long = "y" * 10_000
    classes = ["a b", "a\tb", "a\nb", long, long + "z", "cafe\u0301", "caf\u00e9", "not\nevaluated"]
    record = {"classes": classes, "status": "not evaluated"}
    out = printable_tree(record)
    assert out["classes"][:3] == ["a b", "a b (2)", "a b (3)"] and out["status"] == "not evaluated"
    assert len(set(out["classes"])) == 8 and all(len(name) <= 124 for name in out["classes"])
    assert printable_tree({"slice": {"class": long}})["slice"]["class"] == out["classes"][3]
    assert printable("bell\x07") == "bellU+0007"


def test_shortened_names_stay_different() -> None:
    names = tuple("very long class name " + "x" * 40 + str(number % 2) + "y" * 40 for number in range(4))
    assert len(set(distinct(names, 28))) == 4 and all(len(name) <= 28 for name in distinct(names, 28))
    assert shorten("abcdef", 6) == "abcdef"


def finding(statement: str) -> Finding:
    return Finding(id="verdict-x", kind="verdict", status="not evaluated", statement=statement, results=())


def test_a_verdict_is_read_from_its_statement_part_by_part() -> None:
    one = finding("Saliency: do not rely on (not shown: the share (of two) was not tested). V1 margin: met, V2: not evaluated.")
    assert verdict_status(one).word == "Do not rely on"
    assert verdict_reason(one) == "Not shown: the share (of two) was not tested."


def test_of_two_verdict_words_the_stricter_one_counts() -> None:
    assert verdict_status(finding("With caution; do not rely on: gap.")).word == "Do not rely on"
    assert verdict_status(None).word == "Not evaluated"
