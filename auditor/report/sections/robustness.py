"""Section: accuracy under listed corruptions of the raw samples. Only audits whose plan lists some have it."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import Estimate
from auditor.evidence.robustness_facts import SHEET, CorruptionFacts, RobustnessFacts
from auditor.report.figures import corruption_lines, example_map
from auditor.report.figures._style import Picture
from auditor.report.figures.corruption_lines import Point
from auditor.report.material import Material
from auditor.report.shown import Shown, shown
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import listing, sentence

KIND = "Robustness"
TITLE = "Does it stay right when its inputs are disturbed?"
NO_ATTACKS = (
    "This is no test of attacks: the disturbances are listed, random and made without looking at the model. "
    "Inputs that somebody chooses in order to mislead the model were not tested."
)


@dataclass(frozen=True)
class Robustness:
    """Accuracy with and without each corruption, on the same rows."""

    worst: Shown
    """The largest drop of all, with the interval that holds for the largest one."""
    worst_where: str
    """'Gaussian noise at severity 5'; '' when not evaluated."""
    clean: Shown
    rows: str
    """Which rows were corrupted."""
    no_attacks: str
    picture: Picture | None
    cells: TableView | None
    done: TableView | None
    """What each corruption does and where it is from."""
    how_to_read: str
    gaps: tuple[str, ...]
    """What was listed and could not be done, with the reason."""
    sheet: tuple[tuple[str, Picture], ...]
    """One image undisturbed and under each corruption: (caption, picture); () unless the plan allows full examples."""


def context(material: Material) -> Robustness | None:
    """The section from the record; None where the plan lists no corruptions."""
    facts = material.report.prepared.robustness
    if facts is None:
        return None
    done = tuple(one for one in facts.corruptions if not one.reason)
    worst = material.results.estimate("worst_corruption")
    drawn = f"drawn at random from {facts.drawn_from:,}" if facts.rows < facts.drawn_from else "all of them"
    return Robustness(
        worst=shown(worst, "Largest drop", points=True),
        worst_where=worst_where(material),
        clean=shown(material.results.estimate("uncorrupted_accuracy"), material.title("accuracy")),
        rows=f"{facts.rows:,} evaluated rows, {drawn}; the same rows for every corruption and severity.",
        no_attacks=NO_ATTACKS,
        picture=_picture(material, facts, done),
        cells=_cells(material, facts, done),
        done=_done(facts, done),
        how_to_read=(
            "How to read this: drop is accuracy without the corruption minus accuracy with it, each row compared with itself; "
            "+ means that the corruption does harm. Changed: share of rows whose prediction is another one, right or wrong. "
            "A drop near zero holds for this disturbance at this strength and for these data, not for disturbances in general."
        ),
        gaps=tuple(f"{one.title}: {sentence(one.reason)}" for one in facts.corruptions if one.reason),
        sheet=_sheet(material, facts, done),
    )


def worst_where(material: Material) -> str:
    """'Gaussian noise at severity 5', the place of the largest drop; '' when that was not evaluated."""
    facts, worst = material.report.prepared.robustness, material.results.estimate("worst_corruption")
    if facts is None or not isinstance(worst, Estimate) or not worst.notes:
        return ""
    name, _, severity = worst.notes[0].removeprefix("Largest for ").removesuffix(".").partition(" at ")
    return next((f"{one.title} at {severity}" for one in facts.corruptions if one.name == name), "")


def _points(material: Material, facts: RobustnessFacts, one: CorruptionFacts) -> tuple[Point, ...]:
    found = []
    for severity in sorted(facts.severities):
        result = material.results.estimate("corrupted_accuracy", {"corruption": one.name, "severity": str(severity)})
        if isinstance(result, Estimate) and result.interval:
            found.append((severity, result.value, result.interval.low, result.interval.high))
    return tuple(found)


def _picture(material: Material, facts: RobustnessFacts, done: tuple[CorruptionFacts, ...]) -> Picture | None:
    clean = material.results.estimate("uncorrupted_accuracy")
    panels = [(one.title, points) for one in done if (points := _points(material, facts, one))]
    if not panels or not isinstance(clean, Estimate):
        return None
    return corruption_lines.draw(clean.value, tuple(panels[: corruption_lines.MOST_PANELS]), material.title("accuracy"))


def _cells(material: Material, facts: RobustnessFacts, done: tuple[CorruptionFacts, ...]) -> TableView | None:
    rows: list[tuple[Cell, ...]] = []
    notes: dict[str, None] = {}
    for one in done:
        for severity in sorted(facts.severities):
            by = {"corruption": one.name, "severity": str(severity)}
            results = [
                material.results.estimate(name, by) for name in ("corrupted_accuracy", "accuracy_drop", "corruption_flips")
            ]
            notes |= {note: None for result in results if isinstance(result, Estimate) for note in result.notes}
            said = [shown(result, points=result.name == "accuracy_drop").cell for result in results]
            rows.append((one.title, str(severity), one.amounts[str(severity)], *said))
    if not rows:
        return None
    names = columns("Corruption", "#Severity", "#Amount", f"#{material.title('accuracy')}", "#Drop", "#Changed")
    return TableView("Under each corruption, with 95 % intervals", names, tuple(rows), " ".join(notes))


def _done(facts: RobustnessFacts, done: tuple[CorruptionFacts, ...]) -> TableView | None:
    if not done:
        return None
    severities = sorted(facts.severities)
    rows = tuple((one.title, sentence(_amounts(one, severities)), one.source or "convention of this tool") for one in done)
    said = f"{'severity' if len(severities) == 1 else 'severities'} {listing([str(severity) for severity in severities])}"
    return TableView(f"What was done, at {said}", columns("Corruption", "Disturbance", "Source"), rows)


def _amounts(one: CorruptionFacts, severities: list[int]) -> str:
    """'standard deviation 8, 18 and 38 % of the range'."""
    amounts = [one.amounts[str(severity)] for severity in severities]
    unit = "\u00a0%" if all(amount.endswith("\u00a0%") for amount in amounts) else ""
    return one.said.replace("{}", listing([amount.removesuffix(unit) for amount in amounts]) + unit)


def _sheet(material: Material, facts: RobustnessFacts, done: tuple[CorruptionFacts, ...]) -> tuple[tuple[str, Picture], ...]:
    arrays = material.arrays.get(SHEET, {})
    severity = max(facts.severities)
    wanted = [("Undisturbed", "image:"), *((one.title, f"image:{one.name}:{severity}") for one in done)]
    return tuple(
        (f"{title}, {severity}" if key != "image:" else title, example_map.input_picture(arrays[key], f"One image, {title}."))
        for title, key in wanted
        if key in arrays
    )
