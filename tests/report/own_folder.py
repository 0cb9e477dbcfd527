"""Folders of own templates, and what is said about them."""

from __future__ import annotations

from pathlib import Path

from auditor.report.own.check import check_folder

PERFORMANCE = '{% extends "standard/sections/performance.html.j2" %}'


def own(place: Path, **files: str) -> Path:
    """A folder of templates: performance='…' is sections/performance.html.j2, theme='…' is theme.yaml."""
    for name, text in files.items():
        path = place / ("theme.yaml" if name == "theme" else f"sections/{name}.html.j2")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return place


def messages(place: Path) -> str:
    return "\n".join(map(str, check_folder(place)))
