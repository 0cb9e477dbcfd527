"""Tables to results with uncertainty. NumPy, SciPy and Arrow only.

A measure is a file here with `NAMES` (the results it makes), `READS` (the tables it needs) and
`measure(study) -> Iterator[Result]`; the file name is its name. `measure_all` runs them in alphabetical order.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_PLACES = {"Example": "_examples", "Measured": "_all", "known_names": "_all", "look": "_look", "measure_all": "_all"}

if TYPE_CHECKING:
    from auditor.measure._all import Measured, known_names, measure_all
    from auditor.measure._examples import Example
    from auditor.measure._look import look

__all__ = ["Example", "Measured", "known_names", "look", "measure_all"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
