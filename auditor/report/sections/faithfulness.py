"""Section: whether the order of importance that a method gives carries information, before anything rests on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.evidence.selftest import NOT_RUN
from auditor.report.criteria_table import criteria_table
from auditor.report.figures import removal_curves
from auditor.report.figures._style import Picture
from auditor.report.material import Material, Method
from auditor.report.method_curves import HOW_TO_READ, curve_panels, points_table
from auditor.report.method_parts import part_tables
from auditor.report.numbers import count, decimal, narrow, with_interval
from auditor.report.shown import shown
from auditor.report.verdicts import verdict_reason
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import Status, listing, sentence

KIND = "Explanations"
TITLE = "Does the order of importance carry information?"


@dataclass(frozen=True)
class MethodView:
    """One method with its curves."""

    title: str
    verdict: Status
    reason: str
    """Why the verdict is what it is."""
    criteria: TableView | None
    """Outcome of each criterion of the verdict; None where the record holds none."""
    facts: str
    """Options, unit, completeness."""
    curves: Picture | None
    caption: str
    """Over the curves, which may begin a page; '' where the method's name stands right above them."""
    table: TableView | None
    gap: str
    """Why there are no curves; '' when there are."""


@dataclass(frozen=True)
class Faithfulness:
    """Faithfulness of every method, with the control."""

    protocol: str
    """What was removed, replaced by what, in how many steps, scored how."""
    overview: TableView
    elsewhere: str
    """Methods whose criteria stand in the record only; '' for none."""
    how_to_read: str
    """Of curves; '' where none is drawn."""
    methods: tuple[MethodView, ...]
    """The primary one and at most two others."""
    parts: tuple[TableView, ...]
    """Margins of parts of the cases, layers randomised one by one, other tools' numbers: those there are."""
    fill_note: str
    """What margins and curves do not show; '' where there are neither."""
    instrument: str
    """The instrument's own test; '' where the record does not tell."""


def context(material: Material) -> Faithfulness:
    """The section from the record."""
    methods = tuple(_method(material, method) for method in material.methods_in_body)
    return replace(_faithfulness(material, methods, part_tables(material)), elsewhere=_elsewhere(material))


def _faithfulness(material: Material, methods: tuple[MethodView, ...], parts: tuple[TableView, ...]) -> Faithfulness:
    fills = [material.fill, *(fill.name for fill in material.report.prepared.fills if fill.name != material.fill)]
    drawn = any(one.curves for one in methods)
    return Faithfulness(
        protocol=_protocol(material),
        overview=_overview(material, fills),
        elsewhere="",
        how_to_read=HOW_TO_READ if drawn else "",
        methods=methods,
        parts=parts,
        fill_note=(
            "Inputs with features replaced are inputs the model may never have seen. A margin therefore holds for the "
            "printed fill only, "
            "and areas are comparable only under the same protocol."
            if drawn or any(isinstance(one, Estimate) for one in material.results.named("faithfulness_margin"))
            else ""
        ),
        instrument=_instrument(material.report.prepared.environment.selftest),
    )


def _elsewhere(material: Material) -> str:
    """Where the criteria of methods without a part of the body are."""
    body = material.methods_in_body
    others = [one.title for one in material.methods if one not in body and one.finding is not None and one.finding.criteria]
    return f"What the verdict on {listing(others)} rests on: in the attached report.json, under findings." if others else ""


def _instrument(line: str) -> str:
    """The stored line of the self-test as a sentence."""
    if line == NOT_RUN:
        return "Instrument self-test: not run on this machine."
    return f"{line[:1].upper()}{line[1:]}." if line else ""


def short(material: Material) -> Faithfulness:
    """The overview of all methods under the primary fill; other fills and curves are in the full report."""
    made = _faithfulness(material, (), ())
    return replace(made, overview=_overview(material, [material.fill]))


def _protocol(material: Material) -> str:
    prepared = material.report.prepared
    fill = next((fill for fill in prepared.fills if fill.name == material.fill), None)
    said = f"Features ({prepared.features.description}) are removed in the method's order in {prepared.steps} steps"
    if prepared.features.most or not prepared.features.names:
        said += " (a case with fewer features has fewer; curves are averaged at equal shares of them)"
    said += f" and replaced by: {fill.description}" if fill else ""
    samples = sum(stratum.selected for stratum in prepared.strata)
    of = f"class predicted for the untouched input; {count(samples)} cases, weighted to all evaluated rows."
    if material.several:
        of = (
            f"label explained, one of those predicted for the untouched input (at most three per sample); {count(samples)} "
            "samples, weighted to all evaluated rows, each counted once as the mean over its labels."
        )
    return (
        f"{said}. The score is the {material.score} of the {of} Random order: ten orders per case in five pairs, each an order "
        "and its reverse."
    )


def _overview(material: Material, fills: list[str]) -> TableView:
    rows: list[tuple[Cell, ...]] = []
    for method in material.methods:
        for fill in fills:
            by = {"method": method.name, "fill": fill}
            found = [material.results.estimate(name, by) for name in _COLUMNS]
            if fill != material.fill and all(isinstance(result, NotEvaluated) for result in found):
                continue
            name = method.title if fill == material.fill else f"{method.title}, fill {fill}"
            rows.append((name, method.verdict, *map(_cell, found[:-1]), narrow(shown(found[-1], unit="fraction").cell)))
    names = columns(
        "Method", "Verdict", "#Deletion area", "#Insertion area", "#Margin", "#Normalised margin", "#Share beating random"
    )
    note = (
        "Margin: insertion area − deletion area; exactly 0 is expected of a random order. Share beating random: ½ is "
        "expected of a random order. 95 % intervals in brackets."
    )
    if any("–" in row for row in rows):
        note += f" – stands for what was not evaluated, with its reason in section {material.sections['limits']}."
    return TableView("Every method of the audit", names, tuple(rows), note)


_COLUMNS = ("deletion_auc", "insertion_auc", "faithfulness_margin", "normalised_margin", "beats_random_share")


def _cell(result: Estimate | NotEvaluated) -> str:
    if isinstance(result, NotEvaluated):
        return "–"
    interval = result.interval
    return with_interval(result.value, interval.low, interval.high) if interval else decimal(result.value)


def _method(material: Material, method: Method) -> MethodView:
    panels, gap = curve_panels(material, method, material.fill)
    criteria = criteria_table(method.title, method.finding, bounds=method == material.methods_in_body[0])
    return MethodView(
        title=method.title,
        verdict=method.verdict,
        reason=verdict_reason(method.finding),
        criteria=criteria,
        facts=_facts(material, method),
        curves=removal_curves.draw(method.title, material.score, panels) if panels else None,
        caption=f"{method.title}: curves, fill {material.fill}" if criteria else "",
        table=points_table(material, method, material.fill, panels) if panels else None,
        gap=sentence(gap) if not panels else "",
    )


def _facts(material: Material, method: Method) -> str:
    chosen = {name: value for name, value in sorted(method.facts.options.items()) if value is not None and value is not False}
    layers = material.report.prepared.model.layer_table
    if any(layer.name == chosen.get("layer") and (layer.calls or 0) > 1 for layer in layers):
        chosen["layer"] = f"{chosen['layer']} (its last call)"
    options = listing([f"{name} {'on' if value is True else value}" for name, value in chosen.items()])
    said = f"Options: {options or 'none'}. Values in {method.facts.unit}."
    share = material.results.estimate("completeness_share", {"method": method.name})
    if isinstance(share, Estimate):
        figure = shown(share, unit="fraction")
        said += f" Complete within 5 % of the difference for {figure.cell} of cases, n = {figure.n}."
    elif method.facts.complete:
        said += f" Completeness: not evaluated ({share.reason})."
    ties = material.results.estimate("tie_share", {"method": method.name, "fill": material.fill})
    if isinstance(ties, Estimate) and ties.value > 0:
        figure = shown(ties, unit="fraction")
        said += f" Curve points that cut through tied features: {figure.cell}, n = {figure.n}."
    return said
