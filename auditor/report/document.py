"""From the record to one page of HTML, for the screen or for the PDF: every section's context through its template."""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from markupsafe import Markup

from auditor.evidence.results import Ranking
from auditor.report.figures._style import Picture
from auditor.report.language.choose import in_its_language
from auditor.report.language.page import spoken_style
from auditor.report.language.translate import heading, say, spoken
from auditor.report.language.tree import in_language
from auditor.report.material import Material
from auditor.report.own.dress import Dressed, dressed
from auditor.report.pdf import file_date
from auditor.report.printable import held
from auditor.report.record import Report
from auditor.report.sections import ANNEXES, FRONT, ORDER, SHORT
from auditor.report.table_widths import Widths
from auditor.report.templates import environment, folder
from auditor.report.words import NOT_PROVIDED


@dataclass(frozen=True)
class Section:
    """One section, made but not yet laid out."""

    name: str
    """File name of its module and template, and its anchor."""
    number: str
    """'4', 'A', or '' for page one."""
    kind: str
    title: str
    context: Any
    """The frozen dataclass its template receives."""


_CODE = re.compile(r"(<[^>]*>)|`([a-z][a-z_.]*(?:[: ]+[a-z0-9]+)*)`")


def _coded(page: str) -> Markup:
    """A page with the keys and commands that our sentences have in backticks set as code."""
    return Markup(_CODE.sub(lambda found: found[1] or f'<code lang="en">{found[2]}</code>', page) if "`" in page else page)


MOST_BYTES = 4_000_000
"""Of pictures inside the HTML page."""


class Numbers(dict[str, str]):
    """Section -> its number; one that this document does not have is named instead, for references to it."""

    def __missing__(self, name: str) -> str:
        return f"“{name}” of the full report"


def absent(report: Report) -> tuple[str, ...]:
    """Sections that this kind of audit does not have."""
    there = {
        "ensemble": report.prepared.model.members,
        "groups": report.plan.get("groups"),
        "robustness": report.prepared.robustness,
        "change": report.plan.get("previous"),
        "crosswalk": report.frameworks,
        "ranks": any(isinstance(result, Ranking) for result in report.results),
    }
    return tuple(name for name, held in there.items() if not held)


def numbers(without: Collection[str] = (), profile: str = "full") -> dict[str, str]:
    """Section -> its number: '1' …, then 'A' … for annexes; `without`: sections that this kind of audit does not have."""
    body, annexes = (ORDER, ANNEXES) if profile == "full" else (SHORT, ())
    first = {name: str(place) for place, name in enumerate((name for name in body if name not in without), start=1)}
    last = {name: chr(ord("A") + place) for place, name in enumerate(name for name in annexes if name not in without)}
    return Numbers(first | last)


@in_its_language
def sections(material: Material) -> tuple[Section, ...]:
    """All sections in printed order; one that has nothing to say (None) is left out, numbers stay as they are.

    A summary has some of them, each made by its module's `short` where there is one.
    """
    found = []
    for name in (FRONT, *material.sections):
        module = importlib.import_module(f"auditor.report.sections.{name}")
        make = getattr(module, "short", module.context) if material.profile == "summary" else module.context
        context = make(material)
        if context is not None:
            number = material.sections.get(name, "")
            found.append(Section(name, number, heading(module.KIND), heading(module.TITLE), in_language(context)))
    return tuple(found)


def pictures(value: Any) -> Iterator[Picture]:
    """Every picture inside a context, in order."""
    if isinstance(value, Picture):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from pictures(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from pictures(item)


def gallery(made: tuple[Section, ...]) -> tuple[Picture, ...]:
    """Pictures for which the HTML page has no room: it links to them in the folder `gallery`, by their names."""
    held, beyond = 0, {}
    for one in dict.fromkeys(picture for section in made for picture in pictures(section.context)):
        held += len(one.inline)
        if held > MOST_BYTES:
            beyond[one.name] = one
    return tuple(beyond.values())


@in_its_language
def to_html(made: tuple[Section, ...], material: Material, inline: bool) -> str:
    """Lay the sections out as one page.

    Args:
        made: the sections; the first is page one.
        material: for language and paper of the plan.
        inline: pictures inside the page (for the screen) instead of `asset:` URLs (for the PDF).
    """
    jinja = environment()
    said = {"inline": inline, "not_provided": say(NOT_PROVIDED), "linked": {one.name for one in gallery(made)}}
    jinja.globals.update(said)
    if not inline and material.own is None:  # a user's fonts have widths of their own
        jinja.globals["widths"] = Widths(material.paper, material.language.startswith("zh"))
    bodies = []
    for section in made:
        values = {field.name: getattr(section.context, field.name) for field in fields(section.context)}
        body = jinja.get_template(f"sections/{section.name}.html.j2").render(values)
        bodies.append((section, _coded(body if inline else held(body))))
    page = dressed(material, material.own, bodies, said, pictures) if material.own else Dressed(tuple(bodies))
    style = (folder() / "base.css").read_text("utf-8") + (folder() / ("screen.css" if inline else "print.css")).read_text(
        "utf-8"
    )
    styled = spoken_style(style.replace("PAPER", material.paper)) + page.style
    whole: str = jinja.get_template("report.html.j2").render(
        language=material.language,
        title=say(f"{made[0].context.head}, report {made[0].context.report_short}"),
        description=say("Audit report: measurements and statements about one model version on one data set."),
        report_id=material.report_id,
        generator=f"auditor {material.report.prepared.environment.auditor}",
        date=file_date().strftime("%Y-%m-%dT%H:%M:%SZ"),
        style=Markup(styled if inline else _resolved(styled, "" if material.language.startswith("zh") else r":lang\(zh\)")),
        paper=material.paper,
        front=page.bodies[0][1],
        sections=page.bodies[1:],
        logo=page.logo,
        own_fonts=page.own_fonts,
    )
    whole, language = page.whole(whole), spoken()
    return whole if language is None else language.page(whole)


_NAMED = re.compile(r"--([a-z]+):\s*([^;}]+)")
_USED = re.compile(r"var\(--([a-z]+)\)")


def _resolved(style: str, unused: str = "") -> str:
    """A style sheet with each variable's last value in its place: laying out would work it out anew for every element.

    Args:
        style: the sheet.
        unused: a pattern; rules that begin with it are left out, for they are tried on every element too.
    """
    style = re.sub(rf"(?<![\w,] ){unused} [^{{}}]*\{{[^}}]*\}}", "", style) if unused else style
    values = dict(_NAMED.findall(style))
    return _USED.sub(lambda found: values.get(found[1], found[0]), style)
