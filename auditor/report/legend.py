"""How to read the marks, shades and maps of explained examples, by the kind of input."""

from __future__ import annotations

from auditor.report.method import Method


def of_texts(method: Method) -> str:
    """Marked words."""
    sign = " Solid line below: speaks for the class explained; dotted line: against it." if method.facts.signed else ""
    return (
        f"How to read this: marks are by {method.title}. The darker the background of a word, the larger its attribution "
        f"over the largest in that text; words below 8 % of it are not marked.{sign} “…”: words left out. Characters that "
        "cannot be printed stand as their code. Shares in the text are of the attribution's whole magnitude, for and "
        "against."
    )


def of_series(method: Method) -> str:
    """Shaded lines."""
    sign = "One colour: no sign."
    if method.facts.signed:
        sign = "Orange speaks for the class explained, blue against it; from 40 % on also “+” and “−”."
    return (
        "How to read this: the line is the series, a channel below the other, each on its own scale (at most four, those "
        f"with most attribution); shading is by {method.title}, its strength the attribution over the largest in that "
        f"case. {sign} Shares in the text are of the attribution's whole magnitude, for and against."
    )


def of_pictures(method: Method, photographs: bool) -> str:
    """Maps over pictures; `photographs`: some are JPEG."""
    fine = " Of photographs, the strongest hundredth of a map has full strength." if photographs else ""
    colours = " Orange speaks for the predicted class, blue against it, white is zero." if method.facts.signed else ""
    return (
        "How to read this: colour strength is the size of the attribution over the largest in that case, laid over a pale copy "
        f"of the input.{fine}{colours} Methods without a sign are drawn in one colour. Shares in the text are of the "
        "attribution's whole magnitude."
    )
