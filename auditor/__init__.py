"""Audit reports for PyTorch classifiers. Importing this does not import torch; the first function that needs it does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PLACES = {
    "adapt": "auditor.functional",
    "attribute": "auditor.functional",
    "faithfulness_curves": "auditor.functional",
    "audit": "auditor.functional_audit",
    "audit_model": "auditor.functional_audit",
    "render": "auditor.document",
    "summary": "auditor.functional_summary",
    "methods": "auditor.methods",
    "AuditError": "auditor.errors",
    "Evidence": "auditor.evidence.handle",
}
__all__ = [
    "AuditError",
    "Evidence",
    "adapt",
    "attribute",
    "audit",
    "audit_model",
    "faithfulness_curves",
    "methods",
    "render",
    "summary",
]

if TYPE_CHECKING:
    from auditor import methods
    from auditor.document import render
    from auditor.errors import AuditError
    from auditor.evidence.handle import Evidence
    from auditor.functional import adapt, attribute, faithfulness_curves
    from auditor.functional_audit import audit, audit_model
    from auditor.functional_summary import summary


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module 'auditor' has no attribute {name!r}")
    module = import_module(place)
    return module if name == "methods" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PLACES])
