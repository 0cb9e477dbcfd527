"""Untrusted text in places of its own: long words in tables, formulas in CSV files, order marks in other documents."""

from __future__ import annotations

import csv
import io
import re

import pytest

from auditor.evidence.csv_text import csv_bytes
from auditor.publish.card_yaml import quoted
from auditor.publish.junit import _legal
from auditor.publish.sarif import _plain
from auditor.report.templates import breakable, environment, has_long_word, is_unwieldy
from auditor.report.view import TableView, columns

TURNED = "a\u202eb\u2066c"


@pytest.mark.parametrize("cell", ["=1+1|cmd", "+SUM(A1)", "-2+3", "@ref", "\t=1", "\r=1"])
def test_no_text_of_a_csv_file_is_a_formula(cell: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes([cell, "value"], [[cell, -2.5], ["plain", None]]).decode(), newline="")))
    assert rows[0][0] == rows[1][0] == "'" + cell.replace("\r", "\n") and rows[1][1] == "-2.5" and rows[2] == ["plain", ""]


def test_nothing_in_other_documents_turns_the_order_of_a_text_around() -> None:
    for made in (quoted(TURNED), _legal(TURNED), _plain(TURNED)):
        assert "\u202e" not in made and "\u2066" not in made
    assert _plain("see [here](http://x)") == r"see \[here\](http://x)"


def test_a_long_cell_with_a_long_word_gets_places_to_break_and_stays_the_same_text() -> None:
    text = "<b>" * 200
    assert is_unwieldy(text) and not has_long_word(text) and has_long_word("x" * 30) and not is_unwieldy("x" * 30)
    assert re.sub("<wbr>", "", str(breakable(text))) == "&lt;b&gt;" * 200
    assert str(breakable("plain words stay")) == "plain words stay"
    view = TableView("Long", columns("Name", "Value"), ((text, "1"),))
    jinja = environment()
    jinja.globals.update(inline=False)
    template = jinja.from_string('{% from "macros.html.j2" import table %}{{ table(view) }}')
    page = template.render(view=view)
    assert "<wbr>" in page and 'class="any"' not in page and 'class="tall"' not in page
    assert 'class="tall"' in template.render(view=TableView("Tall", columns("Name"), (("word " * 200,),)))
