"""Section: what an explanation looks like for one case, as far as the plan lets examples be shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.report import legend
from auditor.report.figures import example_map, example_series
from auditor.report.figures._style import Picture
from auditor.report.marked_text import Piece, marked_text
from auditor.report.material import Material, Method
from auditor.report.numbers import percent
from auditor.report.printable import printable, shorten
from auditor.report.record import Exemplar
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import Status, listing

KIND = "Examples"
TITLE = "What does an explanation look like for one case?"
BOUNDARY = (
    "Shows what an explanation from this method looks like. No statement about any person's decision is made or supported. "
    "The cases were chosen by the printed rule before any attribution was computed."
)
_GROUPS = {"right": "Right", "wrong": "Wrong", "borderline": "Borderline"}


@dataclass(frozen=True)
class Case:
    """One example with its pictures or its text."""

    heading: str
    """'Wrong: predicted 9, label 4'."""
    facts: str
    """Probability, shortened identifier."""
    rule: str
    pictures: tuple[tuple[str, Picture], ...]
    """(caption, picture): the input, then the methods' maps."""
    plot: Picture | None
    """A series with its stretches shaded; None for other inputs."""
    text: tuple[Piece, ...]
    """A text with its words marked; () for other inputs."""
    top: str
    """First features of the primary method with their shares."""
    others: str
    """First features of further methods, where their maps are not shown."""


COARSENED = (
    "Of a table with declared groups the run stores coarsened inputs of up to 5,000 rows under their ids, which this file does "
    "not hold."
)


@dataclass(frozen=True)
class Examples:
    """Examples as the plan allows: inputs and maps (full), identifiers and features only (redacted), or nothing (none)."""

    boundary: str
    withheld: str
    """Why there are no pictures or no examples; '' when everything is shown."""
    method: str
    """The primary one, whose first features are printed."""
    methods: tuple[tuple[str, Status], ...]
    """(title, verdict) of every method that is shown."""
    left: str
    """Which methods are not shown; '' for none."""
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
        "none": "Withheld: the plan allows no examples (`examples: none`), so no single row is shown or named.",
        "redacted": "Withheld: the plan allows redacted examples only, so no input, text or map of a row is shown.",
    }.get(allowed, "")
    if allowed == "redacted" and "inputs" in material.report.evidence:
        withheld += " " + COARSENED
    if material.report.redacted is not None:
        withheld = "Withheld: this is a redacted copy, which shows no single row."
    withheld = withheld or ("" if exemplars else "No case was available as an example.")
    cases = tuple(_case(material, exemplar, material.primary) for exemplar in exemplars) if allowed == "full" else ()
    pictured = any(case.pictures or case.plot or case.text for case in cases)
    drawn = material.methods_in_body if pictured else (material.primary,)
    others = [one.title for one in material.methods if one not in drawn and one.name != "random"]
    withheld = "No pictures of these cases were stored." if exemplars and allowed == "full" and not pictured else withheld
    return Examples(
        boundary=BOUNDARY,
        withheld=withheld,
        method=material.primary.title,
        methods=tuple((one.title, one.verdict) for one in drawn),
        left=f"Left out: {listing(others)}." if others and pictured else "",
        cases=cases if pictured else (),
        table=_table(material, exemplars) if exemplars and not pictured else None,
        colours=_legend(cases, material.primary) if pictured else "",
    )


def _legend(cases: tuple[Case, ...], method: Method) -> str:
    if any(case.text for case in cases):
        return legend.of_texts(method)
    if any(case.plot for case in cases):
        return legend.of_series(method)
    return legend.of_pictures(method, any(shot.media == "image/jpeg" for case in cases for _, shot in case.pictures))


def _name(material: Material, index: int) -> str:
    return material.labels[index] if 0 <= index < len(material.labels) else "unknown"


def _top(material: Material, exemplar: Exemplar, method: Method, most: int = 3) -> str:
    found = exemplar.top.get(method.name, ())[:most]
    return ", ".join(f"{shorten(material.feature(feature), 40)}\u00a0({percent(share)}\u00a0%)" for feature, share in found)


def _who(material: Material, exemplar: Exemplar) -> str:
    """'predicted 9, label 4'; with several labels, all of them."""
    truth, predicted = _truth_and_prediction(material, exemplar)
    if not material.several:
        return f"predicted {predicted}, label {truth}"
    return f"predicted {predicted}; labels {truth}; explained {_name(material, exemplar.predicted)}"


def _case(material: Material, exemplar: Exemplar, primary: Method) -> Case:
    text = marked_text(material.arrays.get(exemplar.file, {}), primary.name, primary.facts.signed)
    plot = _plot(material, exemplar, primary)
    said = [f"{one.title}: {first}" for one in material.methods_in_body[1:] if (first := _top(material, exemplar, one))]
    return Case(
        heading=f"{_GROUPS[exemplar.group]}: {_who(material, exemplar)}",
        facts=f"Probability {percent(exemplar.probability)}\u00a0%. Case {shorten(exemplar.sample_id, 20)}.",
        rule=shorten(exemplar.rule, 160),
        pictures=() if text or plot else _pictures(material, exemplar),
        plot=plot,
        text=text,
        top=_top(material, exemplar, primary),
        others="; ".join(said) if text or plot else "",
    )


def _pictures(material: Material, exemplar: Exemplar) -> tuple[tuple[str, Picture], ...]:
    """The input, then the maps of the methods laid over it."""
    arrays = material.arrays.get(exemplar.file, {})
    image = arrays.get("image")
    pictures: list[tuple[str, Picture]] = []
    if image is not None:
        said = f"Input of a case that was {exemplar.group}: {_who(material, exemplar)}."
        pictures.append(("input", example_map.input_picture(image, said)))
    for method in material.methods_in_body:
        values = arrays.get(f"map:{method.name}")
        if values is not None and values.ndim == 2:
            alt = _map_alt(material, exemplar, method)
            pictures.append((method.title, example_map.map_picture(image, values, method.facts.signed, alt)))
    return tuple(pictures)


def _plot(material: Material, exemplar: Exemplar, method: Method) -> Picture | None:
    """The series of an example; None for other inputs."""
    arrays = material.arrays.get(exemplar.file, {})
    series = np.asarray(arrays.get("series", np.empty(0)), dtype=np.float64)
    if series.ndim != 2 or not series.size:
        return None
    stored = arrays.get("names", np.empty(0))
    names = [shorten(printable(str(name)), 40) for name in stored] if stored.dtype.kind == "U" and stored.ndim == 1 else []
    if len(names) != len(series):
        names = [f"channel {place + 1}" for place in range(len(series))]
    values = arrays.get(f"map:{method.name}")
    values = np.asarray(values, dtype=np.float64) if values is not None and values.shape == series.shape else None
    alt = f"Series of {len(series)} channels and {series.shape[1]:,} steps, {_who(material, exemplar)}. "
    return example_series.draw(series, names, values, method.facts.signed, alt + _map_alt(material, exemplar, method))


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
            *_truth_and_prediction(material, exemplar),
            f"{percent(exemplar.probability)} %",
            _top(material, exemplar, material.primary) if material.primary else "",
            shorten(exemplar.rule, 100),
        )
        for exemplar in exemplars
    ]
    names = columns("Case", "Group", "Label", "Predicted", "#Probability", "First features", "Chosen because")
    return TableView("Cases and their first features", names, tuple(rows))


def _truth_and_prediction(material: Material, exemplar: Exemplar) -> tuple[str, str]:
    if not material.several:
        return _name(material, exemplar.label), _name(material, exemplar.predicted)
    return _names(material, exemplar.labels), _names(material, exemplar.called)


def _names(material: Material, found: tuple[int, ...] | None) -> str:
    return "unknown" if found is None else listing([_name(material, index) for index in found], 4) or "none"
