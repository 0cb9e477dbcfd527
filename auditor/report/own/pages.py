"""Sections laid out by a user's templates: rendered in the sandbox, checked, and compared with the standard layout."""

from __future__ import annotations

import contextlib
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from jinja2 import BaseLoader, TemplateNotFound, TemplateSyntaxError
from jinja2.exceptions import TemplateError
from markupsafe import Markup

from auditor.errors import AuditError
from auditor.report.figures._style import Picture
from auditor.report.own.folder import ENDING, OwnTemplates, TemplateMistakes
from auditor.report.own.markup import Refused, read_section
from auditor.report.own.sandbox import CHARACTERS, OwnEnvironment, TooMuch
from auditor.report.templates import environment, folder

OURS = "standard/"
"""Prefix under which the standard templates can be extended, whatever the folder holds."""
BLOCKS = "{% block before %}{% endblock %}", "{% block after %}{% endblock %}"
_OWN = "own templates: "
_EXPECTED = (
    TemplateError, TooMuch, Refused, RecursionError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError,
)  # fmt: skip


class _Loader(BaseLoader):
    """The folder's templates as they were read at the start; ours for every other name. No path is ever opened by name."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        root = folder()
        self._ours = {path.relative_to(root).as_posix(): path for path in root.rglob(f"*{ENDING}")}
        self._sources = sources

    def get_source(self, environment: Any, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        if template in self._sources:
            return self._sources[template], f"{_OWN}{template}", None
        name = template.removeprefix(OURS)
        if name not in self._ours:
            raise TemplateNotFound(template)
        source = self._ours[name].read_text("utf-8")
        if name.startswith("sections/"):
            source = f"{BLOCKS[0]}{source}{BLOCKS[1]}"
        return source, str(self._ours[name]), None

    def list_templates(self) -> list[str]:
        return sorted({*self._sources, *self._ours, *(f"{OURS}{name}" for name in self._ours)})


def sandbox(own: OwnTemplates, said: Mapping[str, Any]) -> OwnEnvironment:
    """The environment of a folder; `said`: globals that our templates use."""
    made = cast("OwnEnvironment", environment(OwnEnvironment, _Loader(own.sources)))
    made.globals.update(said)
    return made


def laid_out(
    own: OwnTemplates,
    jinja: OwnEnvironment,
    name: str,
    values: Mapping[str, Any],
    pictures: Iterable[Picture],
    check: Callable[[tuple[str, ...]], None],
) -> Markup:
    """One section by the user's template.

    Args:
        own: the folder.
        jinja: its sandbox.
        name: the section.
        values: the fields of its context.
        pictures: those of its context.
        check: raises Refused when the status words that the section shows are not what they should be.

    Raises:
        TemplateMistakes: whatever is wrong with the template, with its place.
    """
    place = f"sections/{name}{ENDING}"
    with telling(own, place):
        body, statuses, ids = read_section(_made(jinja, place, values), pictures)
        doubled = [one for one, count in Counter(ids).items() if count > 1]
        if doubled:
            raise Refused(
                f'the id "{doubled[0]}" stands there twice', f'id="{doubled[0]}"', "give each element an id of its own"
            )
        check(statuses)
    return body


def exactly(standard: str, pictures: Iterable[Picture]) -> Callable[[tuple[str, ...]], None]:
    """A check that a section shows every status word of its standard layout, as often, and no other."""
    shows = Counter(read_section(standard, pictures)[1])

    def check(statuses: tuple[str, ...]) -> None:
        for status in sorted({*shows, *statuses}):
            if shows[status] != (count := statuses.count(status)):
                fix = "print every status with the `status` macro, and leave none out"
                raise Refused(
                    f'it shows the status "{status}" {count} times, the standard section {shows[status]} times', "", fix
                )

    return check


def among(known: Iterable[str]) -> Callable[[tuple[str, ...]], None]:
    """A check that a section shows no status word but those of the report's findings."""
    allowed = frozenset(known)

    def check(statuses: tuple[str, ...]) -> None:
        for status in statuses:
            if status not in allowed:
                raise Refused(f'it shows the status "{status}", which no finding has', "", "print `finding.status` of the view")

    return check


def _made(jinja: OwnEnvironment, place: str, values: Mapping[str, Any]) -> str:
    jinja.renew()
    pieces, length = [], 0
    for piece in jinja.get_template(place).generate(values):
        length += len(piece)
        if length > CHARACTERS:
            raise TooMuch(f"it makes more than {CHARACTERS:,} characters")
        pieces.append(piece)
    return "".join(pieces)


@contextlib.contextmanager
def telling(own: OwnTemplates, place: str) -> Iterator[None]:
    """Turn whatever goes wrong in a template into a mistake with file and line; a bug of ours stays one."""
    try:
        yield
    except _EXPECTED as error:
        where = _where(error) or _found(own, place, error)
        if where is None and not isinstance(error, TemplateError | TooMuch | Refused | RecursionError):
            raise
        said = "it calls or includes itself without end" if isinstance(error, RecursionError) else str(error)
        if isinstance(error, TemplateNotFound):
            said = f"there is no template {error.name!r} in this folder or among the standard ones"
        fix = (
            error.fix
            if isinstance(error, Refused)
            else "correct the template; `auditor template check DIR` lists every mistake"
        )
        file, line = where or (place, 0)
        told = AuditError(f"{file}{f', line {line}' if line else ''}: {' '.join(said.split())[:300].rstrip('.')}.", fix=fix)
        raise TemplateMistakes(own.name, [told]) from error


def _where(error: BaseException) -> tuple[str, int] | None:
    """File and line in the folder, from the innermost frame that is one of its templates."""
    if isinstance(error, TemplateSyntaxError) and str(error.filename or "").startswith(_OWN):
        return str(error.filename).removeprefix(_OWN), error.lineno
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(_OWN)]
    return (frames[-1].filename.removeprefix(_OWN), frames[-1].lineno or 0) if frames else None


def _found(own: OwnTemplates, place: str, error: BaseException) -> tuple[str, int] | None:
    """Where the element that was refused stands in the folder: first in the section's own file."""
    tag = error.tag if isinstance(error, Refused) else ""
    for name in [place, *sorted(own.sources)] if tag else ():
        for number, line in enumerate(own.sources.get(name, "").splitlines(), start=1):
            if f"<{tag}" in line or f"</{tag}" in line or (tag.startswith("id=") and tag in line):
                return name, number
    return None
