"""What the sections say, from their contexts and the page they make."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path

import pytest

from auditor import registry
from auditor.evidence.results import Estimate, NotEvaluated
from auditor.report.document import numbers, sections, to_html
from auditor.report.figures._style import style
from auditor.report.material import Material
from auditor.report.method_curves import points_table
from auditor.report.printable import printable_tree
from auditor.report.record import Report
from auditor.report.sections import ANNEXES, FRONT, ORDER
from auditor.report.templates import environment, folder
from tests.report import sample
from tests.report.conftest import Document
from tests.report.sample_results import results


def material(tmp_path: Path, **changed: object) -> Material:
    report = sample.write(tmp_path, **changed)
    return Material(Report.model_validate(printable_tree(report.model_dump(mode="json"))), report.id, {}, numbers())


def context(name: str, made: Material) -> object:
    with style():
        return importlib.import_module(f"auditor.report.sections.{name}").context(made)


def text_of(made: Material) -> str:
    with style():
        page = to_html(sections(made), made, inline=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_every_section_file_stands_in_the_order_and_has_its_template() -> None:
    assert set(registry.names("report.sections")) == {FRONT, *ORDER, *ANNEXES}
    assert {path.name.removesuffix(".html.j2") for path in (folder() / "sections").iterdir()} == {FRONT, *ORDER, *ANNEXES}
    assert ORDER.index("faithfulness") < ORDER.index("rankings") < ORDER.index("examples")


def test_without_gates_the_page_says_that_nothing_was_passed(tmp_path: Path) -> None:
    summary = context("summary", material(tmp_path, findings=()))
    assert summary.no_gates == "No thresholds were set; nothing was passed." and summary.gates == ()


def test_gates_that_failed_come_first(tmp_path: Path) -> None:
    summary = context("summary", material(tmp_path))
    assert [row.status.word for row in summary.gates] == ["not met", "inconclusive", "met"]
    assert [row.bound for row in summary.gates] == ["≤\u00a02\u00a0pt", "≥\u00a095\u00a0%", "≥\u00a098\u00a0%"]
    assert "Chosen by: release engineer. No gate on: groups, robustness and explanations." in summary.gates_note


def test_changed_thresholds_are_printed(tmp_path: Path) -> None:
    summary = context("summary", material(tmp_path, thresholds_sha256="ab" * 32))
    assert summary.gates_note.startswith("Thresholds were changed after the run began")


def test_a_headline_slot_without_its_measurement_is_never_filled_by_another_number(tmp_path: Path) -> None:
    kept = tuple(one for one in results() if one.name not in ("accuracy", "overconfidence"))
    gap = NotEvaluated(name="accuracy", reason="no evaluated row has a label")
    summary = context("summary", material(tmp_path, results=(*kept, gap)))
    assert [one.shown.value for one in summary.headlines] == ["", "", "", ""]
    assert [one.shown.reason for one in summary.headlines] == [
        "no evaluated row has a label",
        "no result of this name is in the report",
        "no groups declared",
        "no corruptions planned",
    ]


def test_unknown_overlap_with_training_is_said_beside_the_accuracy(document: Document) -> None:
    accuracy = document.html.index('class="value">99.1')
    assert 0 < document.html.index("Independence of test from training data: not examined") - accuracy < 400


def test_no_result_at_all_still_makes_a_whole_report(tmp_path: Path) -> None:
    text = text_of(
        material(tmp_path, results=(), findings=(), exemplars=(), files={}, plan=sample.plan(examples="none", declared={}))
    )
    assert text.count("not evaluated: no result of this name is in the report") >= 5
    assert "Withheld: the plan allows no examples" in text
    assert "Not provided by the model owner" in text


def test_every_gap_is_listed_with_its_reason(tmp_path: Path) -> None:
    gaps = tuple(NotEvaluated(name="precision", slice={"class": str(k)}, reason=f"reason {k % 3}") for k in range(9))
    text = text_of(material(tmp_path, results=(*results(), *gaps)))
    limits = text[text.index("Results that were not evaluated") :]
    assert "class 0, 3 and 6 reason 0" in limits and "reason 1" in limits and "reason 2" in limits


@pytest.mark.parametrize("allowed", ["none", "redacted"])
def test_examples_obey_the_plan_whatever_the_run_holds(allowed: str, tmp_path: Path) -> None:
    shown, files = sample.exemplars(tmp_path, with_files=True)
    made = material(tmp_path, plan=sample.plan(examples=allowed), exemplars=shown, files=files)
    examples = context("examples", made)
    assert examples.cases == () and examples.withheld
    assert (examples.table is None) == (allowed == "none")


def test_every_number_of_the_overall_table_stands_beside_its_interval_or_the_reason_for_none(tmp_path: Path) -> None:
    performance = context("performance", material(tmp_path))
    for figure, _ in performance.overall.rows:
        assert figure.value and figure.n and bool(figure.interval) != bool(figure.no_interval)


def test_the_five_row_tables_hold_method_random_order_and_difference(tmp_path: Path) -> None:
    faithfulness = context("faithfulness", material(tmp_path))
    assert [view.title for view in faithfulness.methods] == ["Integrated Gradients", "Saliency", "Input × Gradient"]
    table = faithfulness.methods[0].table
    assert [row[0] for row in table.rows] == ["0 %", "25 %", "50 %", "75 %", "100 %"] and len(table.columns) == 7
    deletion, control, difference = table.rows[2][1:4]
    value = float(difference.split(" ")[0].replace("−", "-"))
    assert value == pytest.approx(float(deletion) - float(control), abs=0.011) and "(" in difference
    assert len(faithfulness.overview.rows) == 5


def test_the_five_row_table_of_a_further_fill_is_named_for_it(tmp_path: Path) -> None:
    made = material(tmp_path)
    own, other = (points_table(made, made.methods[0], fill, ()).caption for fill in (made.fill, "blur"))
    assert "fill" not in own and other == own.replace(", mean probability", ", fill blur, mean probability")


def test_a_verdict_goes_with_everything_that_rests_on_the_method(tmp_path: Path) -> None:
    made = material(tmp_path)
    assert context("rankings", made).verdict.word == context("examples", made).methods[0][1].word == "Do not rely on"
    assert context("summary", made).trust.verdict.sign == "✕"


def test_columns_without_a_grid_are_drawn_as_bars(tmp_path: Path) -> None:
    names = tuple(f"column {index}" for index in range(12))
    made = material(
        tmp_path, prepared=sample.prepared(("no", "yes"), names), results=results(("no", "yes"), names), exemplars=()
    )
    rankings = context("rankings", made)
    assert "bars" in rankings.picture.name and "column" in rankings.picture.alt


def words(pdf: bytes, tmp_path: Path) -> int:
    """Words of page one, header, footer and labels of figures included: what has a letter or a figure in it."""
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf)
    shown = subprocess.run(["pdftotext", "-f", "1", "-l", "1", str(path), "-"], capture_output=True, check=True)
    return sum(any(map(str.isalnum, word)) for word in shown.stdout.decode().split())


@pytest.mark.parametrize("which", ["document", "hostile"])
def test_page_one_holds_at_most_330_words_and_the_sign_off_fields(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    pdf = request.getfixturevalue(which).pdf
    assert words(pdf, tmp_path) <= 330 + 30  # labels of figures
    shown = subprocess.run(
        ["pdftotext", "-f", "1", "-l", "1", str(tmp_path / "report.pdf"), "-"], capture_output=True, check=True
    )
    text = shown.stdout.decode()
    assert "Date, signature" in text and "Contents" not in text


def test_a_thousand_classes_do_not_explode_the_pages(hostile: Document, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(hostile.pdf)
    shown = subprocess.run(["pdfinfo", str(path)], capture_output=True, check=True).stdout.decode()
    assert int(re.search(r"Pages:\s+(\d+)", shown)[1]) <= 25


def test_an_estimate_never_prints_without_its_interval_and_n(tmp_path: Path) -> None:
    jinja = environment()
    jinja.globals.update(inline=True, not_provided="")
    from auditor.report.shown import shown

    estimate = next(one for one in results() if isinstance(one, Estimate))
    page = jinja.from_string('{% from "macros.html.j2" import estimate %}{{ estimate(x) }}').render(
        x=shown(estimate, "Accuracy")
    )
    assert page == "99.1\u00a0% (98.8 to 99.4\u00a0%; n = 5,000)"
