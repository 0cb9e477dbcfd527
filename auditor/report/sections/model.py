"""Section: which model this is, and what its owner says it is for."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.material import TOPICS, Material
from auditor.report.numbers import count
from auditor.report.printable import shorten
from auditor.report.view import Cell, Statement, TableView, columns, cut
from auditor.report.words import listing

KIND = "Model"
TITLE = "Which model is this, and what is it for?"
MOST_LAYERS = 12
_HERE = ("intended_purpose", "out_of_scope_use", "human_oversight")


@dataclass(frozen=True)
class Model:
    """Identity and structure of the model, as measured; purpose, as declared."""

    declared: tuple[Statement, ...]
    missing: tuple[str, ...]
    """Topics the owner gave no statement on."""
    facts: TableView
    layers: TableView
    missing_capabilities: tuple[tuple[str, str], ...]
    """(capability, why it is missing)."""


def context(material: Material) -> Model:
    """The section from the record."""
    model = material.report.prepared.model
    shape = " × ".join(str(size) for size in model.input_shape)
    output = model.output.replace("_", " ")
    rows: list[tuple[Cell, ...]] = [
        ("Name and version", f"{model.name} {model.version}".strip()),
        ("Type", model.type),
        ("Parameters", f"{count(model.parameters)}, of which {count(model.trainable)} trainable; {model.dtype}"),
        ("Input, output", f"{shape}; {len(model.classes):,} {output}, head {model.head}"),
        ("Classes", listing(material.labels, 20)),
        ("Capabilities found", listing(model.can) or "none"),
        ("Built", model.built),
    ]
    described = material.plan("model", "description", default="")
    if described:
        rows.insert(1, ("Description (from the plan)", described))
    layers: list[tuple[Cell, ...]] = [
        (shorten(name, 60) or "(root)", shorten(kind, 40), count(parameters)) for name, kind, parameters in model.layers
    ]
    shown, note = cut(layers, MOST_LAYERS)
    declared, missing = declared_and_missing(material, _HERE)
    others = [key for key in material.plan("declared", default={}) if key not in TOPICS]
    return Model(
        declared=declared + tuple(said for key in others if (said := material.statement(key))),
        missing=missing,
        facts=TableView("The model as it was measured", columns("Property", "Value"), tuple(rows)),
        layers=TableView("Modules that own parameters", columns("Name", "Type", "#Parameters"), shown, note),
        missing_capabilities=tuple(sorted(model.reasons.items())),
    )


def declared_and_missing(material: Material, keys: tuple[str, ...]) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """Statements under `keys`, and the topics of those that are absent."""
    found = [(key, material.statement(key)) for key in keys]
    return tuple(said for _, said in found if said), tuple(TOPICS[key] for key, said in found if said is None)
