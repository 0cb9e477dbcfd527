"""Section: what an explanation looks like for one case, as far as the plan lets examples be shown."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.figures import example_map
from auditor.report.figures._style import Picture
from auditor.report.material import MOST_METHODS, Material, Method
from auditor.report.numbers import percent
from auditor.report.printable import shorten
from auditor.report.record import Exemplar
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import Status

KIND = "Examples"
TITLE = "What does an explanation look like for one case?"
BOUNDARY = (
    "Shows what an explanation from this method looks like. No statement about any person's decision is made or supported. "
    "The cases were chosen by the printed rule before any attribution was computed."
)
_GROUPS = {"right": "Right", "wrong": "Wrong", "borderline": "Borderline"}


@dataclass(frozen=True)
class Case:
    """One example with its pictures."""

    heading: str
    """'Wrong: predicted 9, label 4'."""
    facts: str
    """Probability, shortened identifier."""
    rule: str
    pictures: tuple[tuple[str, Picture], ...]
    """(caption, picture): the input, then the methods' maps."""
    top: str
    """First features of the primary method with their shares."""


@dataclass(frozen=True)
class Examples:
    """Examples as the plan allows: pictures (full), identifiers and features only (redacted), or nothing (none)."""

    boundary: str
    withheld: str
    """Why there are no pictures or no examples; '' when everything is shown."""
    verdict: Status
    method: str
    cases: tuple[Case, ...]
    table: TableView | None
    colours: str
    """How to read the maps; '' without maps."""


def context(material: Material) -> Examples | None:
    """The section from the record; None when the audit explains nothing."""
    if material.primary is None:
        return None
    allowed = material.plan("examples", default="none")
    exemplars = material.report.exemplars if allowed in ("redacted", "full") else ()
    withheld = {
        "none": "Withheld: the plan allows no examples.",
        "redacted": "Withheld: the plan allows redacted examples only, so no input and no map is shown or stored.",
    }.get(allowed, "")
    if not exemplars and not withheld:
        withheld = "No case was available as an example."
    pictured = allowed == "full" and any(material.arrays.get(exemplar.file) for exemplar in exemplars)
    if exemplars and allowed == "full" and not pictured:
        withheld = "No pictures of these cases were stored."
    signed = material.primary.facts.signed
    return Examples(
        boundary=BOUNDARY,
        withheld=withheld,
        verdict=material.primary.verdict,
        method=material.primary.title,
        cases=tuple(_case(material, exemplar) for exemplar in exemplars) if pictured else (),
        table=_table(material, exemplars) if exemplars and not pictured else None,
        colours=(
            "How to read this: colour strength is the size of the attribution over the largest in that case, laid over a "
            "pale copy of "
            + (
                "the input. Orange speaks for the predicted class, blue against it, white is zero; "
                if signed
                else "the input; "
            )
            + "methods without a sign are drawn in one colour. Shares in the text are of the attribution's whole magnitude."
            if pictured
            else ""
        ),
    )


def _name(material: Material, index: int) -> str:
    return material.labels[index] if 0 <= index < len(material.labels) else "unknown"


def _top(material: Material, exemplar: Exemplar, most: int) -> str:
    found = exemplar.top.get(material.primary.name, ())[:most] if material.primary else ()
    return ", ".join(f"{material.feature(feature)}\u00a0({percent(share)}\u00a0%)" for feature, share in found)


def _case(material: Material, exemplar: Exemplar) -> Case:
    arrays = material.arrays.get(exemplar.file, {})
    image = arrays.get("image")
    pictures: list[tuple[str, Picture]] = []
    who = f"predicted {_name(material, exemplar.predicted)}, label {_name(material, exemplar.label)}"
    if image is not None:
        pictures.append(("input", example_map.input_picture(image, f"Input of a case that was {exemplar.group}: {who}.")))
    for method in [method for method in material.methods if method.name != "random"][:MOST_METHODS]:
        values = arrays.get(f"map:{method.name}")
        if values is not None:
            alt = _map_alt(material, exemplar, method)
            pictures.append((method.title, example_map.map_picture(image, values, method.facts.signed, alt)))
    return Case(
        heading=f"{_GROUPS[exemplar.group]}: {who}",
        facts=f"Probability {percent(exemplar.probability)}\u00a0%. Case {shorten(exemplar.sample_id, 20)}.",
        rule=shorten(exemplar.rule, 160),
        pictures=tuple(pictures),
        top=_top(material, exemplar, 3),
    )


def _map_alt(material: Material, exemplar: Exemplar, method: Method) -> str:
    first = ", ".join(
        f"{material.feature(feature)} {percent(share)} %" for feature, share in exemplar.top.get(method.name, ())[:3]
    )
    return f"Attribution by {method.title}; largest shares: {first or 'not stored'}."


def _table(material: Material, exemplars: tuple[Exemplar, ...]) -> TableView:
    rows: list[tuple[Cell, ...]] = [
        (
            shorten(exemplar.sample_id, 16),
            _GROUPS[exemplar.group],
            _name(material, exemplar.label),
            _name(material, exemplar.predicted),
            f"{percent(exemplar.probability)} %",
            _top(material, exemplar, 3),
            shorten(exemplar.rule, 100),
        )
        for exemplar in exemplars
    ]
    names = columns("Case", "Group", "Label", "Predicted", "#Probability", "First features", "Chosen because")
    return TableView("Cases and their first features", names, tuple(rows))
