"""`auditor frameworks`, the schema of a framework, and the page that tells of both."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from auditor.errors import PlanMistakes
from auditor.evidence.frameworks import framework_names, read_framework
from auditor.plan.read import load_plan
from auditor.plan.write import plan_yaml
from tests.plan.a_plan import GOOD

PAGE = (Path(__file__).parents[2] / "docs" / "frameworks.md").read_text("utf-8")


def test_frameworks_are_listed_with_the_day_they_were_checked(cli):
    status, out, _ = cli("frameworks")
    assert status == 0
    assert all(re.search(rf"^{name} +as of 2026-11-21 ", out, re.M) for name in framework_names())
    listed = json.loads(cli("frameworks", "--json")[1])["frameworks"]
    assert [one["id"] for one in listed] == list(framework_names())


def test_the_clauses_of_one_are_listed_with_what_they_ask_for(cli):
    out = cli("frameworks", "us-nyc-ll144")[1]
    assert "5-301(b)-(c): Bias audit calculations (mixed)" in out and "declared  independent_review, group_choice" in out


def test_an_unknown_framework_is_told_with_the_nearest_one(cli):
    status, _, err = cli("frameworks", "eu-ai-akt")
    assert status == 2 and "did you mean `eu-ai-act`?" in err


def test_the_schema_of_a_framework_names_the_kinds_of_evidence(cli):
    schema = json.loads(cli("schema", "framework")[1])
    assert "status_note" in schema["properties"] and "subgroup_performance" in json.dumps(schema)


def test_a_plan_with_a_wrong_framework_file_is_refused_before_anything_runs(cli, audited, tmp_path):
    (tmp_path / "rules.yaml").write_text("id: x")
    (tmp_path / "audit.yaml").write_text(GOOD + "\nframeworks: [{file: rules.yaml}]\n")
    status, _, err = cli("run")
    assert status == 2 and "rules.yaml" in err and "clauses" in err
    assert "plan" not in audited


def test_a_mistake_in_a_framework_file_is_told_once_and_in_the_words_of_a_plan():
    framework = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)[1]
    wrong = framework.replace("evidence: [performance]", "evidence: [speed]").replace("kind: declared", "kind: promised")
    with pytest.raises(PlanMistakes) as caught:
        read_framework(wrong.replace("\nversion:", "\nedition:").encode(), "house.yaml")
    told = {mistake.message: mistake for mistake in caught.value.mistakes}
    assert list(told) == [
        "`version` is missing.",
        "`clauses.0.evidence.0` has a value that cannot be used.",
        "`clauses.1.kind` has a value that cannot be used.",
        "`edition` is not a key of a framework.",
    ]
    kind = told["`clauses.1.kind` has a value that cannot be used."]
    assert (kind.found, kind.expected) == ("promised", "`automated`, `declared`, `mixed` or `out_of_scope`")


def test_the_examples_of_the_page_are_read_and_written_again(tmp_path):
    plan, framework = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    assert [clause.id for clause in read_framework(framework.encode(), "page").clauses] == ["R1", "R2"]
    (tmp_path / "audit.yaml").write_text(GOOD + "\n" + plan)
    first = load_plan(tmp_path / "audit.yaml").plan
    assert [one.id or one.file for one in first.frameworks] == ["nist-ai-rmf", "eu-ai-act", "house-rules.yaml"]
    (tmp_path / "again.yaml").write_text(plan_yaml(first))
    assert load_plan(tmp_path / "again.yaml").plan == first
