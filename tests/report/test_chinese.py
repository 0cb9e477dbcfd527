"""The sample report in Chinese: nothing left in English, the same evidence, a valid file, the same bytes every time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from page import validate_pdf

from auditor.report.language.names import names_of
from auditor.report.layout import Layout
from auditor.report.pdf import PangoMissing
from auditor.report.render import render
from tests.report import sample
from tests.report.conftest import Document

ENGLISH = re.compile(r"(?:\b[A-Za-z]?[a-z]+[ ,;:]+){2,}[a-z]{2,}")
"""Three words in a row, the last two in small letters."""


INVENTED = frozenset(
    {
        "Dependence on the weights was not evaluated, so it is not shown.",
        "Saliency, Input × Gradient, Occlusion and Random attribution",
        "gradient, hooks and copy",
        "the model has no attention layer",
        "see its definition",
        "4 × 4 pixel patches, 7 rows by 7 columns",
        "the mean image of 1,000 reference rows",
        "max-t over pairs, 2,000 resamples, 95 % simultaneous",
        "the method does not claim completeness",
        "no groups are declared",
        "weights are not randomised in this version",
        "Random attribution",
    }
)
"""Sentences that only the sample's record holds; no stage of an audit writes them."""


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Document:
    run = tmp_path_factory.mktemp("chinese")
    report = sample.write(run)
    done = render(run, Layout(language="zh"))
    assert done.pdf is not None and (done.html.name, done.pdf.name) == ("report.zh.html", "report.zh.pdf")
    return Document(run, report, done.pdf.read_bytes(), done.html.read_text("utf-8"))


class Shown(HTMLParser):
    """Text nodes, alternative texts and labels; not code, and not who said or published something."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.texts += [given[name] or "" for name in ("alt", "aria-label") if name in given]
        if self._skipped or tag in ("code", "style") or given.get("class") in ("by", "marked"):
            self._skipped += [tag] if tag not in ("img", "br", "meta") else []

    def handle_endtag(self, tag: str) -> None:
        if self._skipped and self._skipped[-1] == tag:
            self._skipped.pop()

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.texts.append(" ".join(data.split()))


def left_in_english(html: str, names: frozenset[str]) -> Iterator[str]:
    """Texts with three English words in a row that are no names and no code."""
    page = Shown()
    page.feed(html)
    longest = sorted(names, key=len, reverse=True)
    for text in page.texts:
        rest = re.sub(r"`[^`]*`|\([A-Z][^()]*(?:19|20)\d\d\)", "·", text)
        for name in longest:
            rest = rest.replace(name, "·") if len(name) > 3 else rest
        if ENGLISH.search(rest):
            yield text


def test_no_sentence_is_left_in_english(chinese: Document) -> None:
    names, _ = names_of(chinese.report)
    assert list(left_in_english(chinese.html, names | INVENTED)) == []


def test_the_search_for_english_sees_a_sentence_that_was_not_translated() -> None:
    html = "<p>准确率</p><p>The bound is met</p><code>auditor render this run</code><img alt='three more words'>"
    assert list(left_in_english(html, frozenset())) == ["The bound is met", "three more words"]


def test_the_pages_say_their_language_and_code_says_its_own(chinese: Document) -> None:
    assert '<html lang="zh">' in chinese.html and '<code lang="en">' in chinese.html
    assert "report.zh" not in chinese.html


def test_what_a_report_must_say_is_said_in_chinese(chinese: Document) -> None:
    for said in (
        "它不是合格评定、认证、法律意见，也不是技术文档本身",
        "归因描述模型的行为，不描述现实世界中的因果",
        "区间仅反映评估单元的抽样",
    ):
        assert said in chinese.html
    assert "不可依赖" in chinese.html and "不符合" in chinese.html


def test_numbers_and_names_are_those_of_the_english_report(chinese: Document, document: Document) -> None:
    for said in ("99.1", "digit-cnn", "mnist-5k", "Reading digits on scanned forms; a clerk checks each reading."):
        assert said in chinese.html and said in document.html
    assert (chinese.run / "report.json").read_bytes() == (document.run / "report.json").read_bytes()


@pytest.mark.parametrize("profile", ["3a", "ua1"])
def test_the_chinese_pdf_is_valid_for_archives_and_for_screen_readers(profile: str, chinese: Document, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(chinese.pdf)
    checked = validate_pdf(str(path), profile=profile)
    assert checked.is_compliant, [(failure.rule_id, failure.message) for failure in checked.failures][:5]


def test_another_process_writes_the_same_chinese_bytes(chinese: Document, tmp_path: Path) -> None:
    sample.write(tmp_path)
    program = (
        "from pathlib import Path\nfrom auditor.report.layout import Layout\nfrom auditor.report.render import render\n"
        f"render(Path({str(tmp_path)!r}), Layout(language='zh'))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    assert (tmp_path / "report.zh.html").read_text("utf-8") == chinese.html
    assert (tmp_path / "report.zh.pdf").read_bytes() == chinese.pdf


@pytest.fixture
def without_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> bytes:
        raise PangoMissing("left out")

    monkeypatch.setattr("auditor.report.render.write_pdf", missing)


@pytest.mark.usefixtures("without_pdf")
def test_a_report_rendered_in_english_after_a_chinese_one_is_english(chinese: Document, document: Document) -> None:
    done = render(chinese.run)
    assert done.html.name == "report.html" and done.html.read_text("utf-8") == document.html


@pytest.mark.usefixtures("without_pdf")
def test_a_plan_in_chinese_makes_the_report_itself_chinese(tmp_path: Path) -> None:
    the_plan = sample.plan()
    the_plan["report"] = {**the_plan["report"], "language": "zh"}
    sample.write(tmp_path, plan=the_plan)
    done = render(tmp_path)
    assert done.html.name == "report.html" and '<html lang="zh">' in done.html.read_text("utf-8")
