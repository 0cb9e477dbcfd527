"""Where the templates and fonts are, and the one Jinja environment they are rendered in.

In a checkout they live in `templates/` at the top level; in an installed wheel the same folder is `auditor/templates`.
"""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from auditor.report.language.page import Spoken

_PACKAGE = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """The templates folder: the wheel's if there is one, else the checkout's."""
    for place in (_PACKAGE / "templates", _PACKAGE.parent / "templates"):
        if (place / "report.html.j2").is_file():
            return place
    raise FileNotFoundError(f"no templates beside {_PACKAGE}: the installation is incomplete")


def fonts() -> tuple[Path, ...]:
    """The bundled font files, sorted by name."""
    return tuple(sorted((folder() / "fonts").glob("*.ttf")))


def environment(
    kind: type[ImmutableSandboxedEnvironment] = ImmutableSandboxedEnvironment, loader: BaseLoader | None = None
) -> ImmutableSandboxedEnvironment:
    """Jinja with escaping on, undefined names refused, and no way from a template into Python.

    Args:
        kind: another class of environment, for templates of a user.
        loader: where templates come from; None: our folder.
    """
    made = kind(
        loader=loader or FileSystemLoader(folder()),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Spoken],
    )
    made.tests["long"] = has_long_word
    made.tests["tall"] = is_tall
    return made


def has_long_word(value: object) -> bool:
    """Whether a cell holds a word that no column is wide enough for; a digest is not one, its column is made for it."""
    return isinstance(value, str) and any(len(word) > 24 for word in value.split()) and not _DIGEST.fullmatch(value)


def is_tall(row: tuple[object, ...]) -> bool:
    """Whether a row of a table holds so much text that it may be broken between two pages."""
    return any(isinstance(value, str) and len(value) > 600 for value in row)


_DIGEST = re.compile("[0-9a-f]{64}")
