"""`auditor summary` on a small plan."""

import json

from tests.run import small


def test_the_layers_of_a_plans_model_are_listed_and_nothing_is_written(cli, tmp_path):
    plan = small.write(tmp_path / "plan")
    before = sorted((tmp_path / "plan").rglob("*.*"))
    status, out, _ = cli("summary", str(plan))
    assert status == 0 and sorted(p for p in (tmp_path / "plan").rglob("*.*") if "__pycache__" not in p.parts) == before
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line}
    assert lines["0"][1:] == ["Conv2d", "6", "×", "6", "×", "6", "60", f"{36 * 6 * 9:,}"]
    assert (
        "Parameters     225, of which 225 trainable; float32" in out and "(logits of 3 classes, output function softmax)" in out
    )


def test_the_json_of_a_summary_is_what_a_run_keeps_as_model_json(cli, tmp_path):
    plan = small.write(tmp_path, small.PLAN.replace("samples: 150", "samples: 3"))
    _, out, _ = cli("summary", str(plan), "--json")
    said = json.loads(out)
    assert said.pop("status") == 0
    assert cli("run", str(plan), "--out", str(tmp_path / "run"), "-q")[0] == 0
    assert json.loads((tmp_path / "run" / "model.json").read_text()) == said
    assert "model.json" in json.loads((tmp_path / "run" / "manifest.json").read_text())["files"]


def test_a_missing_plan_is_said_in_a_line(cli, tmp_path):
    status, _, err = cli("summary", str(tmp_path / "none.yaml"))
    assert status == 2 and "cannot be read" in err and "Traceback" not in err
