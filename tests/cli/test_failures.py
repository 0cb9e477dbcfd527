"""What goes wrong is told in words, with what to do; tracebacks go to the log."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

from auditor.errors import AuditError, UserCodeError


def user_error(folder: Path) -> UserCodeError:
    source = folder / "mine.py"
    source.write_text("import json\ndef make():\n    return json.loads('{')\n")
    space: dict[str, Any] = {}
    exec(compile(source.read_text(), str(source), "exec"), space)
    try:
        space["make"]()
    except ValueError as cause:
        error = UserCodeError("The factory of the model raised ValueError.", fix="correct it")
        error.__cause__ = cause
        return error
    raise AssertionError


def test_an_exception_in_the_users_code_shows_only_the_users_frames_and_logs_the_rest(cli, audited, tmp_path):
    audited["raises"] = user_error(tmp_path)
    status, _, err = cli("run")
    assert status == 2
    assert "The factory of the model raised ValueError." in err
    assert f'File "{tmp_path / "mine.py"}", line 3, in make' in err
    assert "Expecting property name" in err
    assert "decoder.py" not in err
    log = Path("audits/digits/log.txt").read_text()
    assert "decoder.py" in log
    assert "Traceback" in log


def test_a_bug_is_one_line_with_its_traceback_in_the_log_and_on_demand(cli, audited):
    audited["raises"] = ZeroDivisionError("division by zero")
    status, out, err = cli("run", "-q")
    assert (status, out) == (2, "")
    assert err.startswith(
        "This is a bug in auditor: ZeroDivisionError: division by zero\nThe whole traceback is in audits/digits/log.txt;"
    )
    assert "Traceback" in Path("audits/digits/log.txt").read_text()
    assert "Traceback" not in err
    assert "Traceback" in cli("run", "--debug")[2]


def test_a_full_disk_is_told_and_nothing_computed_is_lost(cli, audited):
    audited["raises"] = OSError(errno.ENOSPC, "No space left on device", "evidence/curves/x.parquet")
    status, _, err = cli("run")
    assert status == 2
    assert "The disk is full." in err
    assert "evidence/curves/x.parquet" in err
    assert "nothing computed is lost" in err


def test_an_interrupted_run_says_how_to_resume(cli, audited):
    audited["raises"] = KeyboardInterrupt()
    status, _, err = cli("run")
    assert status == 130
    assert "Interrupted. Nothing computed is lost; run the same command again to resume." in err


def test_a_folder_of_other_files_gets_no_log(cli, audited):
    Path("here").mkdir()
    Path("here/thesis.tex").write_text("x")
    audited["raises"] = RuntimeError("x")
    assert cli("run", "--out", "here")[0] == 2
    assert os.listdir("here") == ["thesis.tex"]


def test_an_unknown_trouble_of_the_disk_is_a_bug_but_a_forbidden_file_is_not(cli, audited):
    audited["raises"] = PermissionError(errno.EACCES, "Permission denied", "audits/digits/x")
    assert "permissions" in cli("run")[2]
    audited["raises"] = PermissionError(errno.EACCES, "Permission denied", "there/.report.html.4711.partial")
    assert "found:    there/report.html: Permission denied" in cli("run")[2]
    audited["raises"] = NotADirectoryError(errno.ENOTDIR, "Not a directory", "notes.txt/digits")
    assert "A file cannot be written there.\n  found:    notes.txt/digits: Not a directory" in cli("run")[2]
    audited["raises"] = OSError(errno.EIO, "Input/output error")
    assert "bug in auditor" in cli("run")[2]


def test_an_audit_error_is_told_without_a_traceback_unless_debugging(cli, audited):
    audited["raises"] = AuditError("The weights are missing.", found="net.pt", expected="a file", fix="copy it")
    status, _, err = cli("run", "-q")
    assert (status, err) == (2, "The weights are missing.\n  found:    net.pt\n  expected: a file\n  fix:      copy it\n")
    assert "Traceback" in cli("run", "--debug")[2]


def test_frames_of_installed_packages_are_not_the_users(cli, audited):
    from hypothesis import settings  # any installed package that raises from its own files

    try:
        settings.get_profile("no such profile")
    except Exception as cause:
        audited["raises"] = UserCodeError("The factory of the data raised InvalidArgument.")
        audited["raises"].__cause__ = cause
    err = cli("run")[2]
    assert f'File "{__file__}"' in err
    assert "site-packages" not in err
