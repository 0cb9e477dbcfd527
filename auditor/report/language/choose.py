"""The language of one document: its catalogue from the templates, and the names it leaves alone from the record."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from auditor.evidence.comparison import Comparison
from auditor.report.language.catalogue import Catalogue, key, path_of, read
from auditor.report.language.names import names_in, names_of
from auditor.report.language.translate import Language, speaking
from auditor.report.record import Report
from auditor.report.templates import folder
from auditor.report.words import NAMES

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


def language_of(code: str, about: Report | Comparison, templates: Path | None) -> Language | None:
    """The language to make a report or a comparison in; None for English, which everything is written in.

    Args:
        code: 'zh'.
        about: what is told, in printable form: its names are not translated.
        templates: a folder of the user whose locales/ come before ours.

    Raises:
        AuditError: there is no catalogue for it, or it cannot be read.
    """
    if code == "en":
        return None
    path = path_of(code, [root for root in (templates, folder()) if root is not None])
    names = names_in(about) if isinstance(about, Comparison) else names_of(about)
    return Language(_read(code, path, path.stat().st_mtime_ns), *names)


@cache
def _read(code: str, path: Path, changed: int) -> Catalogue:
    catalogue = read(code, path)
    for name, titled in NAMES.items():  # what the record calls a result is printed in sentences of gates
        said = catalogue.whole.get(key(titled))
        if said is not None:
            catalogue.whole.setdefault(key(name.replace("_", " ")), said)
    return catalogue


def in_its_language(make: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
    """A function with a `Material` among its arguments speaks that material's language while it runs."""

    @wraps(make)
    def speaks(*args: _Given.args, **kwargs: _Given.kwargs) -> _Made:
        given: list[Any] = [*args, *kwargs.values()]
        material = next(one for one in given if hasattr(one, "spoken"))
        with speaking(material.spoken):
            return make(*args, **kwargs)

    return speaks
