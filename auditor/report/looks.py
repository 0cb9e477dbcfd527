"""How many cases there are where a rule chose: the rule in words, and a table of its looks."""

from __future__ import annotations

from auditor.evidence.sequential_facts import LookFacts, SequentialFacts
from auditor.evidence.units import resolution
from auditor.report.material import Material
from auditor.report.numbers import THIN, count, decimal
from auditor.report.view import Cell, Column, TableView, columns
from auditor.report.words import title

_ENDED = {
    "narrow": "The last look found it narrow enough.",
    "looks": "The last look planned did not find it narrow enough: no more cases were added, and the interval is wider.",
    "rows": "Every row that can be explained is explained, and the interval is wider: these data cannot reach it.",
    "most": "The most cases that the plan allows did not make it narrow enough: the interval is wider.",
}


def looks_table(material: Material) -> TableView | None:
    """Every look, with the rule under it; None where the number of cases was fixed."""
    facts = material.report.prepared.sequential
    if facts is None:
        return None
    seen = Column(f"{title(facts.result)} (95 % interval)", number=True)
    names = (*columns("Look", "#Cases"), seen, *columns("#Half-width"))
    rows = tuple(_row(number, look) for number, look in enumerate(facts.looks, 1))
    return TableView("How many cases: each look", names, rows, " ".join(_rule(material, facts)))


def _row(number: int, look: LookFacts) -> tuple[Cell, ...]:
    if look.value is None or look.low is None or look.high is None or look.half_width is None:
        return str(number), count(look.rows), f"not evaluated: {look.reason}", "–"
    limits = look.low, look.high
    digits = max(3, resolution(*limits))  # one more for the half: it is compared with the width that is wanted
    value, low, high = (decimal(one, digits) for one in (look.value, *limits))
    return str(number), count(look.rows), f"{value} ({low} to {high})", decimal(look.half_width, digits + 1)


def _rule(material: Material, facts: SequentialFacts) -> list[str]:
    method = next((one.title for one in material.methods if one.name == facts.slice["method"]), facts.slice["method"])
    sizes = ", ".join(count(size) for size in facts.sizes)
    level = f"{100 * (1 - 0.05 / facts.planned):.2f}{THIN}%"
    said = [
        f"Fixed before the run: cases are added until half of this interval ({method}, fill {facts.slice['fill']}) is at most "
        f"{facts.half_width:g}, in at most {facts.planned} looks, here at {sizes} cases.",
        _ENDED.get(facts.ended, ""),
        f"Every interval over explained cases, here and in the whole report, is made at {level} for each look, so that 95 % "
        "holds wherever the rule ends (Bonferroni). Ranks are made from the cases there are; nothing allows for the looks.",
    ]
    if len(facts.looks) > 1:
        said.append("Cases after the first look went to the strata by the spread it saw, once and for all (Neyman 1934).")
    return said
