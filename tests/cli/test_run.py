"""`auditor run` and `render` as a stranger meets them: what is printed where, and with which exit status."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest

from auditor.cli_voice import Voice
from auditor.plan.read import load_plan
from auditor.run.directory import claim
from tests.plan.a_plan import GOOD


def test_a_run_prints_failed_gates_first_with_the_next_step_and_then_where_the_report_is(cli, audited):
    audited["statuses"] = ("met", "inconclusive", "not met")
    status, out, err = cli("run")
    lines = out.splitlines()
    assert status == 0
    assert lines[:4] == [
        "Gates: 1 not met, 1 inconclusive, 1 met",
        "  not met        Accuracy is such that gate 3 is not met.",
        "                 next: repair gate 3",
        "  inconclusive   Accuracy is such that gate 2 is inconclusive.",
    ]
    assert "HTML       audits/digits/report.html" in lines
    assert "PDF        audits/digits/report.pdf" in lines
    assert err == "note: 2 rows were excluded\n"


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((), 0),
        (("met",), 0),
        (("met", "inconclusive"), 3),
        (("not evaluated",), 3),
        (("inconclusive", "not met", "met"), 1),
    ],
)
def test_gates_decide_the_exit_status_of_check_and_of_run_with_check_only(cli, audited, statuses, status):
    audited["statuses"] = statuses
    assert cli("run")[0] == 0
    assert cli("run", "--check")[0] == status
    assert cli("check", "audits/digits")[0] == status


def test_without_gates_nothing_is_said_to_be_passed(cli, audited):
    audited["statuses"] = ()
    assert cli("run")[1].startswith("No thresholds were set; nothing was passed.\n")


def test_options_replace_values_of_the_plan(cli, audited):
    status, _, err = cli(
        "run", "--samples", "7", "--device", "cpu", "--set", "primary.steps=4", "--set", "seed=3", "--out", "here"
    )
    assert (status, err) == (0, "note: 2 rows were excluded\n")
    plan = audited["plan"]
    assert (plan.samples, plan.device, plan.primary.steps, plan.seed) == (7, "cpu", 4, 3)
    assert (audited["out"], audited["fresh"]) == (Path("here"), False)


def test_json_is_one_object_and_nothing_else(cli, audited):
    audited["statuses"] = ("not met",)
    status, out, _ = cli("run", "--json", "--check", "--quiet")
    answer = json.loads(out)
    assert status == answer["status"] == 1
    assert answer["pdf"] == "audits/digits/report.pdf"
    assert answer["findings"][0]["next_step"] == "repair gate 1"
    assert len(answer["report_id"]) == 64


def test_progress_is_silent_where_nobody_watches_unless_asked_for(cli, audited):
    assert "predictions" not in cli("run")[2]
    assert "predictions: 10 rows" in cli("run", "-v")[2]
    assert cli("run", "-q")[2] == ""


def test_every_mistake_in_the_plan_is_told_and_nothing_runs(cli, audited):
    Path("audit.yaml").write_text(GOOD + "samplse: 3\nseed: -1\n")
    status, out, err = cli("run")
    assert (status, out) == (2, "")
    assert err.startswith(
        "audit.yaml: 2 mistakes; nothing was run.\n\nline 18: `samplse` is not a key of a plan.\n  found:    samplse:\n"
    )
    assert "plan" not in audited
    status, out, _ = cli("run", "--json")
    assert [error["fix"] for error in json.loads(out)["errors"]] == ["did you mean `samples`?", "for example `seed: 0`"]


def test_a_gate_on_a_result_no_measure_makes_is_a_mistake_before_the_run(cli, audited):
    Path("audit.yaml").write_text(GOOD + "  - {result: my_own_figure, at_least: 3}\n")
    status, _, err = cli("run")
    assert status == 2
    assert "my_own_figure" in err


@pytest.mark.parametrize("pair", ["steps", "=3", " =3"])
def test_set_without_key_or_value_is_told_with_an_example(cli, audited, pair):
    status, _, err = cli("run", "--set", pair)
    assert status == 2
    assert "--set primary.steps=10" in err


def test_a_missing_plan_says_what_to_give(cli, audited):
    Path("audit.yaml").unlink()
    status, out, err = cli("run")
    assert (status, out) == (2, "")
    assert "The plan audit.yaml cannot be read." in err
    assert "`auditor run PATH/audit.yaml`" in err


def test_a_dry_run_refuses_the_folder_that_the_run_would_refuse(cli, audited, monkeypatch):
    def forecast(source):
        raise AssertionError("the model was opened")

    monkeypatch.setitem(sys.modules, "auditor.run.forecast", types.SimpleNamespace(forecast=forecast))  # type: ignore[arg-type]
    claim(Path("other"), load_plan("audit.yaml", {"seed": "5"}).plan, fresh=False)
    status, out, err = cli("run", "--dry-run", "--out", "other")
    assert (status, out) == (2, "") and "holds the run of another plan" in err
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")
    assert "holds files that are not of an audit" in cli("run", "--dry-run", "--out", "mine")[2]
    with pytest.raises(AssertionError):  # --fresh would delete that run, so its cost is told
        sys.modules["auditor.cli_forecast"].dry_run(load_plan("audit.yaml"), Path("other"), Voice(), fresh=True)


def test_a_dry_run_prints_the_cost_and_computes_nothing(cli, audited, monkeypatch):
    cost = types.SimpleNamespace(
        passes=(("predictions", 5000, 0), ("attributions", 33000, 32000)),
        forwards=38000,
        backwards=32000,
        disk_bytes=2_500_000,
        seconds=61.0,
        cases=500,
        draws={"mean": 1, "marginal": 10},
        methods=(
            types.SimpleNamespace(name="saliency", title="Saliency", applies=True, reason=""),
            types.SimpleNamespace(name="gradcam", title="Grad-CAM", applies=False, reason="the model has no map of features"),
        ),
    )
    monkeypatch.setitem(sys.modules, "auditor.run.forecast", types.SimpleNamespace(forecast=lambda source: cost))  # type: ignore[arg-type]
    status, out, _ = cli("run", "--dry-run")
    assert status == 0
    assert "The fill marginal takes 10 model rows per coalition" in out and "fill mean takes" not in out
    assert out.splitlines()[2].split() == ["attributions", "33,000", "32,000"]
    assert out.splitlines()[3].split() == ["together", "38,000", "32,000"]
    assert "about 2 MB in audits/digits" in out
    assert "about 61 s" in out
    assert "Grad-CAM does not apply: the model has no map of features" in out
    assert "Saliency" not in out
    assert "plan" not in audited
    assert json.loads(cli("run", "--dry-run", "--json")[1])["forwards"] == 38000
    assert "Cases: at most" not in out
    assert "Cases: at most 500; the rule" in cli("run", "--dry-run", "--set", "samples={half_width: 0.1}")[1]
