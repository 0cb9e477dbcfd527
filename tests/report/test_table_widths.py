"""Columns of printed tables: the rule of CSS's automatic tables, texts measured by the fonts they are set in."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from auditor.report.layout import Layout
from auditor.report.pdf_text_width import Setting
from auditor.report.shown import Shown
from auditor.report.table_widths import Laid, Widths, _shared
from auditor.report.view import TableView, columns
from tests.report.printed import boxes, printed

STYLE = "p {{ font: {} 10pt 'Noto Sans', 'Noto Sans SC', 'Noto Sans Math' }}"
PAGE = f"<html lang='en'><head><title>t</title><style>{STYLE}</style></head><body><p>{{}}</p></body></html>"
TEXTS = ("Integrated Gradients", "99.7 % (99.5–99.8 %)", "≥ 98 %", "Art. 10(2)(f)-(h)", '(J) f) W? "TT" AJ', "全部判定项 1")


def test_what_is_left_goes_where_most_is_missing() -> None:
    # least 10 + 30, in one line 50 + 70: of 80 that are missing there are 60, three quarters for each
    assert _shared([(10.0, 50.0), (30.0, 70.0)], 100.0) == pytest.approx([10 + 0.75 * 40, 30 + 0.75 * 40])


def test_a_table_with_room_shares_it_by_what_each_column_holds() -> None:
    assert _shared([(10.0, 20.0), (10.0, 60.0)], 100.0) == pytest.approx([25.0, 75.0])


def test_columns_too_many_for_the_page_are_left_to_the_layout_and_those_of_the_style_sheet_to_it() -> None:
    many = TableView("t", columns(*(f"c{place}" for place in range(40))), (tuple("unbreakable" for _ in range(40)),))
    assert Widths("A4", False)(many, "dense") == Laid()
    assert Widths("A4", False)(TableView("t", columns("a", "b"), (("x", "y"),)), "facts dense") == Laid()


def test_a_head_breaks_before_a_cell_does() -> None:
    names = [f"Normalised margin, Permutation Shapley values, fill number {place}" for place in range(9)]
    rows = tuple((name, "1.323", "1.323", "0.000", "equal in every sample") for name in names)
    view = TableView("t", columns("Result", "#Old", "#New", "#Difference (95 % interval)", "Reading"), rows)
    assert {text for _, text in Widths("A4", False)(view, "dense").in_a_line} >= {*names, "equal in every sample"}


def test_figures_of_which_none_was_evaluated_have_widths_too() -> None:
    reason = "no variance: every one of 2,000 resamples of the rows has the value 1"
    gap = Shown("Area under the curve of precision and recall", "", "", "", "", reason, "")
    long = "higher is better; a reading so long that no line of a page has room for it beside what stands there already"
    assert len(Widths("A4", False).figures(((gap, long),)).shares) == 5


@pytest.mark.parametrize("weight", [400, 700])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_needs_no_more_than_was_thought_and_little_less(text: str, weight: int) -> None:
    found = boxes(PAGE.format(weight, text.replace('"', "&quot;")), {})
    drawn = sum(box.width for box in found if type(box).__name__ == "TextBox") * 0.75
    thought = Setting(10.0, weight == 700).width(text)
    assert drawn <= thought <= drawn * 1.02 + 5.0


def cells(found: list[Any]) -> list[Any]:
    """Cells of tables whose columns were worked out, but for those that may break anywhere."""
    tables = [box for box in found if type(box).__name__ == "TableBox" and "sized" in (box.element.get("class") or "").split()]
    every = [box for table in tables for box in table.descendants() if type(box).__name__ == "TableCellBox"]
    return [cell for cell in every if "any" not in (cell.element.get("class") or "").split()]


@pytest.mark.parametrize(("which", "paper"), [("document", "Letter"), ("hostile", "A4")])
def test_no_line_is_wider_than_its_column_and_no_word_is_broken(which: str, paper: str, request: pytest.FixtureRequest) -> None:
    laid = cells(boxes(*printed(request.getfixturevalue(which).run, Layout(paper=paper))))
    assert len(laid) > 100
    for cell in laid:
        lines = [box for box in cell.descendants() if type(box).__name__ == "LineBox"]
        edge = cell.content_box_x() + cell.width
        texts = ["".join(box.text for box in line.descendants() if type(box).__name__ == "TextBox") for line in lines]
        for line in lines:
            assert all(box.position_x + box.width <= edge + 0.02 for box in line.children), texts
        whole = " ".join("".join(cell.element.itertext()).split())
        for text, following in pairwise(texts):
            before, after = text.split()[-1], following.split()[0]
            assert not (before[-1].isalnum() and after[0].isalnum() and before + after in whole), texts
