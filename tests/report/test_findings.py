"""The section of findings, and gates with waivers and of several slices, as they are printed."""

from __future__ import annotations

from pathlib import Path

from auditor.evidence.findings import Finding
from auditor.report.gates import gate_rows
from tests.report import sample
from tests.report.test_sections import context, material


def finding(name: str, severity: str, status: str = "open", **more: object) -> Finding:
    fields = {
        "id": name,
        "kind": "finding",
        "severity": severity,
        "status": status,
        "statement": f"{name} says.",
        "results": (),
    }
    return Finding.model_validate({**fields, **more})


def test_open_findings_stand_before_closed_ones_and_the_gravest_first(tmp_path: Path) -> None:
    given = (
        finding("a", "low"),
        finding("b", "critical", "closed"),
        finding("c", ""),
        finding("d", "high", owner="A. Example"),
    )
    made = context("findings", material(tmp_path, findings=given))
    assert [row[:4] for row in made.table.rows] == [
        ("d", "high", "open", "A. Example"),
        ("a", "low", "open", "nobody yet"),
        ("c", "not set", "open", "nobody yet"),
        ("b", "critical", "closed", "nobody yet"),
    ]
    assert [one.statement for one in made.entries] == ["d says.", "a says.", "c says.", "b says."]


def test_at_most_ten_findings_stand_in_the_body_and_the_rest_is_counted(tmp_path: Path) -> None:
    made = context("findings", material(tmp_path, findings=tuple(finding(f"f{n}", "low") for n in range(13))))
    assert len(made.entries) == len(made.table.rows) == 10 and made.more.startswith("3 more")


def test_without_findings_nothing_is_called_found_or_clean(tmp_path: Path) -> None:
    gates = tuple(one for one in sample.findings() if one.status == "inconclusive" and one.kind == "gate")
    made = context("findings", material(tmp_path, findings=gates))
    assert made.table is None and made.entries == ()
    assert "One gate is inconclusive or not evaluated" in made.absent and "no statement that there is nothing" in made.absent


def test_a_gate_says_that_it_was_waived_and_of_how_many_it_is_the_worst(tmp_path: Path) -> None:
    gate = Finding(
        id="gate-1",
        kind="gate",
        status="not met",
        statement="s",
        results=(("recall", {"class": "3"}), ("recall", {"class": "4"})),
        next_step="Decide.",
        waived_by="A. Example",
        waived_until="2026-12-31",
        waiver_reason="pilot only",
    )
    (row,) = gate_rows(material(tmp_path, findings=(gate,)))
    assert row.name == "Recall, class 3 (worst of 2) (waived until 2026-12-31)" and row.status.word == "not met"
    assert row.next_step == "Waived by A. Example until 2026-12-31: pilot only. Decide."
