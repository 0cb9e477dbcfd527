"""Commands that compute nothing, help, versions and pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.finished_run import finished_run


def test_check_and_verify_answer_for_a_finished_run(cli, tmp_path):
    finished_run(tmp_path / "run", ("met",))
    assert cli("check", tmp_path / "run")[0] == 0
    status, out, _ = cli("verify", tmp_path / "run")
    assert status == 0
    assert "integrity, not truth" in out
    (tmp_path / "run" / "report.html").write_text("x")
    status, out, err = cli("verify", tmp_path / "run")
    assert (status, out) == (4, "")
    assert err.startswith("Integrity check failed: 2 differences.\n  report.html: changed")
    assert json.loads(cli("verify", tmp_path / "run", "--json")[1])["verified"] is False


@pytest.mark.parametrize("command", ["check", "render", "verify"])
def test_a_folder_that_is_no_run_is_the_users_to_fix(cli, tmp_path, command):
    status, out, err = cli(command, tmp_path)
    assert (status, out) == (2, "")
    assert "fix:" in err
    assert os.listdir(tmp_path) == []


def test_junk_in_the_place_of_the_report_is_told(cli, tmp_path):
    (tmp_path / "report.json").write_bytes(b"[1, 2")
    status, _, err = cli("check", tmp_path)
    assert status == 2
    assert "There is no report to read." in err


@pytest.mark.parametrize("arguments", [("run", "--bogus"), ("bogus",), ("check",), ("run", "--device", "gpu"), ("schema", "x")])
def test_a_command_line_that_cannot_be_read_ends_with_2_and_a_hint(cli, arguments):
    status, _, err = cli(*arguments)
    assert status == 2
    assert "Error" in err


def test_schemas_are_json_and_methods_are_listed_with_their_cost(cli):
    assert "properties" in json.loads(cli("schema", "plan")[1])
    assert "findings" in json.loads(cli("schema", "report")[1])["properties"]
    methods = {method["name"]: method for method in json.loads(cli("methods", "--json")[1])["methods"]}
    steps = methods["integrated_gradients"]["options"]["steps"]
    assert methods["integrated_gradients"]["cost"] == {"features": 49, "forwards": steps + 1, "backwards": steps}
    assert methods["integrated_gradients"]["complete"] is True
    assert "integrated_gradients: Integrated Gradients\n  needs    gradient\n" in cli("methods")[1]


def child(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


def test_help_is_quick_loads_nothing_heavy_and_names_every_command():
    program = (
        "import sys, auditor.cli; print(sorted({'torch', 'matplotlib', 'pyarrow', 'scipy', 'pydantic'} & set(sys.modules)))"
    )
    assert child("-c", program).stdout == "[]\n"
    before = os.times()
    done = child("-m", "auditor", "--help")
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 0.7
    for word in ("run", "render", "check", "verify", "methods", "schema", "doctor", "Exit status"):
        assert word in done.stdout


def test_the_version_is_printed_and_nothing_else():
    done = child("-m", "auditor", "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("auditor ")
    assert done.stdout.count("\n") == 1


def test_a_reader_that_leaves_early_is_no_error():
    command = f"{sys.executable} -m auditor schema plan | head -c 1; echo ' '${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{ 0\n", "")


def test_a_terminal_without_unicode_gets_codes_instead_of_a_traceback():
    program = "from auditor.cli import main; from auditor.cli_voice import Voice; import contextlib\n"
    program += "with contextlib.suppress(SystemExit): main(['--version'])\nVoice().say('≥ 0.9')"
    done = child("-c", program, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.stdout.splitlines()[1] == r"\u2265 0.9"


def test_a_reader_that_left_does_not_change_the_status_of_the_work():
    work = "from auditor.cli_voice import Voice, attempt; import sys\nvoice = Voice()\n"
    work += "sys.exit(attempt(voice, lambda: [voice.say('x' * 9999) for _ in range(99)] and 1))"
    command = f"{sys.executable} -c \"{work}\" | head -c 1; echo ' '${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("x 1\n", "")
