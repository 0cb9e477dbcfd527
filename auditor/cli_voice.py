"""How commands speak and end: text for people on stdout, one JSON object with --json, errors on stderr, exit statuses.

2 the user can fix it · 4 verification failed · 1 a gate not met · 3 a gate inconclusive or not evaluated · 0 else ·
130 interrupted.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from auditor.errors import AuditError, PlanMistakes, UserCodeError, VerificationError

OK, NOT_MET, FIX, UNDECIDED, DIFFERS, INTERRUPTED = 0, 1, 2, 3, 4, 130
RESUME = "Nothing computed is lost; run the same command again to resume."
_PARTIAL = re.compile(r"\.([^/\\]+)\.\d+\.partial$")
"""What a file is called while it is written."""
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Voice:
    """What the user asked to hear."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    debug: bool = False

    def say(self, text: str = "") -> None:
        """A line of the command's answer, on stdout."""
        if not self.json:
            _write(answers(), text)

    def tell(self, text: str) -> None:
        """A remark beside the answer, on stderr."""
        if not self.quiet:
            _write(sys.stderr, text)

    def complain(self, text: str) -> None:
        """What went wrong, on stderr; --quiet does not silence it."""
        _write(sys.stderr, text)

    def answer(self, value: dict[str, Any]) -> None:
        """The one JSON object of --json."""
        if self.json:
            _write(answers(), json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=str))


_own: list[TextIO] = []
"""Standard output while a command's body runs; what the user's code prints goes to standard error meanwhile."""


def answers() -> TextIO:
    """Where a command's answer goes: standard output as it was before the command began."""
    return _own[-1] if _own else sys.stdout


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:  # the reader left (`| head`): finish silently, with the status the work deserves
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def attempt(voice: Voice, body: Callable[[], int], logs: Sequence[Path] = ()) -> int:
    """Run a command's body; every exception becomes a message and an exit status.

    Args:
        voice: how to tell.
        body: the command; returns its exit status.
        logs: at most one file for whole tracebacks; read when something fails, so that the body may still add it.
    """
    _own.append(sys.stdout)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return _attempted(voice, body, logs)
    finally:
        _own.pop()


def _attempted(voice: Voice, body: Callable[[], int], logs: Sequence[Path]) -> int:
    try:
        return body()
    except KeyboardInterrupt:
        return _failed(
            voice, INTERRUPTED, AuditError("Interrupted.", fix=RESUME[0].lower() + RESUME[1:-1]), f"\nInterrupted. {RESUME}"
        )
    except VerificationError as error:
        count = "1 difference" if len(error.differences) == 1 else f"{len(error.differences)} differences"
        text = "\n".join([f"Integrity check failed: {count}.", *(f"  {difference}" for difference in error.differences)])
        voice.answer({"status": DIFFERS, "verified": False, "differences": list(error.differences)})
        voice.complain(text)
        return DIFFERS
    except UserCodeError as error:
        return _failed(voice, FIX, error, _user_code(error, _last(logs)))
    except AuditError as error:
        return _failed(voice, FIX, error, str(error))
    except BrokenPipeError:
        return OK
    except OSError as error:
        full = _on_disk(error)
        return _failed(voice, FIX, full, str(full)) if full else _bug(voice, error, _last(logs))
    except Exception as error:
        return _bug(voice, error, _last(logs))


def _last(logs: Sequence[Path]) -> Path | None:
    return logs[-1] if logs else None


def _failed(voice: Voice, status: int, error: AuditError, text: str) -> int:
    each = error.mistakes if isinstance(error, PlanMistakes) else (error,)
    told = [{"message": e.message, "found": e.found, "expected": e.expected, "fix": e.fix} for e in each]
    voice.answer({"status": status, "errors": told})
    voice.complain(text)
    if voice.debug:
        voice.complain("".join(traceback.format_exception(error)).rstrip())
    return status


def _on_disk(error: OSError) -> AuditError | None:
    """The repairable troubles of a disk as an `AuditError`; None for any other."""
    where = _PARTIAL.sub(r"\1", str(error.filename or "the run directory"))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return AuditError(
            "The disk is full.", found=f"no space left while writing {where}", expected="room for it",
            fix="free some space, then run the same command again: nothing computed is lost",
        )  # fmt: skip
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return AuditError(
            "A file cannot be read or written.", found=f"{where}: {error.strerror}", expected="read and write access",
            fix="correct its permissions, or name another place",
        )  # fmt: skip
    if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG):
        return AuditError(
            "A file cannot be written there.", found=f"{where}: {error.strerror}",
            expected="a path whose folders are folders", fix="choose another path",
        )  # fmt: skip
    return None


def _user_code(error: UserCodeError, log: Path | None) -> str:
    """The message, then the user's own frames only; the whole goes to the log."""
    cause = error.__cause__
    if cause is None:
        return str(error)
    frames = [frame for frame in traceback.extract_tb(cause.__traceback__) if _is_users(frame.filename)]
    lines = [str(error)]
    if frames:
        lines += ["", "In your code:", "".join(traceback.format_list(frames)).rstrip()]
    lines.append("".join(traceback.format_exception_only(cause)).rstrip())
    if _logged(error, log):
        lines.append(f"The whole traceback is in {log}.")
    return "\n".join(lines)


def _is_users(filename: str) -> bool:
    if filename.startswith("<"):
        return False
    path = Path(filename).resolve()
    installed = {"site-packages", "dist-packages"} & set(path.parts)
    library = Path(os.__file__).resolve().parent
    return not (installed or path.is_relative_to(_HERE) or path.is_relative_to(library))


def _bug(voice: Voice, error: BaseException, log: Path | None) -> int:
    """Not the user's doing: one line, the rest in the log. Exit status 2, because nothing was verified or judged."""
    first = (str(error).splitlines() or [""])[0][:200]
    text = f"This is a bug in auditor: {type(error).__name__}: {first}".rstrip(": ")
    where = f"The whole traceback is in {log}" if _logged(error, log) else "Run again with --debug to see the traceback"
    voice.answer({"status": FIX, "bug": f"{type(error).__name__}: {first}", "log": str(log) if log and log.exists() else None})
    voice.complain(f"{text}\n{where}; please report it. {RESUME}")
    if voice.debug:
        voice.complain("".join(traceback.format_exception(error)).rstrip())
    return FIX


def _logged(error: BaseException, log: Path | None) -> bool:
    """Append the traceback to the log, where there is a place for it."""
    if log is None:
        return False
    try:
        ours = not log.parent.exists() or not any(log.parent.iterdir()) or (log.parent / "evidence").is_dir() or log.exists()
        if ours:  # never leave a file in a folder that is not a run
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a", encoding="utf-8", errors="backslashreplace") as handle:
                handle.write("".join(traceback.format_exception(error)) + "\n")
        return ours
    except OSError:
        return False
