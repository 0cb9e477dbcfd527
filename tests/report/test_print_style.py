"""The style sheet of the PDF: variables are values there, the last one said of each."""

from __future__ import annotations

from auditor.report.document import _resolved


def test_a_variable_is_its_last_value_wherever_it_is_used() -> None:
    style = ":root { --ink: #111111; --line: #222222; } p { color: var(--ink); border: 1pt solid var(--line) } "
    style += ":root{--ink:#333333;}"
    assert "p { color: #333333; border: 1pt solid #222222 }" in _resolved(style)


def test_a_variable_that_nobody_sets_stays_for_the_layout_to_refuse() -> None:
    assert _resolved("p { color: var(--unknown) }") == "p { color: var(--unknown) }"
