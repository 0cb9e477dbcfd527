"""Where the templates and fonts are, and the one Jinja environment they are rendered in.

In a checkout they live in `templates/` at the top level; in an installed wheel the same folder is `auditor/templates`.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import CodeType

from jinja2 import BaseLoader, BytecodeCache, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from auditor.report.language.page import Spoken
from auditor.report.language.translate import spoken

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
        bytecode_cache=_COMPILED if loader is None and spoken() is None else None,
    )
    made.tests |= {"long": has_long_word, "unwieldy": is_unwieldy, "tall": is_tall, "dotted": is_dotted}
    made.filters |= {"breakable": breakable, "at_dots": at_dots}
    made.globals["linked"] = frozenset()  # pictures that a page only links to
    return made


class _Compiled(BytecodeCache):
    """Our templates, compiled once in a process: page one, HTML and PDF are made from the same ones."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._held.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._held[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def has_long_word(value: object) -> bool:
    """Whether a short cell holds a word that no column is wide enough for; a digest is not one, its column is made for it."""
    return isinstance(value, str) and len(value) <= 300 and _long_word(value)


def is_unwieldy(value: object) -> bool:
    """Whether a long cell holds such a word: to try every letter for a break would take minutes, so breaks are set."""
    return isinstance(value, str) and len(value) > 300 and _long_word(value)


def is_dotted(value: object) -> bool:
    """Whether a cell is one long path of short names: 'data.table.numeric.age.mean'."""
    return isinstance(value, str) and len(value) > 24 and bool(_DOTTED.fullmatch(value))


def at_dots(text: str) -> Markup:
    """A path with a place for a break behind each dot."""
    return Markup(".<wbr>").join(text.split("."))


def breakable(text: str) -> Markup:
    """A text with a place for a break after every sixteenth letter of its long words."""
    parts = [
        Markup("<wbr>").join(word[place : place + 16] for place in range(0, len(word), 16)) if len(word) > 24 else word
        for word in text.split(" ")
    ]
    return Markup(" ").join(parts)


def _long_word(value: str) -> bool:
    return any(len(word) > 24 for word in value.split()) and not _DIGEST.fullmatch(value)


def is_tall(row: tuple[object, ...]) -> bool:
    """Whether a row of a table holds so much text that it may be broken between two pages."""
    return any(isinstance(value, str) and len(value) > 600 for value in row)


_DIGEST = re.compile("[0-9a-f]{64}")
_DOTTED = re.compile(r"[\w-]{1,24}(\.[\w-]{1,24})+")
