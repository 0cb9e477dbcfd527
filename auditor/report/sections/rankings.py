"""Section: which features the primary method ranks first for each class, with rank intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.evidence.results import Estimate, Ranking
from auditor.evidence.units import steadiness
from auditor.report.figures import class_bars, class_maps
from auditor.report.figures._style import Picture
from auditor.report.material import MOST_CLASSES, Material, Method
from auditor.report.numbers import count
from auditor.report.shown import shown
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import Status, listing

KIND = "Rankings"
TITLE = "What drives each class?"
TOP = 5


@dataclass(frozen=True)
class Rankings:
    """Class rankings of the primary method."""

    method: str
    verdict: Status
    """Carried by everything that rests on the method."""
    picture: Picture | None
    how_to_read: str
    table: TableView | None
    gap: str
    """Why no ranking is shown, or which classes have none; '' when all have one."""
    others: str
    """Which other methods' rankings are in the record only."""
    how: str
    """How rank intervals were made."""


def context(material: Material) -> Rankings | None:
    """The section from the record; None when the audit explains nothing."""
    method = material.primary
    if method is None:
        return None
    shown_rankings = material.rankings
    grid = material.report.prepared.features.grid is not None
    ranked = {one.slice.get("method") for one in material.results.named("feature_ranking") if isinstance(one, Ranking)}
    others = [one.title for one in material.methods if one is not method and one.name in ranked - {"random"}]
    return Rankings(
        method=method.title,
        verdict=method.verdict,
        picture=_picture(material) if shown_rankings else None,
        how_to_read=(
            "How to read this: each map is one class; a darker square holds a larger share of the attribution to that class's "
            "logit, over the cases predicted as that class. One scale for all classes. A dark square says where, not what."
            if grid
            else "How to read this: each panel is one class; bars are the mean magnitude of attribution to that class's logit, "
            "for or against it, over the cases that hold the feature, as a share of the sum over all ranked features, one "
            "scale for all. A rare feature can stand high: how many cases hold it is printed below."
            if _by_name(material)
            else "How to read this: each panel is one class; bars are the share of attribution to that class's logit, "
            "one scale for all."
        ),
        table=_table(material, method) if shown_rankings else None,
        gap=_gap(material, method),
        others=f"Rankings of {listing(others)} are in the attached report.json." if others else "",
        how=shown_rankings[0][1].how if shown_rankings else "",
    )


def _picture(material: Material) -> Picture:
    names = [material.labels[index] for index, _ in material.rankings]
    said = [
        f"{name}: " + ", ".join(f"{material.feature(item.feature)} {100 * item.share:.1f} %" for item in ranking.items[:3])
        for name, (_, ranking) in zip(names, material.rankings, strict=True)
    ]
    alt = "The three features with the largest share of attribution per class. " + "; ".join(said) + "."
    maps = [grid for _, ranking in material.rankings if (grid := material.share_map(ranking)) is not None]
    if len(maps) == len(names) and all(np.isfinite(grid).any() for grid in maps):
        return class_maps.draw(names, maps, min(5, max(3, len(maps))), alt)
    tops = [[(material.feature(item.feature), item.share) for item in ranking.items[:TOP]] for _, ranking in material.rankings]
    return class_bars.draw(names, tops, alt)


def _table(material: Material, method: Method) -> TableView:
    rows: list[tuple[Cell, ...]] = []
    for index, ranking in material.rankings:
        by = {"method": method.name, "class": material.classes[index]}
        stability = material.results.estimate("rank_stability", by)
        steady = f"{shown(stability, unit='').value}, {steadiness(stability.value)}" if isinstance(stability, Estimate) else "–"
        rows.append((material.labels[index], count(ranking.samples.rows), steady, _first(material, ranking)))
    note = (
        "In brackets the simultaneous 95 % interval of the rank; only a feature whose interval is 1–1 may be called the most "
        "important. Stability: agreement of the first tenth of the features, three at least, between random halves of the "
        "cases, 1 is best."
    )
    if material.report.prepared.features.grid is not None:
        note = "r3 c4: third row of squares from the top, fourth column from the left. " + note
    last = f"First {TOP} features and their rank intervals"
    if _by_name(material):
        last = f"First {TOP} features (rank interval; cases that hold it)"
        note = f"{_frequency(material)} {note}".strip()
    names = columns("Class", "#n", "#Stability", last)
    return TableView("First features per class", names, tuple(rows), note)


def _first(material: Material, ranking: Ranking) -> str:
    return ", ".join(
        f"{material.feature(item.feature)}\u00a0({item.low}–{item.high}{'' if item.cases is None else f'; {item.cases:,}'})"
        for item in ranking.items[:TOP]
    )


def _by_name(material: Material) -> bool:
    """Whether features differ from case to case, so that each is known by its name."""
    return any(item.cases is not None for _, ranking in material.rankings for item in ranking.items[:1])


def _frequency(material: Material) -> str:
    """How many features are too rare to be ranked, class by class."""
    said = [
        f"{material.labels[index]}: {note[0].lower()}{note[1:]}"
        for index, ranking in material.rankings
        for note in ranking.notes
        if note.endswith("not ranked.")
    ]
    return " ".join(said[:3]) + (" …" if len(said) > 3 else "")


def _gap(material: Material, method: Method) -> str:
    without: dict[str, list[str]] = {}
    for index, name in enumerate(material.classes):
        result = material.results.ranking("feature_ranking", {"method": method.name, "class": name})
        if result.kind == "not_evaluated":
            none = not material.report.prepared.data.predicted_counts[index]
            without.setdefault("no row is predicted as this class" if none else result.reason, []).append(
                material.labels[index]
            )
    said = [f"No ranking for {listing(names)}: {reason}." for reason, names in without.items()]
    hidden = len(material.classes) - sum(map(len, without.values())) - len(material.rankings)
    if hidden > 0:
        said.append(
            f"Shown: the first {MOST_CLASSES} classes that have a ranking; {hidden:,} more in the attached report.json."
        )
    return " ".join(said)
