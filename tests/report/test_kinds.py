"""Whole documents of the other kinds of audit, from made-up evidence to valid pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from page import validate_pdf

from auditor.report.build import build_report
from auditor.report.render import render
from tests.measure import some_kinds
from tests.measure.synthetic_kinds import Kind, write_kind
from tests.report.test_html import Tags

VALIDATED = ("words", "series")
GATES = ({"result": "accuracy", "at_least": 0.3}, {"result": "roc_auc", "at_least": 0.999})


@dataclass(frozen=True)
class Made:
    """A rendered run: where it lies, its page, and the page's text."""

    run: Path
    page: str
    text: str


def kind_of(name: str) -> Kind:
    if name == "labels":  # of an ensemble: both at once
        kind = some_kinds.several_labels(400, unknown=20)
        kind.members = kind.logits + np.random.default_rng(0).normal(0, 1, (3, *kind.logits.shape))
        return kind
    if name == "series":
        return some_kinds.windows(300, equal=False)
    return {"one logit": some_kinds.one_logit, "words": some_kinds.words, "segments": some_kinds.segments}[name](300)


def make(run: Path, name: str, pdf: bool, **extra: object) -> Made:
    kind = kind_of(name)
    write_kind(run, kind, gates=GATES, **extra)
    if name in ("words", "series") and extra.get("examples", "full") == "full":
        some_kinds.keep_examples(run, kind, "text" if name == "words" else "series")
    build_report(run)
    with pytest.MonkeyPatch.context() as patch:
        if not pdf:
            patch.setattr("auditor.report.render.write_pdf", lambda *_: b"")
        render(run)
    page = (run / "report.html").read_text("utf-8")
    shown = page[page.index("<body") :]
    return Made(run, page, re.sub(r"\s+", " ", " ".join(Tags(shown).text)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Made]:
    """Each kind rendered once."""
    found: dict[str, Made] = {}

    def get(name: str) -> Made:
        if name not in found:
            found[name] = make(tmp_path_factory.mktemp("kind"), name, pdf=name in VALIDATED)
        return found[name]

    return get


@pytest.mark.parametrize("name", VALIDATED)
def test_documents_of_every_kind_are_valid(name: str, made: Callable[[str], Made]) -> None:
    one = made(name)
    for profile in ("3a", "ua1"):
        checked = validate_pdf(str(one.run / "report.pdf"), profile=profile)
        assert checked.is_compliant, [(failure.rule_id, failure.message) for failure in checked.failures][:5]
    assert "Do the members agree?" not in one.text
    numbers = [int(number) for number in re.findall(r"(\d+) · ", one.text)]
    assert numbers == list(range(1, len(numbers) + 1))  # a section that this kind lacks leaves no hole


def test_with_several_labels_accuracy_is_named_for_what_it_counts(made: Callable[[str], Made]) -> None:
    text = made("labels").text
    body = text[: text.index("A · All figures")]
    assert body.count("Exact match accuracy") >= 3  # page one, gates, performance
    assert not re.search(r"\bAccuracy\b(?! (drop|of a member|of the ensemble))", body)
    for said in ("Hamming loss", "Mean average precision", "By label, in per cent", "Rows per label", "95.0"):
        assert said in body
    assert "Confusion matrix: each row may have several labels" in body
    assert re.search(r"predicted \w+.*; labels \w+.*; explained \w+", body) or "No pictures" in body


def test_members_are_listed_with_their_accuracy_and_the_figure_says_it_in_words(made: Callable[[str], Made]) -> None:
    one = made("labels")
    for said in (
        " · Ensemble",
        "Do the members agree?",
        "net 0",
        "net 2",
        "Differs from the ensemble",
        "Not all members predict the same",
        "Rank correlation",
    ):
        assert said in one.text
    assert "Exact match accuracy of the ensemble and its members. the ensemble" in one.page


def test_words_are_text_and_markup_in_them_stays_text(made: Callable[[str], Made]) -> None:
    one = made("words")
    assert one.page.count("<mark") > 8
    assert "&lt;b&gt;bold&lt;/b&gt;" in one.page
    assert "<b>bold" not in one.page.lower()
    assert "U+1F600" in one.text
    assert "U+200E" in one.text
    assert "\u200e" not in one.page
    assert re.search(r"“free”\s\(1–\d+; \d+\)", one.text)  # rank interval; cases that hold it
    assert "names occur in fewer than 10 of the" in one.text


def test_redacted_examples_show_names_and_shares_and_no_text(tmp_path: Path) -> None:
    one = make(tmp_path, "words", pdf=False, examples="redacted")
    assert "<mark" not in one.page
    assert "Subject" not in one.page
    assert "redacted examples only" in one.text
    assert re.search(r"“(free|winner|click)”\s\(\d", one.text)


def test_series_are_drawn_with_their_largest_windows_in_words(made: Callable[[str], Made]) -> None:
    drawings = re.findall(r"<title[^>]*>(Series of 3 channels[^<]*)</title>", made("series").page)
    assert len(drawings) == 4
    assert all(re.search(r"largest shares: channel\s\d, steps\s\d+–\d+ \d", said) for said in drawings)


@pytest.mark.parametrize("name", ["one logit", "segments"])
def test_the_other_kinds_make_whole_reports(name: str, made: Callable[[str], Made]) -> None:
    text = made(name).text
    assert "Can this report be checked again?" in text
    assert ("another region in another picture" in text) == (name == "segments")
