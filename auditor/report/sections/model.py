"""Section: which model this is, and what its owner says it is for."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.model_summary import of_facts, sizes
from auditor.evidence.results import NotEvaluated
from auditor.judge.declarations import TITLES
from auditor.report.figures import example_map, feature_maps
from auditor.report.figures._style import Picture
from auditor.report.material import TOPICS, Material
from auditor.report.model_layers import activation_view, layer_name, layer_view, most_still
from auditor.report.numbers import count, digest
from auditor.report.printable import printable, shorten
from auditor.report.record import Exemplar
from auditor.report.view import Cell, Statement, TableView, columns
from auditor.report.words import listing, sentence

KIND = "Model"
TITLE = "Which model is this, and what is it for?"
_HERE = ("intended_purpose", "out_of_scope_use")
_GIVEN = ("provider", "limitations", "explanation_use", "development")
"""Printed here where declared, not asked for."""


@dataclass(frozen=True)
class Inside:
    """Feature maps of one example."""

    heading: str
    """'Right: predicted 9, label 9'."""
    input: Picture | None
    layers: tuple[tuple[str, Picture], ...]
    """(layer and what is shown of it, its channels side by side)."""


@dataclass(frozen=True)
class Model:
    """Identity and structure of the model, as measured; purpose, as declared."""

    declared: tuple[Statement, ...]
    missing: tuple[str, ...]
    """Topics the owner gave no statement on."""
    facts: TableView
    layers: TableView | None
    unseen: str
    """Why there is no layer to list; '' where there is one."""
    missing_capabilities: str
    """(capability, why it is missing)."""
    activations: TableView | None
    still: str
    """The layer with the most units that never act, or why activations were not evaluated."""
    inside: tuple[Inside, ...]
    examples: str
    """Number of the section on examples."""


def context(material: Material) -> Model:
    """The section from the record."""
    model = material.report.prepared.model
    declared, missing = declared_and_missing(material, _HERE)
    others = [key for key in material.plan("declared", default={}) if key in _GIVEN or key not in {*TITLES, *TOPICS}]
    found = material.results.table("layer_activations")
    return Model(
        declared=declared + tuple(said for key in others if (said := material.statement(key))),
        missing=missing,
        facts=TableView("The model as it was measured", columns("Property", "Value"), _facts(material)),
        layers=layer_view(model),
        unseen=sentence(f"not evaluated: {model.layer_note or 'the model has no parameters that could be listed'}"),
        missing_capabilities=_missing(material),
        activations=None if isinstance(found, NotEvaluated) else activation_view(found),
        still=sentence(f"not evaluated: {found.reason}") if isinstance(found, NotEvaluated) else most_still(found),
        inside=tuple(made for exemplar in material.report.exemplars if (made := _inside(material, exemplar))),
        examples=material.sections["examples"],
    )


_CONCERNS = {"grid": ("image",), "attention": ("image", "text")}
"""Capabilities that mean something for some kinds of data only."""


def _missing(material: Material) -> str:
    prepared = material.report.prepared
    every = sorted(prepared.model.reasons.items())
    kind = prepared.data.modality
    said = [f"{name}: {reason.rstrip('.')}" for name, reason in every if kind in _CONCERNS.get(name, (kind,))]
    return sentence("; ".join(said)) if said else ""


def _facts(material: Material) -> tuple[tuple[Cell, ...], ...]:
    model = material.report.prepared.model
    summary = of_facts(model)
    inputs = "; ".join(f"{shorten(name, 24)}: {sizes(shape[:-1])}, {shape[-1]}" for name, shape in summary.inputs.items())
    times = "" if model.multiply_adds is None else f"; {count(model.multiply_adds)} multiply-adds a row"
    trained = "all" if model.trainable == model.parameters else f"of which {count(model.trainable)}"
    rows: list[tuple[Cell, ...]] = [
        ("Name and version", f"{model.name} {model.version}".strip()),
        ("Type", f"{model.type}, built {model.built}"),
        ("Size", f"{count(model.parameters)} parameters, {trained} trainable; {model.dtype}{times}"),
        ("Input of one row", inputs),
        ("Output of one row", "; ".join([summary.meaning, *(f"shape {sizes(shape)}" for shape in summary.outputs[:3])])),
        ("Classes", listing(material.labels, 20)),
        ("State", f"SHA-256 {digest(model.state_sha256)} (whole in section {material.sections['provenance']})"),
        ("Capabilities found", listing(model.can) or "none"),
    ]
    described = material.plan("model", "description", default="")
    if described:
        rows.insert(1, ("Description (from the plan)", described))
    return tuple(rows)


def _inside(material: Material, exemplar: Exemplar) -> Inside | None:
    """Feature maps of an example where the run holds them."""
    arrays = material.arrays.get(exemplar.maps, {})
    if "names" not in arrays:
        return None
    who = f"predicted {_class(material, exemplar.predicted)}, label {_class(material, exemplar.label)}"
    layers = []
    for number, stored in enumerate(arrays["names"].tolist()):
        name = shorten(printable(layer_name(str(stored))), 40)
        channels, height, width = (int(size) for size in arrays[f"shape:{number}"])
        chosen = [str(channel) for channel in arrays[f"channels:{number}"].tolist()]
        of = f"{name}: {len(chosen)} of {channels:,} channels, {height} × {width}"
        alt = f"Feature maps of layer {name} ({who}): channels {listing(chosen)} of {channels:,}, those with the largest mean."
        layers.append((of, feature_maps.draw(arrays[f"maps:{number}"], alt)))
    image = material.arrays.get(exemplar.file, {}).get("image")
    shot = None if image is None else example_map.input_picture(image, f"Input of a case that was {exemplar.group}: {who}.")
    return Inside(f"{exemplar.group.capitalize()}: {who}", shot, tuple(layers))


def _class(material: Material, index: int) -> str:
    return material.labels[index] if 0 <= index < len(material.labels) else "unknown"


def declared_and_missing(material: Material, keys: tuple[str, ...]) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """Statements under `keys`, and the topics of those that are absent."""
    found = [(key, material.statement(key)) for key in keys]
    return tuple(said for _, said in found if said), tuple(TOPICS[key] for key, said in found if said is None)
