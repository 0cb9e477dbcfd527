"""`auditor template`: export and check from the command line, with exit status."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from auditor.cli import app


def test_a_folder_is_exported_checked_and_its_mistakes_end_with_status_two(tmp_path):
    runner, place = CliRunner(), tmp_path / "mine"
    done = runner.invoke(app, ["template", "export", str(place)])
    assert done.exit_code == 0 and (place / "standard" / "FIELDS.md").is_file()
    assert runner.invoke(app, ["template", "check", str(place)]).exit_code == 0
    again = runner.invoke(app, ["template", "export", str(place)])
    assert again.exit_code == 2 and "not empty" in again.output
    (place / "sections" / "data.html.j2").write_text("{{ featuers }}")
    wrong = runner.invoke(app, ["template", "check", str(place), "--json"])
    told = json.loads(wrong.stdout)
    assert wrong.exit_code == 2 and told["errors"][0]["fix"] == "did you mean `features`?"
    assert runner.invoke(app, ["template", "check", str(tmp_path / "nothing"), "-q"]).exit_code == 2
    assert runner.invoke(app, ["template", "export", str(tmp_path / "quiet"), "--quiet"]).exit_code == 0
