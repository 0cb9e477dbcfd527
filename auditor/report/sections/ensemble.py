"""Section: how far the members of an ensemble agree. Only ensembles have it."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import Estimate
from auditor.report.figures import member_dots
from auditor.report.figures._style import Picture
from auditor.report.material import Material
from auditor.report.numbers import count
from auditor.report.printable import distinct
from auditor.report.shown import shown
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import sentence

KIND = "Ensemble"
TITLE = "Do the members agree?"
MOST_MEMBERS = 20
_OVERALL = (
    ("members_disagreement", "Not all members predict the same", "share of rows"),
    ("members_pairwise_disagreement", "Two members predict differently, mean over pairs", "share of rows"),
    ("members_spread", "Spread of probability", "standard deviation between members, class the ensemble predicts"),
)


@dataclass(frozen=True)
class Ensemble:
    """Agreement of the members in what they predict and in what they attribute it to."""

    combined: str
    """How many members there are and how they are joined."""
    picture: Picture | None
    members: TableView
    agreement: TableView
    how_to_read: str
    explanations: TableView
    explanations_note: str


def context(material: Material) -> Ensemble | None:
    """The section from the record; None for a single model."""
    model = material.report.prepared.model
    if not model.members:
        return None
    return Ensemble(
        combined=(
            f"{len(model.members)} members, joined by {model.combine.replace('_', ' ') or 'their own rule'}. "
            "Figures of all other sections are of the ensemble as a whole, except those by layer."
        ),
        picture=_picture(material),
        members=_members(material),
        agreement=_agreement(material),
        how_to_read=(
            "How to read this: members that disagree show where the answer depends on chance in training. Agreement alone does "
            "not show that an answer is right: members trained on the same data can share a mistake."
        ),
        explanations=_explanations(material),
        explanations_note=(
            "Rank correlation (Spearman) of the members' attributions of the same case and class, mean over pairs and cases: "
            "1 is the same order, 0 no relation. Spread: standard deviation between members over the mean magnitude, both "
            "summed over features; 0 is full agreement. Verdicts are on the methods applied to the whole ensemble. "
            "–: not evaluated."
        ),
    )


def _names(material: Material) -> tuple[tuple[str, str], ...]:
    """(name in the slices, name for print) of each member."""
    found = [result.slice["member"] for result in material.results.named("member_differs", "member_accuracy") if result.slice]
    stored = tuple(dict.fromkeys(found))
    return tuple(zip(stored, distinct(stored, 28), strict=True))


def _picture(material: Material) -> Picture | None:
    whole = material.results.estimate("accuracy")
    dots = []
    for stored, name in _names(material)[:MOST_MEMBERS]:
        one = material.results.estimate("member_accuracy", {"member": stored})
        if isinstance(one, Estimate) and one.interval:
            dots.append((name, one.value, one.interval.low, one.interval.high))
    if not dots or not isinstance(whole, Estimate) or whole.interval is None:
        return None
    interval = whole.interval
    return member_dots.draw(("the ensemble", whole.value, interval.low, interval.high), tuple(dots), material.title("accuracy"))


def _members(material: Material) -> TableView:
    facts = material.report.prepared.model.members
    rows: list[tuple[Cell, ...]] = []
    for (stored, name), fact in zip(_names(material), facts, strict=False):
        found = [material.results.estimate(result, {"member": stored}) for result in ("member_accuracy", "member_differs")]
        rows.append((name, fact.type, count(fact.parameters), *(shown(one).cell for one in found)))
    kept, note = cut(rows, MOST_MEMBERS)
    names = columns("Member", "Type", "#Parameters", f"#{material.title('accuracy')}", "#Differs from the ensemble")
    return TableView("Each member, with 95 % intervals", names, kept, note)


def _agreement(material: Material) -> TableView:
    rows: list[tuple[Cell, ...]] = []
    for name, said, reading in _OVERALL:
        one = shown(material.results.estimate(name))
        rows.append((said, one.cell if not one.reason else f"not evaluated: {one.reason}", one.n or "–", reading))
    names = columns("Figure", "#Value (95 % interval)", "#n", "Reading")
    return TableView("Agreement of the predictions", names, tuple(rows))


def _explanations(material: Material) -> TableView:
    rows: list[tuple[Cell, ...]] = []
    for method in [method for method in material.methods if method.name != "random"]:
        found = [
            shown(material.results.estimate(name, {"method": method.name}), unit="")
            for name in ("members_rank_correlation", "members_attribution_spread")
        ]
        reason = next((sentence(one.reason) for one in found if one.reason), "")
        rows.append((method.title, method.verdict, *(one.cell for one in found), found[0].n or found[1].n or reason))
    names = columns("Method", "Verdict", "#Rank correlation", "#Spread over magnitude", "#n")
    return TableView("Agreement of the attributions, with 95 % intervals", names, tuple(rows))
