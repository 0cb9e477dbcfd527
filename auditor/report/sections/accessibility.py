"""Annex: what was done so that everybody can read this file, and what is known to be missing."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.material import Material

KIND = "Accessibility"
TITLE = "Who can read this file, and who cannot yet?"


@dataclass(frozen=True)
class Accessibility:
    """Statement on the file itself."""

    done: tuple[str, ...]
    gaps: tuple[str, ...]
    declared: str
    """That no person reviewed the file, unless somebody declared it."""


def context(material: Material) -> Accessibility:
    """The annex; the same for every report but for what people declared."""
    said = material.statement("document_review")
    return Accessibility(
        done=(
            "The PDF is tagged, names its language and is made to be PDF/UA-1 and PDF/A-3a at once; the HTML page is one file "
            "without scripts that works with a keyboard, at 200 % zoom and in light or dark.",
            "Every figure has a text in its place, and its main numbers stand in a table or a sentence of the body.",
            "Status is a word with a sign; colour alone carries nothing. Lines differ in dashes and are named at the line.",
            "Tables have header cells for rows and columns; headings go down one level at a time.",
        ),
        gaps=(
            "Validators check what a machine can check. Whether reading order and texts in place of figures make sense was not "
            "reviewed by a person.",
            "Maps of attributions over pictures are described by their three largest features, not square by square.",
            "Abbreviations are explained with the definitions, not marked up where they stand.",
            "Names of classes, features and files, and declared statements, are printed in the language they were given in; "
            "a character no font here can draw is written as its code.",
        ),
        declared="" if said is None else f"Review of this document by a person: {said.text} Declared by {said.by}.",
    )
