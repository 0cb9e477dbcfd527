"""The page of HTML a report's PDF is laid out from, and its boxes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auditor.report import render as rendering
from auditor.report.document import pictures, sections, to_html
from auditor.report.layout import AS_PLANNED, Layout
from auditor.report.pdf import _import, _locked
from auditor.report.pdf_fonts import only_bundled_fonts
from auditor.report.pdf_speed import page_of

Assets = dict[str, tuple[bytes, str]]


def printed(run: Path, layout: Layout = AS_PLANNED) -> tuple[str, Assets]:
    """The page and its pictures."""
    report = rendering._parse(rendering._read(run), run)
    files = rendering._checked(run, report)
    material = rendering._material(report, files, (), layout.within(report.plan))
    made = sections(material)
    return to_html(made, material, inline=False), {
        one.name: (one.content, one.media) for section in made for one in pictures(section.context)
    }


def boxes(html: str, assets: Assets) -> list[Any]:
    """Every box of every page, laid out as for the PDF."""
    with only_bundled_fonts():
        _import()
        from weasyprint.text.fonts import FontConfiguration

        laid = page_of(html, True, _locked(assets)).render(font_config=FontConfiguration())
    return [box for page in laid.pages for box in page._page_box.descendants()]
