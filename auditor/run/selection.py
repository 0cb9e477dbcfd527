"""Which cases are explained: stratified by predicted class and right/wrong, in a seeded prefix order, with weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditor.evidence.allocation import allocate
from auditor.evidence.facts import ExemplarFact, Stratum


@dataclass(frozen=True)
class Selection:
    """Per evaluated row.

    Attributes:
        stratum: [rows] text, "predicted 3, right"; "" where excluded.
        position: int64 [rows], place in the stratum's prefix order.
        weight: float64 [rows], N_h / n_h where selected, else 0.
        strata: counts, including strata nothing was selected from.
    """

    stratum: list[str]
    position: np.ndarray
    weight: np.ndarray
    strata: tuple[Stratum, ...]


def rightness(predicted: np.ndarray, label: np.ndarray) -> np.ndarray:
    """int64 [rows]: 1 where the prediction is right, 0 where it is wrong, 2 where the label is unknown."""
    return np.where(label < 0, 2, (predicted == label).astype(np.int64))


@dataclass(frozen=True)
class Strata:
    """The strata with rows, and the order in which each gives its rows.

    Attributes:
        rows: supplied rows, excluded ones too.
        classes: class names.
        keys: (predicted class, `rightness`) of each stratum.
        members: rows of each, first drawn first.
    """

    rows: int
    classes: tuple[str, ...]
    keys: tuple[tuple[int, int], ...]
    members: tuple[np.ndarray, ...]

    @property
    def sizes(self) -> list[int]:
        """Rows of each."""
        return [len(members) for members in self.members]

    @property
    def names(self) -> list[str]:
        """Of each, as table `samples` writes it."""
        words = ("wrong", "right", "label unknown")
        return [f"predicted {self.classes[c]}, {words[kind]}" for c, kind in self.keys]

    def take(self, shares: Sequence[int]) -> Selection:
        """The first so many rows of each stratum."""
        position = np.full(self.rows, -1, np.int64)
        weight = np.zeros(self.rows)
        stratum = [""] * self.rows
        strata = []
        for (c, kind), name, members, share in zip(self.keys, self.names, self.members, shares, strict=True):
            position[members] = np.arange(len(members))
            weight[members[:share]] = len(members) / max(share, 1)
            for i in members:
                stratum[i] = name
            known = None if kind == 2 else bool(kind)
            strata.append(Stratum(predicted=c, right=known, rows=len(members), selected=share))
        return Selection(stratum, position, weight, tuple(strata))

    def shares(self, samples: int) -> list[int]:
        """`samples` allocated equally over predicted classes, and in each class up to half to the wrong ones."""
        own = dict(zip(self.keys, self.sizes, strict=True))
        there = [{kind: own.get((c, kind), 0) for kind in (0, 1, 2)} for c in range(len(self.classes))]
        found = {}
        for c, wanted in enumerate(allocate([sum(has.values()) for has in there], samples)):
            has = there[c]
            wrong, unknown = (min(has[kind], wanted // 2) for kind in (0, 2))
            quota = {0: wrong, 1: min(has[1], wanted - wrong), 2: unknown}
            for kind in (0, 1, 2):  # what one stratum cannot fill goes to the others
                spare = wanted - sum(quota.values())
                quota[kind] += min(spare, has[kind] - quota[kind])
            found.update({(c, kind): share for kind, share in quota.items()})
        return [found[key] for key in self.keys]


def stratify(predicted: np.ndarray, right: np.ndarray, draw: np.ndarray, classes: tuple[str, ...]) -> Strata:
    """Evaluated rows by predicted class and rightness.

    Args:
        predicted: int64 [rows], -1 where excluded.
        right: int64 [rows], from `rightness`.
        draw: float64 [rows], a uniform number per row; smaller comes first in its stratum.
        classes: class names.
    """
    found = {}
    for c in range(len(classes)):
        for kind in (0, 1, 2):
            members = np.flatnonzero((predicted == c) & (right == kind))
            if len(members):
                found[c, kind] = members[np.lexsort((members, draw[members]))]
    return Strata(len(predicted), classes, tuple(found), tuple(found.values()))


def choose_examples(
    ids: list[str],
    predicted: np.ndarray,
    rightness: np.ndarray,
    probabilities: np.ndarray,
    selected: np.ndarray,
    allowed: str = "full",
) -> tuple[ExemplarFact, ...]:
    """Up to three selected cases each: right (typical), wrong (most confident), borderline. From the clean pass only.

    Args:
        ids, predicted, rightness, probabilities, selected: of each row.
        allowed: the plan's `examples`; "none": no case is chosen.
    """
    if allowed == "none":
        return ()
    each = 3
    confidence = probabilities.max(axis=1)
    top_two = np.sort(probabilities, axis=1)[:, -2:]
    gap = top_two[:, 1] - top_two[:, 0]
    right, wrong = (np.flatnonzero(selected & (rightness == kind)) for kind in (1, 0))
    middle = float(np.median(confidence[right])) if len(right) else 0.0
    chosen: dict[int, ExemplarFact] = {}

    def take(group: str, rule: str, order: np.ndarray, spread: bool) -> None:
        classes: set[int] = set()
        count = 0
        for row in order:
            if count == each or int(row) in chosen or (spread and int(predicted[row]) in classes):
                continue
            chosen[int(row)] = ExemplarFact(sample_id=ids[row], group=group, rule=rule)
            classes.add(int(predicted[row]))
            count += 1

    take("wrong", "wrong, most confident", wrong[np.argsort(-confidence[wrong], kind="stable")], spread=False)
    near = np.flatnonzero(selected)
    take(
        "borderline",
        "smallest gap between the two most probable classes",
        near[np.argsort(gap[near], kind="stable")],
        spread=False,
    )
    typical = right[np.argsort(np.abs(confidence[right] - middle), kind="stable")]
    take("right", "right, confidence nearest the median, at most one per class", typical, spread=True)
    order = {"right": 0, "wrong": 1, "borderline": 2}
    return tuple(sorted(chosen.values(), key=lambda fact: order[fact.group]))
