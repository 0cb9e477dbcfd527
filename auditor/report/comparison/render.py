"""comparison.json to comparison.html and comparison.pdf, through the same style, fonts, language and PDF writer as a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from markupsafe import Markup

from auditor.errors import AuditError
from auditor.evidence.atomic import write_atomically
from auditor.evidence.comparison import FILES, Comparison
from auditor.evidence.manifest import NAME as MANIFEST
from auditor.evidence.manifest import write_manifest
from auditor.evidence.record import canonical_json
from auditor.report.comparison.page import Front, Part, front, parts
from auditor.report.language.choose import language_of
from auditor.report.language.page import spoken_style
from auditor.report.language.translate import say, speaking
from auditor.report.language.tree import in_language
from auditor.report.layout import DEFAULTS
from auditor.report.pdf import Attached, PangoMissing, file_date, write_pdf
from auditor.report.printable import printable_tree
from auditor.report.table_widths import Widths
from auditor.report.templates import environment, folder
from auditor.report.words import NOT_PROVIDED

_FOOT = "Differences between two audits. Not a certification."


@dataclass(frozen=True)
class Written:
    """Where the comparison lies; `pdf` is None where it could not be made, `notes` says why."""

    json: Path
    html: Path
    pdf: Path | None
    notes: tuple[str, ...]


def refuse_foreign(out: Path) -> None:
    """A folder for a comparison is new, empty, or holds an earlier comparison.

    Raises:
        AuditError: it holds anything else, such as a run.
    """
    foreign = (
        sorted(p.name for p in out.iterdir() if p.name not in (*FILES, MANIFEST) and not p.name.startswith("."))
        if out.is_dir()
        else []
    )
    if foreign or (out.exists() and not out.is_dir()):
        raise AuditError(
            "The comparison cannot be written there.",
            found=f"{out} holds {', '.join(foreign[:5])}" if foreign else f"{out} is a file",
            expected="a new folder, or one with an earlier comparison",
            fix="choose another folder with --out",
        )


def write(made: Comparison, out: Path, layout: Mapping[str, str] = DEFAULTS) -> Written:
    """Write the record, the page, the PDF and the manifest of a folder.

    Args:
        layout: language and paper; the record does not depend on them.
    """
    refuse_foreign(out)
    stored = canonical_json(made)
    clean = Comparison.model_validate(printable_tree(made.model_dump(mode="json")))
    with speaking(language_of(layout["language"], clean, None)):
        first, body = in_language(front(clean)), in_language(parts(clean))
        screen, printed = (to_html(first, body, made, layout, inline) for inline in (True, False))
        attached = Attached(FILES[0], say("The record this comparison was rendered from"), "Data", stored)
    paths = [out / name for name in FILES]
    write_atomically(paths[0], stored)
    write_atomically(paths[1], screen.encode("utf-8"))
    notes: tuple[str, ...] = ()
    try:
        write_atomically(paths[2], write_pdf(printed, {}, (attached,)))
    except PangoMissing as missing:
        paths[2].unlink(missing_ok=True)
        notes = (str(missing).replace("report.pdf", FILES[2]),)
    write_manifest(out)
    return Written(paths[0], paths[1], None if notes else paths[2], notes)


def to_html(first: Front, body: tuple[Part, ...], made: Comparison, layout: Mapping[str, str], inline: bool) -> str:
    """One page, for the screen or for the PDF."""
    jinja = environment()
    jinja.globals.update(inline=inline, not_provided=say(NOT_PROVIDED), linked=())
    if not inline:
        jinja.globals["widths"] = Widths(layout["paper"], layout["language"].startswith("zh"))

    def laid(template: str, context: Front | Part) -> Markup:
        values = {field.name: getattr(context, field.name) for field in fields(context)}
        return Markup(jinja.get_template(f"comparison/{template}.html.j2").render(values))

    foot = f'@page {{ @bottom-left {{ content: "{say(_FOOT)}"; }} }}\n'
    sheet = "screen.css" if inline else "print.css"
    style = "".join((folder() / name).read_text("utf-8") for name in ("base.css", sheet))
    return jinja.get_template("report.html.j2").render(
        language=layout["language"],
        title=say(f"{first.title}, comparison {first.report_short}"),
        description=say("Comparison of two audits on the samples that both evaluated."),
        report_id=made.id,
        generator=f"auditor {made.new.auditor}",
        date=file_date().strftime("%Y-%m-%dT%H:%M:%SZ"),
        style=Markup(spoken_style(style.replace("PAPER", layout["paper"])) + ("" if inline else foot)),
        paper=layout["paper"],
        front=laid("front", first),
        sections=[(part, laid("part", part)) for part in body],
        logo="",
        own_fonts=False,
    )
