"""Put a user's templates, theme and sections over the standard pages, and the closing section after them."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from auditor.errors import AuditError
from auditor.report.figures._style import Picture
from auditor.report.language.translate import say
from auditor.report.language.tree import in_language
from auditor.report.material import Material
from auditor.report.own import closing as last
from auditor.report.own.folder import OwnTemplates, TemplateMistakes, read_folder
from auditor.report.own.pages import among, exactly, laid_out, sandbox
from auditor.report.own.readable import report_view
from auditor.report.own.structure import mistakes
from auditor.report.own.theme import theme_css
from auditor.report.printable import printable
from auditor.report.templates import environment

if TYPE_CHECKING:
    from auditor.report.document import Section

LOGO = "own-logo"
GLOBALS = {"inline": True, "not_provided": "", "linked": frozenset[str]()}


@dataclass(frozen=True)
class Dressed:
    """The pages with everything of the user's own on them."""

    bodies: tuple[tuple[Section, Markup], ...]
    style: str = ""
    """CSS of the theme, to follow ours."""
    logo: Markup | str = ""
    own_fonts: bool = False
    """Whether the HTML page holds fonts."""
    sentences: tuple[str, ...] = ()
    """What a reader must be able to see on the finished page."""

    def whole(self, page: str) -> str:
        """The finished page, once every sentence was found in its visible text."""
        lost = last.missing(page, self.sentences) if self.sentences else ()
        if lost:
            raise RuntimeError(f"a sentence that every report has to print is not on the page: {lost[0]}")
        return page


def load(folder: Path) -> OwnTemplates:
    """Read a folder of templates.

    Raises:
        TemplateMistakes: everything that is wrong with it and can be told without a report.
    """
    own, found = read_folder(folder)
    found += mistakes(own, dict(GLOBALS))
    if found:
        raise TemplateMistakes(own.name, found)
    return own


def folder_of(run: Path, planned: object, asked: Path | None) -> Path | None:
    """The folder a report's templates come from: the one asked for, else the copy in the run of the plan's."""
    if asked is not None or not planned:
        return asked
    kept = run / "templates"
    if not kept.is_dir():
        raise AuditError(
            "The plan's templates are not in the run.", found=f"no folder {kept}", expected=f"a copy of {planned}",
            fix="run the same `auditor run` again, or name the folder with --templates",
        )  # fmt: skip
    return kept


def dressed(
    material: Material,
    own: OwnTemplates,
    bodies: Iterable[tuple[Section, Markup]],
    said: dict[str, Any],
    pictures: Callable[[Any], Iterable[Picture]],
) -> Dressed:
    """The pages of a report with own templates.

    Args:
        material: the record.
        own: what the user's folder holds.
        bodies: every section in its standard layout, page one first.
        said: globals of the templates.
        pictures: finds the pictures of a context.

    Raises:
        TemplateMistakes: a template cannot be rendered, or shows what it may not.
    """
    jinja = sandbox(own, said)
    first = ord(max((number for number in material.sections.values() if number.isalpha()), default="@")) + 1
    number = chr(first + len(own.theme.sections))
    made = []
    for section, body in bodies:
        if section.name in own.touched:
            shown = tuple(pictures(section.context))
            body = laid_out(own, jinja, section.name, _values(section.context), shown, exactly(str(body), shown))
            body += _note(f"Parts of this section are laid out by own templates: see section {number}.")
        made.append((section, body))
    view = report_view(material)
    known = among(f"{one.status.sign} {one.status.word}" for one in in_language(view).findings)
    for place, extra in enumerate(own.theme.sections):
        like = replace(made[-1][0], name=extra.name, number=chr(first + place), kind=say("Own section"), title=extra.title)
        body = laid_out(own, jinja, extra.name, _values(in_language(view)), (), known)
        made.append((like, body + _note("Written by the author of the templates; no part of the standard report.")))
    context = _closing_context(material, own, [section.kind for section, _ in made if section.name in own.touched])
    like = replace(made[-1][0], name=last.NAME, number=number, kind=say(last.KIND), title=say(last.TITLE), context=context)
    made.append((like, _closing_page(context, said)))
    inline = bool(said["inline"])
    return Dressed(tuple(made), _style(own, inline), _logo(own, inline), bool(own.typefaces), context.sentences)


def assets(own: OwnTemplates) -> dict[str, tuple[bytes, str]]:
    """Pictures of the folder for the PDF, by their names there."""
    return {LOGO: own.logo} if own.logo else {}


@contextlib.contextmanager
def laid_out_by(own: OwnTemplates) -> Iterator[None]:
    """A page that the PDF cannot hold as it is asked for is the templates' mistake, not a bug of ours."""
    try:
        yield
    except RuntimeError as error:
        said = " ".join(str(error).split())[:300]
        fix = "look at links to places that do not exist, and at fonts; `auditor template check DIR --run RUN` tries again"
        raise TemplateMistakes(own.name, [AuditError(said, fix=fix)]) from error


def _values(context: Any) -> dict[str, Any]:
    return {field.name: getattr(context, field.name) for field in fields(context)}


def _note(text: str) -> Markup:
    return Markup('<p class="note">{}</p>').format(say(text))


def _closing_context(material: Material, own: OwnTemplates, kinds: list[str]) -> last.Closing:
    context = last.closing(material, own, kinds)
    if any(name.startswith(f"locales/{material.language}/") for name in own.digests):
        return context  # a translation of the user's own: these sentences stand in the words of the standard report
    return in_language(context)


def _closing_page(context: last.Closing, said: dict[str, Any]) -> Markup:
    jinja = environment()
    jinja.globals.update(said)
    return Markup(jinja.get_template("own.html.j2").render(_values(context)))


def _logo(own: OwnTemplates, inline: bool) -> Markup:
    if own.logo is None or own.theme.logo is None:
        return Markup()
    content, media = own.logo
    source = f"data:{media};base64,{base64.b64encode(content).decode()}" if inline else f"asset:{LOGO}"
    return Markup('<p class="logo"><img src="{}" alt="{}"></p>').format(source, printable(own.theme.logo.alt))


def _families(own: OwnTemplates) -> str:
    """CSS font list of the running text: the user's font, and ours for what it does not draw."""
    if not own.typefaces:
        return ""
    return f'"{own.typefaces[0].family}","Noto Sans","Noto Sans SC","Noto Sans Math","Noto Sans Symbols 2",sans-serif'


def _style(own: OwnTemplates, inline: bool) -> str:
    """The theme's CSS; fonts are inside the HTML page, the PDF finds them as files."""
    faces = "".join(
        f'@font-face{{font-family:"{one.family}";font-weight:{one.weight};font-style:{"italic" if one.italic else "normal"};'
        f"src:url(data:font/ttf;base64,{base64.b64encode(one.content).decode()})}}\n"
        for one in own.typefaces
    )
    return (faces if inline else "") + theme_css(own.theme, _families(own), inline)
