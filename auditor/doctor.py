"""`auditor doctor`: what would keep an audit from running on this machine, and the exact line that repairs it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from auditor.cli_voice import FIX, OK, Voice

LEAST_PYTHON = (3, 11)
LEAST_FREE = 1_000_000_000
_SECONDS = 120
_REQUIRED = (
    "numpy scipy scikit-learn pyarrow pydantic ruamel.yaml typer rich jinja2 matplotlib weasyprint pikepdf pillow safetensors"
)

_TORCH = """
import json, torch
mps = getattr(torch.backends, "mps", None)
cuda = torch.cuda.is_available()
print(json.dumps({"version": torch.__version__, "built": torch.version.cuda or "", "cuda": cuda,
    "name": torch.cuda.get_device_name(0) if cuda else "", "mps": bool(mps and mps.is_available())}))
"""
_WEASYPRINT = """
import json, warnings
warnings.simplefilter("ignore")
import weasyprint, pydyf
from weasyprint.text import ffi
print()
print(json.dumps({"version": weasyprint.__version__, "subset": getattr(ffi, "harfbuzz_subset", None) is not None}))
"""


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    found: str
    fix: str = ""
    """What to do, "" when nothing is wrong."""


def examine(where: Path) -> Iterator[Check]:
    """All checks, quick ones first; `where` is the folder runs would be written to."""
    from auditor.evidence.provenance import version
    from auditor.evidence.selftest import selftest_line

    quick: tuple[Callable[[], Check], ...] = (
        _python,
        _packages,
        lambda: _writable(where),
        lambda: _disk(where),
        _id_key,
        _fonts,
        lambda: Check("self-test", True, selftest_line(version("auditor"))),
    )
    for check in quick:
        yield check()
    yield from _torch()
    yield from _pango()


def report(voice: Voice) -> int:
    """Print every check; exit status 2 when one found a problem."""
    checks = []
    for check in examine(Path.cwd()):
        checks.append(check)
        voice.say(f"{'ok' if check.ok else 'PROBLEM':<8} {check.name:<16} {check.found}")
        if not check.ok:
            voice.say(f"{'':<8} {'':<16} fix: {check.fix}")
    problems = sum(not check.ok for check in checks)
    status = FIX if problems else OK
    voice.say(
        "\nNothing found that would keep an audit from running."
        if not problems
        else f"\n{problems} of {len(checks)} need attention."
    )
    voice.answer({"status": status, "checks": [asdict(check) for check in checks]})
    return status


def _python() -> Check:
    least = ".".join(map(str, LEAST_PYTHON))
    fix = f"install Python {least} or newer and make a new environment"
    return Check("python", sys.version_info >= LEAST_PYTHON, f"{platform.python_version()} ({sys.executable})", fix)


def _packages() -> Check:
    missing = []
    for name in _REQUIRED.split():
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    found = "not installed: " + ", ".join(missing) if missing else "all installed"
    return Check("packages", not missing, found, "pip install " + " ".join(missing) if missing else "")


def _writable(where: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=where):
            return Check("write access", True, f"files can be written in {where}")
    except OSError as error:
        return Check("write access", False, f"{where}: {error.strerror}", "change to a folder you may write to, or use --out")


def _disk(where: Path) -> Check:
    try:
        free = shutil.disk_usage(where).free
    except OSError as error:
        return Check("free disk", False, f"{where}: {error.strerror}", "change to another folder, or use --out")
    fix = f"free {LEAST_FREE / 1e9:.0f} GB, or write to another disk with --out"
    return Check("free disk", free >= LEAST_FREE, f"{free / 1e9:.1f} GB free", fix)


def _id_key() -> Check:
    from auditor.errors import AuditError
    from auditor.evidence.identity import id_key, id_key_path

    try:
        path = id_key_path()
        if not path.exists() and not os.environ.get("AUDITOR_ID_KEY"):
            parent = next(folder for folder in path.parents if folder.exists())
            fix = f"make {parent} writable, or name a key file in AUDITOR_ID_KEY"
            return Check("id key", os.access(parent, os.W_OK), f"none yet; made on first use as {path}", fix)
        id_key()
        mode = stat.S_IMODE(path.stat().st_mode)
    except AuditError as error:
        return Check("id key", False, error.found, error.fix)
    except OSError as error:
        return Check("id key", False, str(error), "make it readable, or name another file in AUDITOR_ID_KEY")
    private = os.name == "nt" or not mode & 0o077
    return Check(
        "id key", private, f"{path}" + ("" if private else f" can be read by others (mode {mode:04o})"), f"chmod 600 {path}"
    )


def _fonts() -> Check:
    from auditor.report.templates import folder

    fonts = sorted((folder() / "fonts").glob("*.ttf"))
    unreadable = [font.name for font in fonts if not os.access(font, os.R_OK)]
    found = (
        f"{len(fonts)} bundled"
        if fonts and not unreadable
        else f"missing in {folder() / 'fonts'} {' '.join(unreadable)}".rstrip()
    )
    return Check("fonts", bool(fonts) and not unreadable, found, "reinstall auditor: its fonts are part of the package")


def _torch() -> Iterator[Check]:
    found, problem = _ask(_TORCH)
    if found is None:
        yield Check(
            "torch", False, problem, "pip install torch (https://pytorch.org/get-started shows the line for this system)"
        )
        return
    yield Check("torch", True, str(found["version"]))
    driver = Path("/proc/driver/nvidia/version").exists()
    if found["cuda"] or found["mps"]:
        yield Check("accelerator", True, str(found["name"]) if found["cuda"] else "Apple GPU (mps)")
    elif driver and not found["built"]:
        fix = "install a torch built for CUDA (https://pytorch.org/get-started), or audit on the CPU with --device cpu"
        yield Check("accelerator", False, "there is an NVIDIA driver, but this torch is built for CPUs only", fix)
    elif driver:
        fix = f"check `nvidia-smi`: the driver must support CUDA {found['built']}; or audit on the CPU with --device cpu"
        yield Check("accelerator", False, f"torch (CUDA {found['built']}) cannot use the NVIDIA driver", fix)
    else:
        yield Check("accelerator", True, f"none; audits run on {os.cpu_count()} CPUs")


def _pango() -> Iterator[Check]:
    from auditor.report.pdf import INSTALL_PANGO

    found, problem = _ask(_WEASYPRINT)
    if found is None:
        pango = "cannot load library" in problem
        fix = INSTALL_PANGO if pango else "pip install weasyprint==70.0 pydyf==0.13.0"
        yield Check("pango", False, f"{problem} (report.html is still written, report.pdf is not)", fix)
        return
    yield Check("pango", True, f"found by weasyprint {found['version']}")
    subset = bool(found["subset"])
    yield Check(
        "harfbuzz-subset", subset, "found" if subset else "missing: PDFs take longer and differ in bytes", INSTALL_PANGO
    )


def _ask(program: str) -> tuple[dict[str, object] | None, str]:
    """Run a small program in a process of its own, so that a broken library cannot take this one along.

    Returns:
        The JSON object on its last line, or None and why there is none.
    """
    try:
        done = subprocess.run(  # this interpreter, and a program written above
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None, f"did not answer within {_SECONDS} s"
    except OSError as error:
        return None, str(error)
    try:
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        return answer if done.returncode == 0 and isinstance(answer, dict) else None, ""
    except (ValueError, IndexError):
        lines = done.stderr.strip().splitlines()
        return None, lines[-1][:200] if lines else f"ended with status {done.returncode}"
