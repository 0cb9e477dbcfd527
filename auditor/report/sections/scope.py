"""Section: what was and was not examined, and how to read the report."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.gates import gate_rows
from auditor.report.material import Material
from auditor.report.numbers import count
from auditor.report.printable import shorten
from auditor.report.view import Statement, TableView, columns
from auditor.report.words import MANDATORY, STATUS, Status, listing

KIND = "Scope"
TITLE = "What was examined, and how is this report read?"


@dataclass(frozen=True)
class Scope:
    """Boundary of the audit and the conventions of its pages."""

    boundary: str
    """The mandatory sentence."""
    examined: TableView
    statuses: tuple[tuple[Status, str], ...]
    """Each status word with its meaning for a gate."""
    sample: Statement
    """A made-up declared statement, to show how declared text looks."""
    declared_by: str
    """Who declared what, when; or that nobody did."""


_MEANINGS = {
    "met": "The whole 95 % interval satisfies the bound.",
    "not met": "No point of the interval satisfies the bound.",
    "inconclusive": "The interval contains the bound: these data do not decide.",
    "not evaluated": "No result, or too few rows to judge it; the reason is printed. It is never a zero.",
}


def context(material: Material) -> Scope:
    """The section from the record."""
    prepared = material.report.prepared
    cases = sum(stratum.selected for stratum in prepared.strata)
    fills = listing([fill.name for fill in prepared.fills]) or "none"
    model = f"{prepared.model.name} {prepared.model.version}".strip()
    several = "labels, several may hold at once" if material.several else "classes"
    rows = [
        ("Model", f"One version, {model}; {len(material.classes):,} {several}."),
        (
            "Data",
            f"One set, {prepared.data.name}: {count(prepared.data.evaluated)} of {count(prepared.data.supplied)} rows "
            f"evaluated.",
        ),
        (
            "Explanations",
            f"{count(cases)} cases, {listing([method.title for method in material.methods]) or 'no method'}; fill: {fills}.",
        ),
        ("Frameworks", _frameworks(material)),
        ("Single rows", _single_rows(material)),
        (
            "Gates",
            f"{len(gate_rows(material))} in the plan; see section {material.sections['design']}."
            if gate_rows(material)
            else "None set.",
        ),
        ("Not examined", _not_examined(material)),
    ]
    declared = [said for key in material.plan("declared", default={}) if (said := material.statement(key))]
    return Scope(
        boundary=MANDATORY,
        examined=TableView("What was examined", columns("Part", "Extent"), tuple(rows)),
        statuses=tuple((STATUS[word], meaning) for word, meaning in _MEANINGS.items()),
        sample=Statement("Example", "A statement by a person looks like this.", "role, date"),
        declared_by="; ".join(
            f"{said.topic[0].lower()}{shorten(said.topic[1:], 90)} by {shorten(said.by, 80)}" for said in declared[:8]
        )
        or "nothing was declared",
    )


def _frameworks(material: Material) -> str:
    chosen = material.report.frameworks
    if not chosen:
        return "No framework was selected: this report lists no clause of any law, standard or guidance."
    names, annex = "; ".join(one.title for one in chosen), material.sections.get("crosswalk", "of clauses")
    return f"Selected in the plan: {names}. See annex {annex}. Selecting one does not say that it applies."


def _single_rows(material: Material) -> str:
    """Which rows of the evaluation set the report shows, and which groups it withholds."""
    if material.report.redacted is not None:
        return material.report.redacted.said
    said = {
        "none": "None is shown or named (`examples: none`).",
        "full": "Examples are shown with their inputs and maps (`examples: full`).",
    }.get(
        material.plan("examples", default="none"),
        "Examples are named by id, with label and prediction; no input, text, map or error list is shown "
        "(`examples: redacted`).",
    )
    smallest = int(material.plan("disclosure", "smallest_cell", default=5))
    if not material.plan("groups", default=()) or smallest < 2:
        return said
    return f"{said} Groups of fewer than {smallest} rows are withheld, with every number that would tell them."


def _not_examined(material: Material) -> str:
    parts = ["security and deliberate attacks", "change over time", "effects of the model's use on people"]
    if not material.plan("groups", default=()):
        parts.insert(0, "differences between groups of people")
    if material.results.estimate("accuracy_drop").kind == "not_evaluated":
        parts.insert(0, "disturbed inputs")
    return f"{listing(parts).capitalize()}."
