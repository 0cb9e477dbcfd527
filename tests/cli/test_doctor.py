"""The doctor finds what is wrong and says the line that repairs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor import doctor
from auditor.cli_voice import Voice
from auditor.doctor import Check, examine


@pytest.fixture
def healthy(monkeypatch, tmp_path) -> Path:
    """Answers of the two programs asked, and a key of its own."""
    monkeypatch.delenv("AUDITOR_ID_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    answers = {
        doctor._TORCH: ({"version": "2.0", "built": "", "cuda": False, "name": "", "mps": False}, ""),
        doctor._WEASYPRINT: ({"version": "70.0", "subset": True}, ""),
    }
    monkeypatch.setattr(doctor, "_ask", lambda program: answers[program])
    monkeypatch.setattr(doctor, "_packages", lambda: Check("packages", True, "all installed"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(where: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(where) if not check.ok}


def test_a_healthy_machine_has_no_problem_and_status_0(healthy, capsys):
    assert doctor.report(Voice()) == 0
    assert "Nothing found that would keep an audit from running." in capsys.readouterr().out


def test_a_missing_library_is_told_with_the_line_that_installs_it(healthy, monkeypatch, capsys):
    told = {
        doctor._TORCH: (None, "ModuleNotFoundError: No module named 'torch'"),
        doctor._WEASYPRINT: (None, "OSError: cannot load library 'libpango-1.0-0'"),
    }
    monkeypatch.setattr(doctor, "_ask", lambda program: told[program])
    found = problems(healthy)
    assert set(found) == {"torch", "pango"}
    assert found["torch"].fix.startswith("pip install torch")
    assert "libpango-1.0-0" in found["pango"].fix
    assert doctor.report(Voice(json=True)) == 2
    assert json.loads(capsys.readouterr().out)["status"] == 2


def test_harfbuzz_subset_is_a_check_of_its_own(healthy, monkeypatch):
    ask = doctor._ask
    monkeypatch.setattr(
        doctor,
        "_ask",
        lambda program: ({"version": "70.0", "subset": False}, "") if program == doctor._WEASYPRINT else ask(program),
    )
    assert "libharfbuzz-subset0" in problems(healthy)["harfbuzz-subset"].fix


def test_a_key_others_can_read_and_one_too_short_are_problems(healthy):
    key = healthy / "config" / "auditor" / "id.key"
    key.parent.mkdir(parents=True)
    key.write_bytes(b"x" * 32)
    for mode in (0o644, 0o640, 0o602):
        key.chmod(mode)
        assert problems(healthy)["id key"].fix == f"chmod 600 {key}"
    key.chmod(0o600)
    assert "id key" not in problems(healthy)
    key.write_bytes(b"x")
    assert "1 bytes" in problems(healthy)["id key"].found


def test_looking_at_the_key_does_not_make_one(healthy):
    assert "id key" not in problems(healthy)
    assert not (healthy / "config").exists()


def test_a_full_disk_and_a_folder_that_is_none_are_problems(healthy, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE", 10**30)
    assert "--out" in problems(healthy)["free disk"].fix
    assert {"write access", "free disk"} <= set(problems(healthy / "nowhere"))


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(doctor, "_REQUIRED", "numpy no-such-package-here")
    check = doctor._packages()
    assert (check.ok, check.fix) == (False, "pip install no-such-package-here")


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import no_such_module_here", "ModuleNotFoundError: No module named 'no_such_module_here'"),
        ("raise SystemExit(3)", "ended with status 3"),
        ("print('[1]')", ""),
        ("import os; os.abort()", ""),
    ],
)
def test_a_program_that_fails_or_crashes_is_a_reason_not_an_exception(program, reason):
    answer, told = doctor._ask(program)
    assert answer is None
    assert reason in told


def test_a_library_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(doctor, "_SECONDS", 0.3)
    assert doctor._ask("import time; time.sleep(30)") == (None, "did not answer within 0.3 s")
