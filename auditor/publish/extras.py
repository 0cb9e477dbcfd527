"""Packages that only some outputs need: imported when used, with the line that installs them when missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from auditor.errors import AuditError


def load(module: str, extra: str, purpose: str) -> Any:
    """Import an optional package.

    Args:
        module: dotted name of the module.
        extra: the extra of auditor that brings it.
        purpose: what needs it, for the message.

    Raises:
        AuditError: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != module.split(".")[0]:
            raise  # a broken installation is not a missing one
        raise AuditError(
            f"{purpose} needs a package that is not installed.",
            found=f"no module {module.split('.')[0]}",
            expected=f"the extra `{extra}`",
            fix=f"python -m pip install 'auditor[{extra}]'",
        ) from error
