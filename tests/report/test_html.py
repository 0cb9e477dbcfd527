"""The HTML page: one file, no script, nothing fetched, every free text only text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from tests.report.conftest import Document


class Tags(HTMLParser):
    """Collects tags with their attributes, ids and text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("which", ["document", "hostile"])
def test_the_page_has_no_script_and_fetches_nothing(which: str, request: pytest.FixtureRequest) -> None:
    page = Tags(request.getfixturevalue(which).html)
    assert {tag for tag, _ in page.tags} & {
        "script",
        "iframe",
        "object",
        "embed",
        "link",
        "base",
        "form",
        "foreignobject",
    } == set()
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href", "xlink:href", "srcset", "action"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:image/", "#")), (tag, value)
    assert not re.search(r"@import|url\((?!#)", request.getfixturevalue(which).html)


def test_the_page_forbids_scripts_and_network_by_its_policy(document: Document) -> None:
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'" in document.html


def test_no_two_elements_share_an_id_and_every_reference_has_a_target(document: Document) -> None:
    page = Tags(document.html)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {attributes["href"][1:] for _, attributes in page.tags if (attributes.get("href") or "").startswith("#")}
    assert wanted <= set(ids)


def test_no_two_regions_have_the_same_name(document: Document) -> None:
    named = [one["aria-label"] for _, one in Tags(document.html).tags if one.get("role") == "region"]
    assert named and len(named) == len(set(named))


def test_every_picture_says_in_words_what_it_shows(document: Document) -> None:
    page = Tags(document.html)
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert pictures and all(len(attributes["alt"] or "") > 20 for attributes in pictures)
    drawings = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert drawings and all(attributes.get("role") == "img" and attributes.get("aria-labelledby") for attributes in drawings)


def test_a_hostile_name_is_shown_as_text_and_what_cannot_be_drawn_by_its_code(hostile: Document) -> None:
    text = " ".join(Tags(hostile.html).text)
    assert "<script>alert(1)</script>" in text
    assert "U+1F600" in text and "U+202E" in text and "U+E000" in text and "{{ 7 * 7 }}" in text
    assert "\x07" not in hostile.html and "\u202e" not in hostile.html and "\x1b" not in hostile.html


def test_headings_go_down_one_level_at_a_time(document: Document) -> None:
    levels = [int(tag[1]) for tag, _ in Tags(document.html).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_without_its_pictures_the_page_is_below_one_megabyte(document: Document) -> None:
    bare = re.sub(r'src="data:[^"]*"', "", document.html)
    assert len(bare.encode()) < 1_000_000
