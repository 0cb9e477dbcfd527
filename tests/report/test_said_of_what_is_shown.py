"""Sentences that refer to something on the page: a curve, a dash, a map, a file. Each stands only where its object does."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from auditor.evidence.findings import CriterionFact, Finding
from auditor.evidence.results import Curve, NotEvaluated, Ranking
from auditor.report.attachments import attachments
from auditor.report.figures import group_dots, threshold_panels
from auditor.report.figures._vector import Drawing, Panel
from auditor.report.gates import GateRow, reasons_note
from auditor.report.pdf import Attached
from auditor.report.pdf_text_width import Setting
from auditor.report.sections.configuration import _in_full
from auditor.report.words import STATUS
from tests.report import sample
from tests.report.conftest import Document
from tests.report.printed import boxes, printed
from tests.report.sample_results import curve, results
from tests.report.test_sections import context, material

TOO_FEW = "too few samples: 20 rows, at least 30 are needed"


def gaps(of: str) -> tuple[object, ...]:
    """The results, those of a name's beginning not evaluated."""
    return tuple(
        NotEvaluated(name=one.name, slice=one.slice, reason=TOO_FEW) if one.name.startswith(of) else one for one in results()
    )


def test_without_a_curve_no_sentence_tells_how_to_read_curves(tmp_path: Path) -> None:
    none = material(tmp_path, results=tuple(one for one in gaps("faithfulness_margin") if not isinstance(one, Curve)))
    said, annex = context("faithfulness", none), context("curves", none)
    assert (said.how_to_read, said.fill_note, annex.nothing) == ("", "", "No curve was drawn.")
    drawn = context("faithfulness", material(tmp_path / "drawn"))
    assert "dashed line" in drawn.how_to_read and "printed fill only" in drawn.fill_note


def test_a_note_on_dashes_stands_only_under_a_table_that_has_one(tmp_path: Path) -> None:
    note = "– stands for what was not evaluated"
    assert note not in context("faithfulness", material(tmp_path)).overview.note
    assert note in context("faithfulness", material(tmp_path / "gap", results=gaps("deletion_auc"))).overview.note


def test_gaps_of_the_tables_in_the_body_are_listed_before_all_others(tmp_path: Path) -> None:
    many = tuple(NotEvaluated(name="completeness_gap", slice={"k": str(k)}, reason=f"reason {k}") for k in range(60))
    table = context("limits", material(tmp_path, results=(*many, *gaps("recall")))).gaps
    assert table.rows[0][0] == "Recall" and len(table.rows) == 40


def test_only_methods_with_a_ranking_are_said_to_have_one_in_the_record(tmp_path: Path) -> None:
    assert context("rankings", material(tmp_path)).others == ""
    ranked = next(one for one in results() if isinstance(one, Ranking))
    further = ranked.model_copy(update={"slice": {"method": "saliency", "class": "1"}})
    made = material(tmp_path / "two", results=(*results(), further))
    assert context("rankings", made).others == "Rankings of Saliency are in the attached report.json."


def test_a_method_without_a_part_of_its_own_is_said_to_have_its_criteria_in_the_record(tmp_path: Path) -> None:
    one = CriterionFact(id="V1", title="margin", status="met", statement="0.4")
    verdicts = tuple(
        Finding(id=f"verdict-{name}", kind="verdict", status="met", statement="Usable.", results=(), criteria=(one,))
        for name in ("saliency", "occlusion")
    )
    said = context("faithfulness", material(tmp_path, findings=verdicts)).elsewhere
    assert said == "What the verdict on Occlusion rests on: in the attached report.json, under findings."


def test_maps_of_examples_stand_with_the_verdict_on_every_method_shown(tmp_path: Path) -> None:
    shown, files = sample.exemplars(tmp_path, with_files=True)
    made = material(tmp_path, exemplars=shown, files=files)
    arrays = {one.file: dict(np.load(tmp_path / one.file)) for one in shown}
    examples = context("examples", replace(made, arrays=arrays))
    captions = [caption for caption, _ in examples.cases[0].pictures]
    assert captions == ["input", *(title for title, _ in examples.methods)]
    assert [verdict.word for _, verdict in examples.methods][:2] == ["Do not rely on", "With caution"]
    assert examples.left == "Left out: Occlusion." and examples.method == "Integrated Gradients"


@pytest.mark.parametrize(("planned", "said"), [(20, "in 20 steps, fill"), (64, "in 20 steps (64 planned, 20 features), fill")])
def test_fewer_steps_than_planned_are_said_with_both_numbers(planned: int, said: str, tmp_path: Path) -> None:
    plan = sample.plan(primary={"method": "integrated_gradients", "fill": "mean", "score": "probability", "steps": planned})
    made = material(tmp_path, plan=plan)
    assert made.report.prepared.steps == 20
    assert said in context("design", made).facts.rows[0][1]


def test_page_one_says_why_a_gate_with_a_value_was_not_evaluated(tmp_path: Path) -> None:
    gate, *others = sample.findings()
    statement = f"Accuracy is 99.12 %; the bound set beforehand is at least 98 %. Not evaluated: {TOO_FEW}."
    short = gate.model_copy(update={"status": "not evaluated", "statement": statement})
    assert f"Gate not evaluated: {TOO_FEW}." in context("summary", material(tmp_path, findings=(short, *others))).gates_note
    assert reasons_note([GateRow(STATUS["met"], "Accuracy", "99 %", "≥ 98 %", "")]) == ""


def test_rankings_of_one_method_share_a_line_and_its_size_is_their_sum(tmp_path: Path) -> None:
    names = ("report.json", *(f"tables-ranking-occlusion-{k}.csv" for k in range(12)), "tables-ranking-saliency-0.csv")
    files = tuple(Attached(name, "what", "Supplement", b"x" * 100) for name in names)
    table = context("machine", replace(material(tmp_path), attached=files)).table
    assert [row[0] for row in table.rows] == [names[0], "tables-ranking-occlusion-*.csv", names[-1]]
    assert "12 in all" in table.rows[1][1] and "1.2\u00a0kB" in table.rows[1][3]


def test_paper_behind_a_name_is_as_wide_as_the_name() -> None:
    drawing = Drawing(300, 100)
    Panel(drawing, (0, 0, 300, 100), (0, 1), (0, 1)).label(10, 50, "Illinois will fill it", "#000000")
    (width,) = re.findall(r'<rect[^>]*width="([\d.]+)"', drawing.picture("x", "x").content.decode())
    assert float(width) == pytest.approx(Setting(8).width("Illinois will fill it") + 2, abs=0.01)


def test_what_is_not_evaluated_lies_on_paper_in_the_figure_of_groups() -> None:
    drawn = group_dots.draw("sex", ("a", "b"), (("Recall", 0.5, (("a", 0.4, 0.3, 0.5), None)),)).content.decode()
    (words,) = re.findall(r'<g id="text_\d+">((?:(?!<g id="text_).)*?not evaluated)', drawn, re.DOTALL)
    assert "fill: #ffffff" in words


def test_no_item_of_a_list_is_left_alone_on_a_page(document: Document) -> None:
    html, _ = printed(document.run)
    (style,) = re.findall("<style>.*?</style>", html, re.DOTALL)
    items = "".join(f"<li>item {k}</li>" for k in range(4))
    pages = "".join(f'<p style="height: {high}mm; break-before: page">x</p><ul>{items}</ul>' for high in range(230, 262, 3))
    text = f'<html lang="en"><head><title>t</title>{style}</head><body class="A4">{pages}</body></html>'
    lists = [box for box in boxes(text, {}) if box.element_tag == "ul"]
    counts = [sum(one.element_tag == "li" for one in box.children) for box in lists]
    assert sum(counts) == 44 and 1 not in counts and len(counts) > 11


def test_the_precision_of_chance_is_drawn_where_the_share_of_the_class_is_known() -> None:
    line = curve("roc_curve", np.linspace(0, 1, 21), 0.0)
    dashed = [
        threshold_panels.draw("spam", line, line, None, None, share).content.decode().count("stroke-dasharray")
        for share in (None, 0.2)
    ]
    assert dashed == [1, 2]


def test_tables_of_all_results_are_attached_before_those_of_single_methods(tmp_path: Path) -> None:
    files = {f"tables/{name}.csv": b"" for name in ("ranking-occlusion-0", "removal_scores", "cut", "results")}
    names = [one.name for one in attachments(b"{}", material(tmp_path).report, files)]
    assert names[2:] == [f"tables-{name}.csv" for name in ("results", "removal_scores", "cut", "ranking-occlusion-0")]


def test_two_classes_are_joined_by_and(tmp_path: Path) -> None:
    made = material(tmp_path, prepared=sample.prepared(("ham", "spam")), results=results(("ham", "spam")), exemplars=())
    assert context("ranks", made).tables[0].caption == "Classes ham and spam"


def test_a_long_list_of_the_plan_ends_with_whole_values_and_counts_all_that_are_left_out() -> None:
    names = [f"a rather long name of a category, number {n}" for n in range(20)]
    shown = _in_full(names)
    kept = shown.partition(", … ")[0].split(", a rather")
    assert shown.endswith(f", … {20 - len(kept)} more") and len(shown) < 300
    assert _in_full(["a", ""]) == "a, (empty)"
