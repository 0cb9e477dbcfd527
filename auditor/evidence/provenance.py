"""Where numbers come from: versions, platform and commit (part of the evidence); clocks and machine (in run.json only).

Reads installed metadata and imports none of the packages it names.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from auditor.evidence.facts import Environment, FileFact
from auditor.evidence.manifest import file_sha256
from auditor.evidence.selftest import selftest_line

PACKAGES = (
    "captum", "matplotlib", "numpy", "pikepdf", "pillow", "pyarrow", "pydantic", "pydyf", "ray", "ruamel.yaml", "safetensors",
    "scikit-learn", "scipy", "torch", "torchvision", "transformers", "weasyprint",
)  # fmt: skip
"""What numbers and pages can depend on; those not installed are left out."""

_GIT_SECONDS = 10


@cache
def version(package: str) -> str:
    """The installed version, "" when it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def environment(device: str, threads: int, rows: int, determinism: Mapping[str, str], folder: Path) -> Environment:
    """What the numbers depend on besides plan, model and data.

    Args:
        device: "cpu", "cuda", … as resolved.
        threads: threads of the linear algebra.
        rows: rows of every model call.
        determinism: flag -> value, as set.
        folder: the plan's folder, whose commit is recorded.
    """
    commit, dirty = git_state(folder)
    return Environment(
        auditor=version("auditor"),
        packages={name: version(name) for name in PACKAGES if version(name)},
        python=platform.python_version(),
        platform=platform_text(),
        device=device,
        threads=threads,
        rows=rows,
        determinism=dict(sorted(determinism.items())),
        commit=commit,
        dirty=dirty,
        selftest=selftest_line(version("auditor")),
    )


def platform_text() -> str:
    """System, processor family and C library: "Linux x86_64, glibc 2.36"; never the name of the machine."""
    library = " ".join(part for part in platform.libc_ver() if part)
    return ", ".join(part for part in (f"{platform.system()} {platform.machine()}", library) if part)


def git_state(folder: Path) -> tuple[str, bool | None]:
    """The commit a folder is at, and whether tracked files in it differ; ("", None) when it is no repository or git is absent.

    New files are not counted: a run directory inside the folder would make its own second run look changed.
    """
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return "", None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return commit.strip(), None if changes is None else bool(changes.strip())


def file_fact(path: Path, role: str) -> FileFact:
    """Name, size and SHA-256 of a file that goes into the audit."""
    return FileFact(name=path.name, role=role, bytes=path.stat().st_size, sha256=file_sha256(path))


def _git(folder: Path, *arguments: str) -> str | None:
    # a repository's own configuration may name programs (fsmonitor, hooks) that git would run: the plan's folder is not trusted
    settings = ["-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "core.quotePath=true"]
    here = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", *settings, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(  # no shell, fixed options; the folder is the only foreign word
            command,
            env={**here, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
