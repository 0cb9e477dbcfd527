"""From the record to one page of HTML, for the screen or for the PDF: every section's context through its template."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from markupsafe import Markup

from auditor.report.figures._style import Picture
from auditor.report.material import Material
from auditor.report.pdf import file_date
from auditor.report.sections import ANNEXES, FRONT, ORDER
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


def numbers(without: Collection[str] = ()) -> dict[str, str]:
    """Section -> its number: '1' …, then 'A' … for annexes; `without`: sections that this kind of audit does not have."""
    body = {name: str(place) for place, name in enumerate((name for name in ORDER if name not in without), start=1)}
    return body | {name: chr(ord("A") + place) for place, name in enumerate(ANNEXES)}


def sections(material: Material) -> tuple[Section, ...]:
    """All sections in printed order; one that has nothing to say (None) is left out, numbers stay as they are."""
    found = []
    for name in (FRONT, *ORDER, *ANNEXES):
        module = importlib.import_module(f"auditor.report.sections.{name}")
        context = module.context(material)
        if context is not None:
            found.append(Section(name, material.sections.get(name, ""), module.KIND, module.TITLE, context))
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


def to_html(made: tuple[Section, ...], material: Material, inline: bool) -> str:
    """Lay the sections out as one page.

    Args:
        made: the sections; the first is page one.
        material: for language and paper of the plan.
        inline: pictures inside the page (for the screen) instead of `asset:` URLs (for the PDF).
    """
    jinja = environment()
    jinja.globals.update(inline=inline, not_provided=NOT_PROVIDED)
    bodies = []
    for section in made:
        values = {field.name: getattr(section.context, field.name) for field in fields(section.context)}
        bodies.append((section, Markup(jinja.get_template(f"sections/{section.name}.html.j2").render(values))))
    paper = "Letter" if material.plan("report", "paper") == "Letter" else "A4"
    style = (folder() / "base.css").read_text("utf-8") + (folder() / ("screen.css" if inline else "print.css")).read_text(
        "utf-8"
    )
    return jinja.get_template("report.html.j2").render(
        language=material.plan("report", "language", default="en"),
        title=f"{made[0].context.head}, report {made[0].context.report_short}",
        description="Audit report: measurements and statements about one model version on one data set.",
        report_id=material.report_id,
        generator=f"auditor {material.report.prepared.environment.auditor}",
        date=file_date().strftime("%Y-%m-%dT%H:%M:%SZ"),
        style=Markup(style.replace("PAPER", paper)),
        paper=paper,
        front=bodies[0][1],
        sections=bodies[1:],
    )
