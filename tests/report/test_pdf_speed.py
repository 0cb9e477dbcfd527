"""What makes the PDF quick changes nothing on it: the same bytes as by WeasyPrint alone."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import tinyhtml5

from auditor.report.layout import Layout
from auditor.report.pdf import write_pdf
from auditor.report.pdf_speed import page_of, read_as_xml
from tests.report.conftest import Document
from tests.report.printed import Assets, printed

PAGE = '<!doctype html>\n<html lang="en"><head><title>t</title></head><body><h1>t</h1>{}</body></html>'


def tree(element: ElementTree.Element) -> tuple[object, ...]:
    """An element with all that is in it; white space that ends a whole block stands in another place in XML."""
    return element.tag, element.attrib, element.text or "", (element.tail or "").rstrip("\n"), [tree(one) for one in element]


@pytest.mark.parametrize("profile", ["full", "summary"])
@pytest.mark.parametrize("which", ["document", "hostile"])
def test_our_pages_are_the_same_elements_as_xml_and_as_html(which: str, profile: str, request: pytest.FixtureRequest) -> None:
    html, _ = printed(request.getfixturevalue(which).run, Layout(profile=profile))
    read = read_as_xml(html)
    assert read is not None
    parsed = tinyhtml5.parse(io.BytesIO(html.encode()), namespace_html_elements=False)
    (head, body), (same_head, same_body) = read, parsed
    assert tree(head) == tree(same_head) and tree(body) == tree(same_body) and read.attrib == parsed.attrib


def test_a_page_that_is_no_xml_and_one_of_a_users_own_are_read_as_html() -> None:
    assert read_as_xml(PAGE.format("<p>one<p>two")) is None
    open_ = page_of(PAGE.format("<p>one<p>two"), True)
    nested = page_of(PAGE.format("<p>one<div>two</div></p>"), False)
    assert [one.tag for one in open_.etree_element.find("body")] == ["h1", "p", "p"]
    assert [one.tag for one in nested.etree_element.find("body")] == ["h1", "p", "div", "p"]


ALONE = """
import base64, json, sys
from pathlib import Path
from weasyprint import HTML
from auditor.report import pdf

pdf.install_speed = lambda: None
pdf.page_of = lambda html, ours, fetcher: HTML(string=html, base_url="asset:", url_fetcher=fetcher)
html, assets = json.loads(Path(sys.argv[1]).read_text())
assets = {name: (base64.b64decode(content), media) for name, (content, media) in assets.items()}
Path(sys.argv[1]).with_suffix(".pdf").write_bytes(pdf.write_pdf(html, assets, ()))
"""


def alone(html: str, assets: Assets, folder: Path) -> bytes:
    """The PDF by WeasyPrint alone, in a process in which nothing of ours was put into it."""
    given = folder / "page.json"
    given.write_text(
        json.dumps([html, {name: (base64.b64encode(content).decode(), media) for name, (content, media) in assets.items()}])
    )
    subprocess.run([sys.executable, "-c", ALONE, given], check=True)
    return given.with_suffix(".pdf").read_bytes()


def test_a_report_is_the_same_bytes_as_by_weasyprint_alone(document: Document, tmp_path: Path) -> None:
    html, assets = printed(document.run)
    assert write_pdf(html, assets, ()) == alone(html, assets, tmp_path)


def test_text_set_in_every_way_twice_over_is_the_same_bytes_as_by_weasyprint_alone(tmp_path: Path) -> None:
    words = "Extraordinarily long “quoted” words, 0.95 and ½; Ελληνικά, русский, 中文 run on, and on, and on again."
    styles = (
        "text-align: justify", "letter-spacing: 2px", "word-spacing: 9px", "hyphens: auto", "white-space: pre", "color: red",
        "white-space: nowrap; overflow: hidden; text-overflow: ellipsis", "overflow-wrap: anywhere; width: 30px",
        "text-decoration: underline", "direction: rtl", "font-variant: small-caps", "font-feature-settings: 'tnum'",
        "font-weight: 700", "font-size: 5pt", "line-height: 3", "word-break: break-all; width: 50px", "width: 40%; padding: 5%",
        "box-sizing: border-box; width: 200px; padding: 1em; border: 2px solid", "min-width: 90%; display: inline-block",
        "font-size: 0", "display: grid; grid-template-columns: 1fr 2fr", "display: flex; max-width: 50px", "text-indent: 3em",
        "font-kerning: none", "hyphens: manual; width: 80px", "visibility: hidden", "columns: 3",
    )  # fmt: skip
    text = f"{words}<b>{words[:30]}</b>\t{words[::-1]} hyp\u00adhen\u00ada\u00adtion"
    paragraphs = "".join(f'<div style="{style}">{text}</div>' for style in styles)
    table = "".join(f'<td style="border: {i}px solid; width: {10 * i}%">{text}</td>' for i in (1, 2, 3))
    tables = "".join(f'<table style="border-collapse: {how}"><tr>{table}</tr></table>' for how in ("collapse", "separate"))
    svg = '<svg width="80" height="20"><text x="2" y="9" font-size="8">0.95 and</text><text x="9 30" y="18">on</text></svg>'
    html = PAGE.format(f"{paragraphs}{tables}{svg}" * 2)
    assert write_pdf(html, {}, (), ours=False) == alone(html, {}, tmp_path)


def test_a_page_with_notes_or_items_of_its_own_has_the_whole_standard_style_sheet() -> None:
    from weasyprint.html import UA_STYLESHEET

    plain, notes, items = (
        page_of(PAGE.format(f'<p style="{style}">x</p>'), True)._ua_stylesheets()[0]
        for style in ("color: red", "float: footnote", "display: list-item")
    )
    assert notes is items is UA_STYLESHEET and plain is not UA_STYLESHEET
    kinds = [sorted({rule[3] or "" for rule in sheet.matcher.other_selectors}) for sheet in (UA_STYLESHEET, plain)]
    assert set(kinds[0]) - set(kinds[1]) == {
        "footnote-call", "footnote-marker", "note-call", "note-marker", "note-callback", "marker",
    }  # fmt: skip
