"""comparison.json to comparison.html and comparison.pdf, through the same style, fonts and PDF writer as a report."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from markupsafe import Markup

from auditor.errors import AuditError
from auditor.evidence.comparison import Comparison
from auditor.evidence.record import canonical_json
from auditor.evidence.store import write_atomically
from auditor.report.comparison.page import Front, Part, front, parts
from auditor.report.pdf import Attached, PangoMissing, file_date, write_pdf
from auditor.report.printable import printable_tree
from auditor.report.templates import environment, folder
from auditor.report.words import NOT_PROVIDED

FILES = ("comparison.json", "comparison.html", "comparison.pdf")
_FOOT = '@page { @bottom-left { content: "Differences between two audits. Not a certification."; } }\n'


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
        sorted(p.name for p in out.iterdir() if p.name not in FILES and not p.name.startswith(".")) if out.is_dir() else []
    )
    if foreign or (out.exists() and not out.is_dir()):
        raise AuditError(
            "The comparison cannot be written there.",
            found=f"{out} holds {', '.join(foreign[:5])}" if foreign else f"{out} is a file",
            expected="a new folder, or one with an earlier comparison",
            fix="choose another folder with --out",
        )


def write(made: Comparison, out: Path) -> Written:
    """Write the record, the page and the PDF into a folder."""
    refuse_foreign(out)
    stored = canonical_json(made)
    clean = Comparison.model_validate(printable_tree(made.model_dump(mode="json")))
    first, body = front(clean), parts(clean)
    paths = [out / name for name in FILES]
    write_atomically(paths[0], stored)
    write_atomically(paths[1], to_html(first, body, made, inline=True).encode("utf-8"))
    attached = Attached(FILES[0], "The record this comparison was rendered from", "Data", stored)
    try:
        content = write_pdf(to_html(first, body, made, inline=False), {}, (attached,))
    except PangoMissing as missing:
        paths[2].unlink(missing_ok=True)
        return Written(paths[0], paths[1], None, (str(missing).replace("report.pdf", FILES[2]),))
    write_atomically(paths[2], content)
    return Written(paths[0], paths[1], paths[2], ())


def to_html(first: Front, body: tuple[Part, ...], made: Comparison, inline: bool) -> str:
    """One page, for the screen or for the PDF."""
    jinja = environment()
    jinja.globals.update(inline=inline, not_provided=NOT_PROVIDED, linked=())

    def laid(template: str, context: Front | Part) -> Markup:
        values = {field.name: getattr(context, field.name) for field in fields(context)}
        return Markup(jinja.get_template(f"comparison/{template}.html.j2").render(values))

    sheet = "screen.css" if inline else "print.css"
    style = "".join((folder() / name).read_text("utf-8") for name in ("base.css", sheet))
    return jinja.get_template("report.html.j2").render(
        language="en",
        title=f"{first.title}, comparison {first.report_short}",
        description="Comparison of two audits on the samples that both evaluated.",
        report_id=made.id,
        generator=f"auditor {made.new.auditor}",
        date=file_date().strftime("%Y-%m-%dT%H:%M:%SZ"),
        style=Markup(style.replace("PAPER", "A4") + ("" if inline else _FOOT)),
        paper="A4",
        front=laid("front", first),
        sections=[(part, laid("part", part)) for part in body],
        logo="",
        own_fonts=False,
    )
