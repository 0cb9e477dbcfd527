"""`auditor compare --lang --paper`: the pages in another language and on other paper, the record the same."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from page import validate_pdf

from auditor.evidence.comparison import Comparison
from auditor.report.comparison.measured import told
from auditor.report.language.names import names_in
from tests.cli.test_compare import finished
from tests.report.test_chinese import left_in_english


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("audits")
    gate = {"result": "accuracy", "at_least": 0.9}
    declared = {"report": {"language": "zh", "paper": "Letter"}}
    return (
        finished(folder / "old", gates=(gate,)),
        finished(folder / "new", error_rate=0.15, gates=({**gate, "at_least": 0.95},), extra=declared),
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory, runs) -> dict[str, Path]:
    from typer.testing import CliRunner

    from auditor.cli import app

    folder = tmp_path_factory.mktemp("made")
    asked = {"zh": ("--lang", "zh", "--paper", "A4"), "en": ("--lang", "en", "--paper", "A4"), "plan": ()}
    for name, options in asked.items():
        done = CliRunner().invoke(app, ["compare", *map(str, runs), "--out", str(folder / name), "-q", *options])
        assert done.exit_code == 0, done.output
    return {name: folder / name for name in asked}


def test_no_sentence_of_the_chinese_comparison_is_left_in_english(pages):
    html = (pages["zh"] / "comparison.html").read_text("utf-8")
    made = Comparison.model_validate_json((pages["zh"] / "comparison.json").read_bytes())
    assert '<html lang="zh">' in html and "新版本是否比可接受的程度更差" in html and "不构成认证" not in html
    assert list(left_in_english(html, names_in(made)[0])) == []


def test_the_record_and_its_id_do_not_depend_on_the_language(pages):
    records = {(folder / "comparison.json").read_bytes() for folder in pages.values()}
    assert len(records) == 1
    english = (pages["en"] / "comparison.html").read_text("utf-8")
    assert '<html lang="en">' in english and "Is the new release worse than was accepted?" in english


def test_language_and_paper_come_from_the_new_runs_plan_unless_they_are_asked_for(pages):
    assert '<html lang="zh">' in (pages["plan"] / "comparison.html").read_text("utf-8")
    sizes = {}
    for name, folder in pages.items():
        with pikepdf.open(folder / "comparison.pdf") as opened:
            sizes[name] = round(float(opened.pages[0].mediabox[3]))
    assert sizes == {"zh": 842, "en": 842, "plan": 792}


@pytest.mark.parametrize("profile", ["3a", "ua1"])
def test_the_chinese_pdf_is_valid_and_says_its_foot_in_chinese(profile, pages):
    path = pages["zh"] / "comparison.pdf"
    checked = validate_pdf(str(path), profile=profile)
    assert checked.is_compliant, [(failure.rule_id, failure.message) for failure in checked.failures][:5]
    with pikepdf.open(path) as opened:
        assert str(opened.Root.Lang) == "zh"


def test_an_unknown_language_is_refused_and_nothing_is_written(cli, runs, tmp_path):
    for code, said in (("qq", "one of: en, zh"), ("../x", "two or three letters")):
        status, out, err = cli("compare", *runs, "--out", tmp_path / "none", "--lang", code)
        assert (status, out) == (2, "") and said in err and not (tmp_path / "none").exists()


def test_methods_have_their_names_for_the_reader_in_sentences_of_the_record(pages):
    made = Comparison.model_validate_json((pages["en"] / "comparison.json").read_bytes())
    made = made.model_copy(update={"methods": {"input_x_gradient": "Input × gradient", "gradient": "Gradient"}})
    text = "Normalised margin (method input_x_gradient, fill mean) fell; class 3, input_x_gradient: r1 c1."
    assert told(made, text) == "Normalised margin (Input × gradient, fill mean) fell; class 3, Input × gradient: r1 c1."
    assert told(made, "The gradient, as such.") == "The gradient, as such."
