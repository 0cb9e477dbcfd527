"""Section: on what data the model was evaluated, and which cases were selected for explanation."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import Table
from auditor.report.material import Material
from auditor.report.numbers import count, decimal
from auditor.report.sections.model import declared_and_missing
from auditor.report.view import Cell, Statement, TableView, columns, cut

KIND = "Data"
TITLE = "On what data was it examined?"
MOST_ROWS = 30
_GIVEN = ("representativeness", "data_governance", "special_category_data")
"""Statements printed where declared, not asked for."""
_SAMPLING = {
    "simple": "simple random sample (declared)",
    "by_label": "sampled by label (declared)",
    "by_group": "sampled by group (declared)",
    "unknown": "not declared; treated as a simple random sample",
}
_SEEN = {
    "unknown": "unknown. Independence of test from training data: not examined",
    "no": "no (stated in the plan; not examined)",
    "yes": "yes (stated in the plan): figures describe seen data",
}


@dataclass(frozen=True)
class Data:
    """The evaluation set as it was read."""

    declared: tuple[Statement, ...]
    missing: tuple[str, ...]
    facts: TableView
    classes: TableView
    features: str
    """What a feature is."""
    selection: str
    """How cases were chosen for explanation, and which strata are empty."""


def context(material: Material) -> Data:
    """The section from the record."""
    data = material.report.prepared.data
    declared, missing = declared_and_missing(material, ("ground_truth", "training_data"))
    declared += tuple(said for key in _GIVEN if (said := material.statement(key)))
    described = material.plan("data", "description", default="")
    rows: list[tuple[Cell, ...]] = [
        ("Name", f"{data.name} {material.plan('data', 'version', default='')}".strip()),
        ("Rows", f"{count(data.supplied)} supplied, {count(data.evaluated)} evaluated, {count(data.labelled)} labelled"),
        ("Excluded", "; ".join(f"{count(rows)} ({why})" for why, rows in sorted(data.excluded.items())) or "none"),
        ("Duplicates", f"{count(data.duplicates)} rows equal an earlier row after decoding"),
        (
            "Independent unit",
            f"{data.unit}: {count(data.units)} units" if data.unit else "each row is independent (not declared)",
        ),
        ("Sampling", _SAMPLING.get(data.sampling, data.sampling)),
        ("Seen in training", _SEEN.get(data.seen_in_training, data.seen_in_training)),
        *([("Preprocessing (as the plan states)", data.preprocessing)] if data.preprocessing else []),
        *([("Notes from reading", "; ".join(data.notes))] if data.notes else []),
        ("Values received by the model", f"{decimal(data.minimum)} to {decimal(data.maximum)}"),
        ("Sample identifiers", "keyed hashes" if data.ids == "hashed" else "plain, as supplied"),
    ]
    if described:
        rows.insert(1, ("Description (from the plan)", described))
    return Data(
        declared=declared,
        missing=missing,
        facts=TableView("The evaluation set", columns("Property", "Value"), tuple(rows)),
        classes=_classes(material),
        features=material.report.prepared.features.description,
        selection=_selection(material),
    )


def _classes(material: Material) -> TableView:
    if material.several:
        return _labels(material)
    prepared = material.report.prepared
    selected = [0] * len(material.classes)
    wrong = [0] * len(material.classes)
    for stratum in prepared.strata:
        if 0 <= stratum.predicted < len(selected):
            selected[stratum.predicted] += stratum.selected
            wrong[stratum.predicted] += stratum.selected if stratum.right is False else 0
    labels, predicted = prepared.data.label_counts, prepared.data.predicted_counts
    rows: list[tuple[Cell, ...]] = [
        (name, count(labels[index]), count(predicted[index]), count(selected[index]), count(wrong[index]))
        for index, name in enumerate(material.labels[: min(len(labels), len(predicted))])
        if len(material.labels) <= MOST_ROWS or labels[index] + predicted[index]
    ]
    absent = len(material.labels) - len(rows)
    shown, note = cut(rows, MOST_ROWS)
    note = " ".join(filter(None, [note, _left_out(absent)]))
    names = columns("Class", "#Rows by label", "#Rows by prediction", "#Selected for explanation", "#Of these wrong")
    return TableView("Rows per class", names, shown, note)


def _left_out(classes: int) -> str:
    if classes == 1:
        return "One class without a row is left out."
    return f"{classes:,} classes without a row are left out." if classes else ""


def _labels(material: Material) -> TableView:
    """Rows per label; a row stands under each of its labels."""
    table = material.results.table("class_counts")
    rows: list[tuple[Cell, ...]] = []
    if isinstance(table, Table):
        rows = [
            (label, *(count(float(value or 0)) for value in row[1:]))
            for label, row in zip(material.labels, table.rows, strict=False)
        ]
    shown, note = cut(rows, MOST_ROWS)
    names = columns("Label", "#Rows that have it", "#Rows for which it is predicted", "#Of these rightly", "#Cases explained")
    return TableView("Rows per label; a row counts under each of its labels", names, shown, note)


def _selection(material: Material) -> str:
    strata = material.report.prepared.strata
    cases = sum(stratum.selected for stratum in strata)
    if not cases:
        return "No case was selected for explanation."
    empty = sum(stratum.rows == 0 for stratum in strata)
    explained = material.report.prepared.cases
    pairs = f" ({count(explained)} cases: at most three predicted labels each)" if material.several and explained else ""
    what, seed = "samples" if material.several else "cases", material.report.prepared.seed
    if material.report.prepared.sequential:
        said = (
            f"{count(cases)} {what}{pairs} were drawn look by look, by a rule fixed before the run, in strata of "
            f"predicted class and right or wrong, with seed {seed}. Every case carries the weight of the rows it stands for, "
            "so that overall figures describe all evaluated rows."
        )
    else:
        said = (
            f"{count(cases)} {what}{pairs} were drawn before any attribution was computed, in strata of predicted class "
            f"and right or wrong, with seed {seed}. Every case carries the weight of the rows it stands for, so that overall "
            "figures describe all evaluated rows."
        )
    return f"{said} Of {len(strata)} strata, {empty} without rows." if empty else said
