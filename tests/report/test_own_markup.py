"""What the HTML of an own template may hold, and that no status word is forged, reworded or left out."""

from __future__ import annotations

import pytest

from auditor.report.own.folder import REPLACEABLE, STANDARD
from tests.report.own_folder import PERFORMANCE, messages, own


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<script>alert(1)</script>", "<script> is not allowed"),
        ("<style>.holds { display: none }</style>", "<style> is not allowed"),
        ("<p style='color: white'>x</p>", "style="),
        ("<p onclick='x()'>x</p>", "onclick="),
        ("<p hidden>x</p>", "hidden="),
        ("<img src='https://example.org/x.png' alt='x'>", "<img>"),
        ("<a href='javascript:alert(1)'>x</a>", "href="),
        ("<a href='file:///etc/passwd'>x</a>", "href="),
        ("<svg><script/></svg>", "<svg> is not allowed"),
        ("<iframe></iframe>", "<iframe> is not allowed"),
        ("<meta http-equiv=refresh>", "<meta> is not allowed"),
        ("<p>x</p></section><section><p>", "</section> is closed"),
        ("<div><p>x</p>", "<div> is never closed"),
        ("<p class='front'>x</p>", "belongs to the frame"),
        ("<p id='limits'>x</p>", "id="),
        ("<p id='own-a'>x</p><p id='own-a'>x</p>", "stands there twice"),
        ("<![CDATA[x]]>", "declaration"),
        ("<?php x ?>", "instruction"),
        ("<h1>x</h1>", "<h1> is not allowed"),
        ("<p dir=rtl>x</p>", "dir="),
    ],
)
def test_html_that_could_run_fetch_hide_or_leave_its_section_is_refused(source, said, tmp_path):
    place = own(tmp_path, performance=f"{PERFORMANCE}\n{{% block before %}}\n{source}\n{{% endblock %}}")
    found = messages(place)
    assert found.startswith("sections/performance.html.j2") and said in found, found


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{% block before %}<span class='st ok'>✓ met</span>{% endblock %}", 'shows the status "✓ met" 1 times'),
        ("{% block before %}<i class='x st'>Usable for class-level rankings</i>{% endblock %}", "shows the status"),
    ],
)
def test_a_status_is_not_forged(source, said, tmp_path):
    assert said in messages(own(tmp_path, performance=PERFORMANCE + source))


def test_a_status_is_neither_left_out_nor_changed(tmp_path):
    left_out = (
        '{% extends "standard/sections/rankings.html.j2" %}{% set verdict = {"sign": "✓", "word": "met", "style": "ok"} %}'
    )
    assert "shows the status" in messages(own(tmp_path / "a", rankings="<p>{{ method }}</p>"))
    own_words = '{% from "macros.html.j2" import status %}{{ status({"sign": "✓", "word": "met", "style": "ok"}) }}'
    assert "shows the status" in messages(own(tmp_path / "b", rankings=own_words))
    assert "shows the status" in messages(own(tmp_path / "c", rankings=left_out))


@pytest.mark.parametrize("name", sorted(set(STANDARD) - REPLACEABLE - {"summary"}))
def test_what_a_reader_must_be_able_to_trust_is_added_to_and_not_replaced(name, tmp_path):
    assert "may be added to, not replaced" in messages(own(tmp_path / "a", **{name: "<p>All is well.</p>"}))
    extends = f'{{% extends "standard/sections/{name}.html.j2" %}}'
    assert messages(own(tmp_path / "b", **{name: extends + "{% block after %}<p>More.</p>{% endblock %}"})) == ""
