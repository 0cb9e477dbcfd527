"""What makes the PDF quick changes nothing on it: the same bytes as by WeasyPrint alone."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pydyf
import pytest
import tinyhtml5

from auditor.report import pdf as pdf_module
from auditor.report.layout import Layout
from auditor.report.pdf import write_pdf
from auditor.report.pdf_speed import page_of, read_as_xml
from tests.report.conftest import Document
from tests.report.printed import printed

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


def test_a_report_is_the_same_bytes_as_by_weasyprint_alone(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    html, assets = printed(document.run)
    quick = write_pdf(html, assets, ())
    from weasyprint import HTML
    from weasyprint.text import line_break

    monkeypatch.setattr(line_break.Layout, "setup", line_break.Layout.setup.__wrapped__)
    monkeypatch.setattr(line_break, "_font_style_cache_key", line_break._font_style_cache_key.__wrapped__)
    monkeypatch.setattr(pydyf.PDF, "page_references", property(pydyf.PDF.page_references.fget.__wrapped__))
    monkeypatch.setattr(pdf_module, "install_speed", lambda: None)
    monkeypatch.setattr(
        pdf_module, "page_of", lambda html, ours, fetcher: HTML(string=html, base_url="asset:", url_fetcher=fetcher)
    )
    assert write_pdf(html, assets, ()) == quick


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
