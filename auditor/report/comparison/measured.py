"""The measured parts of a comparison page: performance, predictions that turned, explanations, rankings."""

from __future__ import annotations

import re
from collections.abc import Mapping

from auditor.evidence.comparison import Change, Comparison, Flip, RankChange
from auditor.evidence.results import Estimate
from auditor.judge.changes.margins import loss
from auditor.judge.changes.sentences import cells
from auditor.report.numbers import THIN, count, percent
from auditor.report.printable import shorten
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import title

MANY = "Each interval stands by itself: of many, one in twenty lies wholly on one side of 0 by chance alone."
WHERE = "the attached comparison.json"
MOST_ROWS = 60
METHOD = "method"
CONTROL = "random"
Body = tuple[tuple[str, ...], tuple[TableView, ...]]
"""Paragraphs and tables of one part."""


def named(change: Change, made: Comparison) -> str:
    """'Recall, class 3'."""
    return shorten(", ".join([title(change.name), *slice_parts(made, change.slice)]), 64)


def slice_parts(made: Comparison, by: Mapping[str, str]) -> list[str]:
    """'class 3', 'Integrated Gradients', 'fill mean'."""
    return [method_title(made, value) if key == METHOD else f"{key} {value}" for key, value in by.items()]


def method_title(made: Comparison, name: str) -> str:
    """Name of a method for the reader."""
    return made.methods.get(name) or name.replace("_", " ")


def told(made: Comparison, text: str) -> str:
    """A sentence of the record with its methods by their names for the reader."""
    for name in sorted({*made.methods} | {one.method for one in made.rankings}, key=len, reverse=True):
        whole = re.escape(name)
        said = method_title(made, name).replace("\\", r"\\")
        text = re.sub(rf"\bmethod {whole}\b|(?<=, ){whole}(?=: )", said, text)
    return text


def accepted(change: Change) -> str:
    """The largest loss accepted, '1 pt'; '' where none is stated."""
    return "" if change.margin is None else loss(change.name, change.margin)


def _rows(changes: list[Change], made: Comparison, most: int, where: str) -> tuple[tuple[tuple[Cell, ...], ...], str]:
    return cut([(named(c, made), *cells(c), _reading(c)) for c in changes], most, where)


def _reading(change: Change) -> str:
    found = change.difference
    if change.equal:
        return "equal in every sample"
    if not isinstance(found, Estimate):
        return f"not evaluated: {found.reason}"
    if found.interval is None:
        return f"no interval: {found.no_interval}"
    if found.interval.low <= 0 <= found.interval.high:
        return f"undecided, n{THIN}={THIN}{count(found.samples.rows)}"
    word = "differs" if not change.better else "better" if (found.value > 0) == (change.better == "higher") else "worse"
    return f"{word}, n{THIN}={THIN}{count(found.samples.rows)}"


_HEADS = columns("Result", "#Old", "#New", "#Difference (95 % interval)", "Reading")


def performance(made: Comparison, most: int = MOST_ROWS, where: str = WHERE) -> Body:
    """All results that rest on labels: overall, then by class; at most so many rows, the others are `where`."""
    shown = [c for c in made.changes if METHOD not in c.slice]
    overall, by_class = [c for c in shown if not c.slice], [c for c in shown if c.slice]
    if not shown:
        return ("No shared sample has a label in both audits: nothing can be right or wrong.",), ()
    accuracy = next((c for c in overall if c.name == "accuracy"), None)
    text = []
    if accuracy is not None and accuracy.p_value is not None and not accuracy.equal:
        p = accuracy.p_value
        text.append(
            f"Exact McNemar test of equal accuracy: p = {p:.3f}."
            if p >= 0.001
            else "Exact McNemar test of equal accuracy: p < 0.001."
        )
    rows, note = _rows(overall, made, most, where)
    tables = [TableView("All shared samples with a label", _HEADS, rows, f"{MANY} {note}".strip())]
    moved = [c for c in by_class if not c.equal]
    if len(moved) < len(by_class):
        same = len(by_class) - len(moved)
        text.append(f"{count(same)} of {count(len(by_class))} results of single classes are equal in every shared sample.")
    if moved:
        rows, note = _rows(moved, made, most, where)
        tables.append(TableView("Classes that differ", _HEADS, rows, note))
    return tuple(text), tuple(tables)


def turned(made: Comparison) -> Body:
    """How many predictions turned, and the most confident examples."""
    flips = made.flips
    rows = [
        ("predicted alike", flips.same),
        ("right before, wrong now", flips.to_wrong),
        ("wrong before, right now", flips.to_right),
        ("wrong in both, differently", flips.other_wrong),
        ("predicted otherwise, label unknown", flips.unlabelled),
    ]
    heads = columns("Predictions", "#Samples")
    tables = [TableView("Shared samples", heads, tuple((name, count(n)) for name, n in rows))]
    for caption, examples in (
        ("Right before, wrong now: highest confidence in the wrong answer first", flips.examples_to_wrong),
        ("Wrong before, right now: highest confidence in the wrong answer first", flips.examples_to_right),
    ):
        if examples:
            tables.append(_examples(caption, examples))
    withheld = (f"Examples are not listed: {flips.withheld}.",) if flips.withheld else ()
    return (*withheld, f"Largest difference of one stored output: {flips.largest:.3g}."), tuple(tables)


def _examples(caption: str, examples: tuple[Flip, ...]) -> TableView:
    heads = columns("$Sample", "Label", "Old prediction", "#Confidence", "New prediction", "#Confidence")
    rows = tuple(
        (
            shorten(one.sample_id, 24),
            *(shorten(text, 28) for text in (one.label, one.old)),
            _confidence(one.old_confidence),
            shorten(one.new, 28),
            _confidence(one.new_confidence),
        )
        for one in examples
    )
    return TableView(caption, heads, rows)


def _confidence(value: float) -> str:
    return f"{percent(value)}{THIN}%"


def explanations(made: Comparison, most: int = MOST_ROWS, where: str = WHERE) -> Body:
    """Areas and margins of the explanations."""
    shown = [c for c in made.changes if METHOD in c.slice]
    if not shown:
        return ("The two audits share no method and fill.",), ()
    notes = dict.fromkeys(
        f"{named(c, made)}: {note}" for c in shown if isinstance(c.difference, Estimate) for note in c.difference.notes
    )
    rows, note = _rows(shown, made, most, where)
    said = "Normalised margins stand beside the raw ones: a model that is less sure has less score to lose."
    return (said,), (TableView("Samples explained in both", _HEADS, rows, " ".join([MANY, *list(notes)[:4], note]).strip()),)


def rankings(made: Comparison, most: int = 30, where: str = WHERE) -> Body:
    """Features that entered or left the first places; those that sampling does not explain first."""
    compared = [one for one in made.rankings if one.top and one.method != CONTROL]
    if not compared:
        first = next((one for one in made.rankings if one.reason), None)
        if first is None:
            return ("Not compared: the two audits rank no class in common.",), ()
        return (f"No ranking could be compared. Class {first.of}, {method_title(made, first.method)}: {first.reason}.",), ()
    rows: list[tuple[Cell, ...]] = [
        row for sure in (True, False) for one in compared for row in _moves(one, method_title(made, one.method), sure)
    ]
    same = sum(not one.gained and not one.lost for one in compared)
    text = (
        f"The first {compared[0].top} features of {count(len(compared))} rankings were compared; {count(same)} hold the same "
        "ones. Ranks stand with their simultaneous 95 % intervals; where the two do not overlap, sampling does not explain it."
    )
    heads = columns("Class", "Method", "Feature", "Change", "#Old rank", "#New rank", "Reading")
    kept, note = cut(rows, most, where)
    return (text,), (TableView("Features that entered or left the first places", heads, kept, note),) if rows else ()


def _moves(one: RankChange, method: str, sure: bool) -> list[tuple[Cell, ...]]:
    return [
        (
            shorten(one.of, 24),
            method,
            shorten(moved.feature, 28),
            word,
            *(_rank(place) for place in (moved.old, moved.new)),
            "beyond sampling" if moved.sure else "undecided",
        )
        for word, found in (("entered", one.gained), ("left", one.lost))
        for moved in found
        if moved.sure == sure
    ]


def _rank(place: tuple[int, int, int] | None) -> str:
    return "beyond 50" if place is None else f"{place[0]} ({place[1]} to {place[2]})"
