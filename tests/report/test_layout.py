"""One record in several layouts: file names, length, paper, pictures beyond the budget, and the attached table of results."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pikepdf
import pytest

from auditor.errors import AuditError
from auditor.evidence.manifest import is_document
from auditor.report import document as pages
from auditor.report.figures._vector import nice_ticks
from auditor.report.layout import AS_PLANNED, Layout
from auditor.report.render import render
from auditor.report.result_csv import results_csv
from tests.report import sample
from tests.report.conftest import Document
from tests.report.sample_results import results

LETTER = Layout(profile="summary", paper="Letter")


@pytest.mark.parametrize(
    ("layout", "own", "name"),
    [
        (AS_PLANNED, {}, "report"),
        (Layout(language="zh"), {}, "report.zh"),
        (Layout(language="zh"), {"language": "zh"}, "report"),
        (Layout(profile="summary", language="zh"), {}, "report-summary.zh"),
        (Layout(profile="full", paper="Letter"), {"profile": "summary"}, "report-full-letter"),
        (LETTER, {"profile": "summary", "paper": "Letter"}, "report"),
    ],
)
def test_a_file_is_named_by_what_differs_from_the_plans_own_layout(layout: Layout, own: dict[str, str], name: str) -> None:
    assert layout.within({"report": own}).name == name
    assert is_document(f"{name}.pdf") and is_document(f"{name}.html")


@pytest.mark.parametrize("code", ["../../etc", "EN", "", "english", "e/n"])
def test_a_language_that_is_no_code_never_becomes_part_of_a_file_name(code: str) -> None:
    with pytest.raises(AuditError, match="no language code"):
        Layout(language=code).within({})


@pytest.mark.parametrize(
    "name", ["report.json", "run.json", "notes.pdf", "gallery/../x.png", "evidence/report.pdf", "report.exe"]
)
def test_other_files_of_a_run_are_no_documents(name: str) -> None:
    assert not is_document(name)


def test_a_summary_has_at_most_four_pages_beside_the_whole_report(tmp_path: Path, document: Document) -> None:
    sample.write(tmp_path)
    done = render(tmp_path, LETTER)
    assert done.pdf is not None and done.pdf.name == "report-summary-letter.pdf"
    with pikepdf.open(done.pdf) as short, pikepdf.open(io.BytesIO(document.pdf)) as whole:
        assert len(short.pages) <= 4 < len(whole.pages)
        assert [float(side) for side in short.pages[0].MediaBox][2:] == [612, 792]
        assert "report.json" in short.attachments
    text = done.html.read_text("utf-8")
    assert "All gates, failed first" in text and "Overconfidence" in text and "Every method of the audit" in text
    assert 'id="definitions"' not in text and 'class="contents"' not in text


def test_pictures_beyond_the_budget_are_linked_and_their_files_lie_in_the_gallery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_BYTES", 30_000)
    shown, files = sample.exemplars(tmp_path, with_files=True)
    sample.write(tmp_path, exemplars=shown, files=files)
    text = render(tmp_path).html.read_text("utf-8")
    linked = {path.name for path in (tmp_path / "gallery").iterdir()}
    assert linked and all(f'<a href="gallery/{name}">' in text for name in linked)
    assert text.count('<a href="gallery/') >= len(linked)


def test_every_result_has_one_row_and_no_text_begins_like_a_formula() -> None:
    found = results()
    rows = list(csv.DictReader(io.StringIO(results_csv(found).decode("utf-8"))))
    assert [row["name"] for row in rows] == [one.name for one in found]
    first = next(one for one in found if one.kind == "estimate")
    assert float(rows[found.index(first)]["value"]) == first.value
    renamed = results_csv([found[0].model_copy(update={"name": "=cmd()"})]).decode("utf-8")
    assert "'=cmd()" in renamed


@pytest.mark.parametrize(
    ("low", "high", "names"),
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0, 12, ["0.0", "2.5", "5.0", "7.5", "10.0"]),
        (-3, 3, ["−2", "0", "2"]),
    ],
)
def test_ticks_are_round_numbers_inside_the_range(low: float, high: float, names: list[str]) -> None:
    assert [name for _, name in nice_ticks(low, high)] == names
    assert all(low <= value <= high for value, _ in nice_ticks(low, high))
