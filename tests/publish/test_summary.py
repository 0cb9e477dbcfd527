"""The Markdown summary, and text that must not become markup."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from auditor.publish.finished import gate_lines
from auditor.publish.gate_outcomes import outcomes
from auditor.publish.markdown import text
from auditor.publish.summary import summary
from tests.publish import a_run

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def written(run) -> str:
    plan, lines = gate_lines(run)
    return summary(run, outcomes(run, lines), plan).decode()


def test_gates_are_listed_failed_first_with_their_line_in_the_plan(run):
    lines = [line for line in written(run).splitlines() if "plan.yaml, line" in line]
    assert [re.search(r"line (\d+)", line)[1] for line in lines] == [str(a_run.LINES[i]) for i in (1, 2, 3, 0)]
    assert lines[0].startswith("| ✕ not met | Overconfidence | +3.1\u00a0pt (+2.4 to +3.8\u00a0pt) | ≤")
    assert "Gates: 1 not met, 1 inconclusive, 1 not evaluated, 1 met." in written(run)


def test_figures_have_interval_and_n_and_a_gap_has_its_reason(run):
    assert "| Accuracy | 99.1\u00a0% | 98.8 to 99.4\u00a0% | 5,000 |" in written(run)
    assert "✕ Do not rely on" in written(run)


def test_it_says_when_there_were_no_gates(tmp_path):
    run = a_run.write(tmp_path / "run", findings=())
    assert "No thresholds were set; nothing was passed." in summary(run, (), "plan.yaml").decode()


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "a | b\n| c |",
        "![x](http://e.example/p.png)",
        "[x](javascript:1) **b** _i_ `c` ~~d~~",
        "# head\n\n- item\n1. one",
        "1. one", "12) two", "- x", "+ x", "> q", "--- ", "\\", "\\| ", "&lt;b&gt; &amp;", "https://e.example www.e.example",
        "@team see #12", "$x$", "a\u202eb\u200bc",
    ],
)  # fmt: skip
def test_hostile_text_shows_as_itself_in_a_cell_and_in_a_list(evil):
    from html import unescape

    plain = re.sub("[\u202e\u200b]", "", re.sub(r"\s+", " ", evil).strip())
    cell = PARSER.render(f"| a | b |\n| --- | --- |\n| {text(evil)} | z |")
    assert unescape(re.search(r"<td>(.*?)</td>", cell, re.DOTALL)[1]) == plain
    assert cell.count("<td>") == 2
    item = PARSER.render(f"- {text(evil)}")
    assert unescape(re.fullmatch(r"<ul>\n<li>(.*?)</li>\n</ul>\n", item, re.DOTALL)[1]) == plain
    assert "@" not in text(evil)
    assert not re.search(r"https://|www\.e", text(evil))
