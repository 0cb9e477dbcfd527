"""Provenance: what is recorded of versions, platform and repository, without a trace of whose machine it was."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.evidence import provenance
from auditor.evidence.provenance import environment, file_fact, git_state


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git(folder, "init", "-q")
    (folder / "audit.yaml").write_text("name: a\n")
    git(folder, "add", "audit.yaml")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "first")
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout.strip()


def test_a_clean_repository_gives_its_commit_and_a_changed_one_is_dirty(repository):
    commit = git(repository, "rev-parse", "HEAD")
    assert git_state(repository) == (commit, False)
    (repository / "audits").mkdir()
    (repository / "audits" / "report.json").write_text("{}")
    assert git_state(repository) == (commit, False), "a run written into the folder must not change its second run's evidence"
    (repository / "audit.yaml").write_text("name: b\n")
    assert git_state(repository) == (commit, True)


def test_only_the_plans_folder_counts(repository):
    (repository / "plan").mkdir()
    (repository / "audit.yaml").write_text("name: b\n")
    assert git_state(repository / "plan")[1] is False


def test_no_repository_no_commit_and_no_git_are_no_errors(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state(tmp_path / "nowhere") == ("", None)
    assert git_state(tmp_path) == ("", None)
    git(tmp_path, "init", "-q")
    assert git_state(tmp_path) == ("", None)
    monkeypatch.setenv("PATH", "")
    assert git_state(tmp_path) == ("", None)


def test_a_git_that_hangs_is_given_up(repository, monkeypatch, tmp_path):
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(provenance, "_GIT_SECONDS", 0.2)
    assert git_state(repository) == ("", None)


def test_a_program_named_in_the_repositorys_own_configuration_is_not_run(repository, tmp_path):
    witness = tmp_path / "witness"
    spy = tmp_path / "spy.sh"
    spy.write_text(f"#!/bin/sh\ntouch {witness}\n")
    spy.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(spy))
    git_state(repository)
    assert not witness.exists()


def test_versions_are_sorted_and_the_machine_is_not_named(tmp_path):
    found = environment("cpu", 2, 64, {"b": "1", "a": "2"}, tmp_path)
    assert list(found.packages) == sorted(found.packages)
    assert found.packages["numpy"].startswith(("1.", "2."))
    assert list(found.determinism) == ["a", "b"]
    assert (found.device, found.threads, found.rows) == ("cpu", 2, 64)
    text = found.model_dump_json()
    assert socket.gethostname() not in text.replace("localhost", "")
    assert str(Path.home()) not in text or str(Path.home()) == "/"


def test_a_file_fact_names_no_folder(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"abc")
    fact = file_fact(path, "weights")
    assert (fact.name, fact.role, fact.bytes) == ("weights.pt", "weights", 3)
    assert fact.sha256 == hashlib.sha256(b"abc").hexdigest()


def test_provenance_is_read_without_importing_torch():
    program = "import sys, pathlib; from auditor.evidence import provenance, clock, manifest, identity; "
    program += "provenance.environment('cpu', 1, 1, {}, pathlib.Path('.')); clock.machine(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
