"""Page one keeps the gates and the verdict whatever else has to give way, and stays one page."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.evidence.beforehand import Beforehand
from auditor.report import page_one
from auditor.report.layout import Layout
from auditor.report.render import render
from tests.report import sample
from tests.report.test_sections import context, material

LONG = "A long statement of the owner on what the model is for and what it is not for, word after word. " * 6


def crowded() -> dict[str, object]:
    """A report that has more for page one than fits: eleven gates, long texts, many audits before."""
    (met, failed, open_, *verdicts) = sample.findings()
    more = tuple(met.model_copy(update={"id": f"gate-{number}"}) for number in range(4, 12))
    declared = {"intended_purpose": {"statement": LONG, "role": "product owner", "date": "2026-11-03", "name": ""}}
    plan = sample.plan(declared=declared)
    plan["model"]["description"] = LONG
    before = Beforehand(earlier=13, last_thresholds_sha256="ab" * 32)
    return {"findings": (met, failed, open_, *more, *verdicts), "plan": plan, "beforehand": before}


def test_words_of_people_and_small_print_give_way_before_gates(tmp_path: Path) -> None:
    made = context("summary", material(tmp_path, **crowded()))
    assert [row.status.word for row in made.gates] == ["not met", "inconclusive", "met", "met", "met"]
    assert made.gates_note.startswith("6 more (met) in section 5.")
    assert "Audit no. 14 on these data; the one before had other thresholds." in made.gates_note
    assert made.trust is not None and made.trust.verdict.word == "Do not rely on"
    assert made.purpose is not None and made.purpose.text.endswith("…")


def test_the_note_says_of_hidden_gates_what_they_are(tmp_path: Path) -> None:
    findings = tuple(one for one in sample.findings() if one.kind == "gate")
    failed = tuple(findings[1].model_copy(update={"id": f"gate-{number}"}) for number in range(10, 16))
    made = context("summary", material(tmp_path, findings=(*findings, *failed)))
    assert made.gates_note.startswith("4 more (not met, inconclusive and met) in section 5.")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_crowded_page_one_holds_its_sign_off_fields(paper: str, tmp_path: Path) -> None:
    sample.write(tmp_path, **crowded())
    made = render(tmp_path, Layout(profile="summary", paper=paper))  # type: ignore[arg-type]
    assert made.pdf is not None
    shown = subprocess.run(["pdftotext", "-f", "1", "-l", "2", str(made.pdf), "-"], capture_output=True, check=True)
    first, second = shown.stdout.decode().split("\f")[:2]
    assert "Date, signature" in first and "What must be dealt with?" in second


def test_signs_and_units_are_no_words() -> None:
    assert page_one.words("✓ met 99.7\u00a0% (99.5–99.8\u00a0%) ≥ 98\u00a0%") == ["met", "99.7", "(99.5–99.8", "98"]


def test_a_page_that_is_too_high_does_not_fit_however_few_its_words(tmp_path: Path) -> None:
    made = context("summary", material(tmp_path))
    tall = replace(made, limits=("One.",) * 40)
    assert page_one.height(tall) - page_one.height(made) > 100
    assert page_one.fits(made, page_one.page()) and not page_one.fits(tall, page_one.page())
