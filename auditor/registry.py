"""File names are the registry: a method, fill, measure or section exists because its file exists.

Listing names reads a folder and imports nothing, so a plan can be checked where torch is not installed.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

from auditor.errors import AuditError, did_you_mean

_ROOT = Path(__file__).parent


def names(package: str) -> tuple[str, ...]:
    """Names of the public modules of `auditor.<package>`, sorted; files starting with "_" are not members."""
    folder = _ROOT.joinpath(*package.split("."))
    return tuple(sorted(m.name for m in pkgutil.iter_modules([str(folder)]) if not m.name.startswith("_")))


def data_folder(package: str) -> Path:
    """The folder of `auditor.<package>`, whose files are data."""
    return _ROOT.joinpath(*package.split("."))


def data_names(package: str, ending: str) -> tuple[str, ...]:
    """Names of the files in it with an ending such as "yaml", sorted; files starting with "_" are not members."""
    return tuple(sorted(path.stem for path in data_folder(package).glob(f"*.{ending}") if not path.name.startswith("_")))


def load(package: str, name: str, attribute: str) -> Any:
    """Import `auditor.<package>.<name>` and return its `attribute` (for example METHOD or FILL)."""
    if name not in names(package):
        kind = {"explain": "attribution method", "removal.fills": "fill"}.get(package, package)
        raise AuditError(
            f"Unknown {kind} `{name}`.", found=name, expected="one of the names below", fix=did_you_mean(name, names(package))
        )
    return getattr(importlib.import_module(f"auditor.{package}.{name}"), attribute)
