"""The annex of clauses, the register of statements and the sign-off: what is printed, and what never is."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest

from auditor.evidence.frameworks import framework_names
from auditor.evidence.own_frameworks import keep_frameworks, own_frameworks
from auditor.plan import AuditPlan
from auditor.report.build import build_report
from auditor.report.clauses import FILE
from auditor.report.render import render
from tests.judge.test_frameworks import OWN
from tests.measure.synthetic import write_run
from tests.report import sample
from tests.report.sample_clauses import clauses
from tests.report.test_sections import context, material, text_of

SAID = {"statement": "High risk: Annex III, point 5.", "role": "counsel", "date": "2026-11-02"}


def chosen(tmp_path: Path, *names: Any, **options: Any) -> Any:
    frameworks, findings = clauses(*names, **options)
    return material(tmp_path, frameworks=frameworks, findings=findings)


def test_no_framework_is_no_annex_and_one_line(tmp_path: Path) -> None:
    made = material(tmp_path)
    assert context("crosswalk", made) is None
    assert "No framework was selected: this report lists no clause" in text_of(made)


def test_the_annex_iv_index_comes_first_whatever_the_order_in_the_plan(tmp_path: Path) -> None:
    annex = context("crosswalk", chosen(tmp_path, "nist-ai-rmf", "eu-ai-act"))
    index, articles = annex.frameworks[0].tables
    assert index.caption.startswith("Annex IV index") and index.rows[0][0] == "IV(1)(a)"
    assert len(index.rows) == 19 and not any("IV(" in row[0] for row in articles.rows)
    assert len(index.columns) <= 7
    assert annex.frameworks[1].tables[0].rows[0][0] == "MAP 2.2"


def test_clauses_out_of_scope_are_one_line_in_print(tmp_path: Path) -> None:
    act = context("crosswalk", chosen(tmp_path, "eu-ai-act")).frameworks[0]
    assert not any(row[2] == "out of scope" for view in act.tables for row in view.rows)
    assert act.outside.startswith("8 clauses are out of scope") and "Art. 20" in act.outside
    assert "medical-device law is not mapped" in act.outside


def test_status_words_are_the_fixed_ones(tmp_path: Path) -> None:
    annex = context("crosswalk", chosen(tmp_path, *framework_names()))
    words = {row[2] for one in annex.frameworks for view in one.tables for row in view.rows}
    fixed = re.compile(r"evidence present|partial(: .+)?|declared by .+, \d{4}-\d\d-\d\d|missing")
    assert all(fixed.fullmatch(word) for word in words)
    assert {"evidence present", "partial", "missing", "partial: security not evaluated"} <= words


def test_evidence_is_named_by_the_sections_that_this_document_prints(tmp_path: Path) -> None:
    made = chosen(tmp_path, "eu-ai-act", "nist-ai-rmf")
    annex = context("crosswalk", made)
    rows = [row for one in annex.frameworks for view in one.tables for row in view.rows]
    numbers = {number for row in rows for number in row[3].split(", ")} - {"–"}
    assert numbers <= set(made.sections.values())
    purpose = next(row for row in rows if row[0] == "MEASURE 2.3")
    assert made.sections["performance"] in purpose[3].split(", ") and made.sections["statements"] in purpose[3].split(", ")


@pytest.mark.parametrize(
    ("begun", "said"),
    [
        (datetime.date(2027, 5, 21), ""),
        (datetime.date(2027, 5, 22), "more than six months before this audit"),
        (None, "The day of this audit is not recorded"),
    ],
)
def test_entries_older_than_six_months_carry_a_warning(begun: datetime.date | None, said: str, tmp_path: Path) -> None:
    warning = context("crosswalk", chosen(tmp_path, "eu-gdpr", begun=begun)).frameworks[0].warning
    assert said in warning and bool(said) == bool(warning)


def test_applicability_is_a_statement_or_a_box(tmp_path: Path) -> None:
    with_, without = context("crosswalk", chosen(tmp_path, {"id": "eu-ai-act", "applicability": SAID}, "eu-gdpr")).frameworks
    assert with_.applicability.by == "counsel, 2026-11-02" and not with_.not_stated
    assert without.applicability is None and without.not_stated == "Whether this framework applies"


def test_no_page_says_that_anything_conforms(tmp_path: Path) -> None:
    text = text_of(chosen(tmp_path, *framework_names()))
    assert "Adequacy" in text or "adequacy" in text
    assert not re.findall(r"(?i)\b(?:non-?)?(?:compliant|complies|compliance|certified|certifies|conforms|conformant)\b", text)


def test_the_register_lists_who_declared_what_and_what_nobody_declared(tmp_path: Path) -> None:
    made = chosen(tmp_path, {"id": "eu-ai-act", "applicability": SAID})
    register = context("statements", made)
    assert [said.topic for said in register.given] == [
        "Intended purpose",
        "Applicability of Regulation (EU) 2024/1689 (Artificial Intelligence Act)",
    ]
    asked = dict(register.missing.rows)
    assert "Intended purpose" not in asked
    assert asked["Human oversight"].startswith("this report; Artificial Intelligence Act: Art. 13(3)(c)-(e)")
    assert asked["Security measures"] == "Artificial Intelligence Act: Art. 13(3)(b)(i)-(iii)"


def test_statements_of_unknown_topics_are_printed_too(tmp_path: Path) -> None:
    made = material(tmp_path, plan=sample.plan(declared={"house_rule": SAID}))
    assert [said.topic for said in context("statements", made).given] == ["House rule"]


def test_sign_off_fields_are_empty(tmp_path: Path) -> None:
    section = context("signoff", material(tmp_path))
    assert section.state == "Nobody has signed this report." and len(section.fields) == 8


def test_a_run_with_frameworks_is_rendered_without_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, rules = tmp_path / "run", tmp_path / "rules.yaml"
    rules.write_text(OWN)
    said = {"owner_of_record": {"statement": "Mail team.", "role": "head", "date": "2026-11-01"}}
    entries = ["eu-ai-act", {"file": "rules.yaml"}]
    write_run(run, 300, 40, methods=("saliency",), extra={"frameworks": entries, "declared": said})
    plan = AuditPlan.model_validate_json((run / "evidence" / "plan.json").read_bytes())
    keep_frameworks(run, own_frameworks(plan, tmp_path))
    rules.unlink()
    (run / "run.json").write_text('{"runs": [{"started": "2027-05-01T00:00:00Z"}]}')
    report = build_report(run)
    assert [(one.id, one.file, one.old) for one in report.frameworks] == [
        ("eu-ai-act", "", False),
        ("house-rules", "rules.yaml", True),  # checked on 1 October 2026
    ]
    stored = json.loads((run / FILE).read_bytes())
    assert [len(one["clauses"]) for one in stored["frameworks"]] == [53, 2]
    assert FILE in report.files
    monkeypatch.setattr("auditor.report.render.write_pdf", lambda *_: b"")
    (run / "frameworks.json").unlink()  # the record holds enough
    render(run)
    page = (run / "report.html").read_text("utf-8")
    assert (
        "Rules of the house" in page
        and "declared by head, 2026-11-01" in page
        and "From the file rules.yaml of the plan" in page
    )
    assert "<b>Not provided by the model owner:</b> the statements of the table below." in page
