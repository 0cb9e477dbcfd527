"""Figures that go beside a card."""

from __future__ import annotations

from lxml import etree

from auditor.publish.card_figures import figures
from tests.publish import a_run


def test_figures_are_svg_on_white_with_alternative_text_and_the_verdict_of_their_method(run):
    drawn = figures(run)
    assert [one.file for one in drawn] == ["curves.svg", "reliability.svg", "confusion.svg", "classes.svg"]
    for one in drawn:
        assert etree.fromstring(one.content).get("style") == "background:#ffffff"
        assert len(one.alt) > 40
    assert drawn[0].caption == "Verdict on Integrated Gradients: do not rely on."
    assert drawn[0].caption in drawn[3].caption
    assert [one.content for one in figures(run)] == [one.content for one in drawn]


def test_what_was_not_measured_is_not_drawn(tmp_path):
    results = a_run.sample.results()[:1]
    run = a_run.write(tmp_path / "run", results=results, findings=())
    assert figures(run) == ()
