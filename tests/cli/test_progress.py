"""The moving display: shown on a terminal only, without colour where NO_COLOR says so."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

PROGRAM = """
from auditor.cli_progress import Display
from auditor.cli_voice import Voice
import time
with Display(Voice()) as display:
    display.stage("predictions", 200)
    for _ in range(2):
        time.sleep(0.05)
        display.advance(100)
    display.note("[red]two[/red] rows were excluded")
    display.stage("writing the report", 0)
    display.done()
"""


def shown(**environment: str) -> str:
    """What the program writes to a terminal on its stderr."""
    ours, theirs = pty.openpty()
    base = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", **environment}
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=theirs, stdout=subprocess.PIPE, env=base) as process:
        os.close(theirs)
        pieces = []
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the terminal is gone with the program
                break
            if not piece:
                break
            pieces.append(piece)
        assert process.stdout is not None
        assert process.stdout.read() == b""
    os.close(ours)
    return b"".join(pieces).decode()


def test_a_terminal_sees_stage_rate_time_and_notes_as_written():
    text = shown()
    assert "predictions" in text
    assert "rows/s" in text
    assert "note: [red]two[/red] rows were excluded" in text
    assert "writing the report" in text
    assert re.search(r"\x1b\[[0-9;]*3[0-9]", text)


def test_no_color_is_honoured():
    assert not re.search(r"\x1b\[[0-9;]*(3[0-9]|38;5;[0-9]+)m", shown(NO_COLOR="1"))
