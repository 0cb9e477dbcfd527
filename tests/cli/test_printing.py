"""What the user's own code prints never stands in the answer of a command."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from auditor.cli import app
from tests.run import small

SUBJECT = "print('at import')\n" + small.SUBJECT.replace("def model():\n", "def model():\n    print('building')\n")


def test_prints_of_the_model_go_to_standard_error(tmp_path):
    plan = small.write(tmp_path, subject=SUBJECT)
    done = CliRunner().invoke(app, ["summary", str(plan), "--json"])
    assert done.exit_code == 0
    assert isinstance(json.loads(done.stdout), dict)
    assert "building" in done.stderr and "at import" in done.stderr


def test_the_answer_for_people_stays_on_standard_output(tmp_path):
    plan = small.write(tmp_path, subject=SUBJECT)
    done = CliRunner().invoke(app, ["summary", str(plan)])
    assert "building" not in done.stdout and "Conv2d" in done.stdout
