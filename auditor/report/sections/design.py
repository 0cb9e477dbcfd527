"""Section: what was fixed before the run: the primary analysis, the controls, the gates; and whether it stayed so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.evidence.facts import Prepared
from auditor.report.gates import GateRow, gate_rows, thresholds_note
from auditor.report.looks import looks_table
from auditor.report.material import Material
from auditor.report.numbers import count
from auditor.report.sections.model import declared_and_missing
from auditor.report.view import Cell, Statement, TableView, columns
from auditor.report.words import NO_GATES, listing, sentence

MOST_GATES = 12
"""Gates in a summary."""

KIND = "Design"
TITLE = "Was it decided beforehand?"
_ORDERS = {"magnitude": "|x \u2212 fill|", "centre": "centre first", "position": "earliest first"}


@dataclass(frozen=True)
class Design:
    """Plan of the evaluation, and its thresholds."""

    declared: tuple[Statement, ...]
    missing: tuple[str, ...]
    """Topics the owner gave no statement on: why these metrics."""
    facts: TableView | None
    """None in a summary."""
    looks: TableView | None
    """Where a rule chose how many cases are explained: its looks; None in a summary too."""
    gates: tuple[GateRow, ...]
    """All gates, failed first, with what to do."""
    no_gates: str
    """The fixed sentence where there are none; '' else."""
    note: str
    """Whether the thresholds changed, who chose them, what no gate looks at."""


def context(material: Material) -> Design:
    """The section from the record."""
    declared, missing = declared_and_missing(material, ("metric_choice",))
    gates = gate_rows(material)
    return Design(
        declared=declared,
        missing=missing,
        facts=TableView("Fixed in the plan", columns("Part", "Choice"), tuple(_facts(material))),
        looks=looks_table(material),
        gates=gates,
        no_gates="" if gates else NO_GATES,
        note=thresholds_note(material, gates),
    )


def short(material: Material) -> Design:
    """The gates, as many as leave room for the rest; the settings are in the full report."""
    made = context(material)
    left = len(made.gates) - MOST_GATES
    more = f"The full report lists all {len(made.gates)} gates. " if left > 0 else ""
    return replace(made, declared=(), facts=None, looks=None, gates=made.gates[:MOST_GATES], note=more + made.note)


def _further(prepared: Prepared, fills: list[str]) -> str:
    """Fills of all cases, and those that only verdicts look at."""
    trust = prepared.trust
    some = (
        f"for the verdicts {listing([fill.name for fill in trust.fills])} on {trust.curve_cases:,} cases" if trust.fills else ""
    )
    return "; ".join(filter(None, [listing(fills) or ("" if some else "none"), some]))


def _facts(material: Material) -> list[tuple[Cell, ...]]:
    prepared, plan = material.report.prepared, material.plan
    primary = material.primary
    others = [method.title for method in material.methods if method is not primary and method.name != "random"]
    fills = [fill.name for fill in prepared.fills if fill.name != material.fill]
    planned, steps = plan("primary", "steps", default=prepared.steps), prepared.steps
    named = f"{primary.title}; curves of the {material.score} in {steps} steps, fill {material.fill}" if primary else ""
    if primary and planned != steps:
        named = (
            f"{primary.title}; curves of the {material.score} in {steps} steps ({planned} planned, {steps} features), "
            f"fill {material.fill}"
        )
    groups = listing([str(name) for name in plan("groups", default=())])
    found: list[tuple[str, str]] = [
        ("Primary analysis", named or "none: no method explains this model"),
        ("Further methods", listing(others) or "none"),
        ("Further fills of curves", _further(prepared, fills)),
        ("Cases explained", _cases(material)),
        ("Controls of the methods", _controls(material)),
        ("Verdict on a method", _bounds(material)),
        ("Groups", f"declared: {groups}" if groups else "none declared"),
        ("Corruptions", _corruptions(material)),
        ("Uncertainty", "95 % intervals; how each was made stands under its table"),
    ]
    return [(part, sentence(choice)) for part, choice in found]


def _cases(material: Material) -> str:
    prepared = material.report.prepared
    cases = count(sum(stratum.selected for stratum in prepared.strata))
    if prepared.sequential:
        return f"{cases}, drawn with seed {prepared.seed}; their number was chosen by a rule, below"
    return f"{cases}, drawn with seed {prepared.seed}"


def _controls(material: Material) -> str:
    trust = material.report.prepared.trust
    said = ["ten random orders per case"]
    if trust.orders:
        said.append(f"orders that see no model ({listing([_ORDERS.get(one, one) for one in trust.orders])})")
    if trust.copies:
        said.append(f"{trust.copies} copies of the model with random weights")
    return listing(said)


def _bounds(material: Material) -> str:
    """The bounds of the criteria; the same for every method."""
    found = [finding.bound for finding in material.report.findings if finding.kind == "verdict" and finding.bound]
    return f"criteria: {found[0]}" if found else "no criteria were applied"


def _corruptions(material: Material) -> str:
    facts = material.report.prepared.robustness
    if facts is None:
        return "none planned"
    names = listing([one.title for one in facts.corruptions], 8)
    return f"{names}; at severity {listing([str(one) for one in sorted(facts.severities)])}"
