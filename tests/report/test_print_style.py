"""The style sheet of the PDF: variables are values there, the last one said of each."""

from __future__ import annotations

import re

import pytest

from auditor.report.document import _resolved
from tests.report.conftest import Document
from tests.report.printed import boxes, printed


def test_a_variable_is_its_last_value_wherever_it_is_used() -> None:
    style = ":root { --ink: #111111; --line: #222222; } p { color: var(--ink); border: 1pt solid var(--line) } "
    style += ":root{--ink:#333333;}"
    assert "p { color: #333333; border: 1pt solid #222222 }" in _resolved(style)


def test_a_variable_that_nobody_sets_stays_for_the_layout_to_refuse() -> None:
    assert _resolved("p { color: var(--unknown) }") == "p { color: var(--unknown) }"


@pytest.mark.parametrize("pictures", [0, 1, 4])
def test_a_case_stands_on_one_page_wherever_it_begins(pictures: int, document: Document) -> None:
    html, _ = printed(document.run)
    (style,) = re.findall("<style>.*?</style>", html, re.DOTALL)
    dot = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    drawn = f'<img class="picture shot" style="height: 24mm" src="{dot}" alt="dot">'
    shot = f"<figure>{drawn}<figcaption>two words</figcaption></figure>"
    shots = f'<div class="shots n{pictures}">{shot * pictures}</div>' if pictures else ""
    words = '<div class="words"><p><b>Right.</b> Probability 1.</p><p>Chosen because: it is.</p></div>'
    case = f'<div class="case">{shots}{words}</div>'
    pages = "".join(f'<p style="height: {high}mm; break-before: page">x</p>{case}' for high in range(220, 264, 4))
    text = f'<html lang="en"><head><title>t</title>{style}</head><body class="A4">{pages}</body></html>'
    cases = [box for box in boxes(text, {}) if (box.element is not None and box.element.get("class")) == "case"]
    whole = [box for box in cases if type(box).__name__ == "TableBox"]
    assert len(whole) == 11 and all(box.position_y + box.height <= (297 - 18) / 25.4 * 96 + 0.1 for box in whole)
    words_of = [
        sum("words" in (one.element.get("class") or "") for one in box.descendants() if one.element is not None)
        for box in whole
    ]
    assert len(set(words_of)) == 1
