"""Results to findings: gates and verdicts, each with a statement in plain words. No number is made here.

Names are loaded when they are used: the document reads titles of statements from here, and must not load statistics for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.judge.gate_names import check_names
    from auditor.judge.gates import judge
    from auditor.judge.verdict import verdicts
    from auditor.judge.waivers import exit_status

__all__ = ["check_names", "exit_status", "judge", "verdicts"]

_HOME = {"check_names": "gate_names", "exit_status": "waivers", "judge": "gates", "verdicts": "verdict"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
