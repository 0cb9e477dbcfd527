"""Which cases are explained: stratified by predicted class and right/wrong, in a seeded prefix order, with weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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


def allocate(sizes: list[int], total: int) -> list[int]:
    """Equal shares with a ceiling: no item gets more than its size, what it leaves goes to the others.

    Monotone in `total`, so a larger sample contains the smaller. Remainders go to the first items.
    """
    shares = [0] * len(sizes)
    left = min(total, sum(sizes))
    while left:
        hungry = [i for i, size in enumerate(sizes) if shares[i] < size]
        step = max(1, left // len(hungry))
        for i in hungry:
            given = min(step, sizes[i] - shares[i], left)
            shares[i] += given
            left -= given
    return shares


def rightness(predicted: np.ndarray, label: np.ndarray) -> np.ndarray:
    """int64 [rows]: 1 where the prediction is right, 0 where it is wrong, 2 where the label is unknown."""
    return np.where(label < 0, 2, (predicted == label).astype(np.int64))


def select(predicted: np.ndarray, right: np.ndarray, draw: np.ndarray, classes: tuple[str, ...], samples: int) -> Selection:
    """Allocate `samples` equally over predicted classes, and in each class up to half to the wrong ones.

    Args:
        predicted: int64 [rows], -1 where excluded.
        right: int64 [rows], from `rightness`.
        draw: float64 [rows], a uniform number per row; smaller comes first in its stratum.
        classes: class names.
        samples: cases wanted in all.
    """
    sizes = [int((predicted == c).sum()) for c in range(len(classes))]
    per_class = allocate(sizes, samples)
    position = np.full(len(predicted), -1, np.int64)
    weight = np.zeros(len(predicted))
    stratum = [""] * len(predicted)
    strata: list[Stratum] = []
    for c, name in enumerate(classes):
        groups = {kind: np.flatnonzero((predicted == c) & (right == kind)) for kind in (0, 1, 2)}
        wrong, unknown = (min(len(groups[kind]), per_class[c] // 2) for kind in (0, 2))
        quota = {0: wrong, 1: min(len(groups[1]), per_class[c] - wrong), 2: unknown}
        for kind in (0, 1, 2):  # what one stratum cannot fill goes to the others
            spare = per_class[c] - sum(quota.values())
            quota[kind] += min(spare, len(groups[kind]) - quota[kind])
        for kind, members in groups.items():
            if len(members) == 0:
                continue
            ordered = members[np.lexsort((members, draw[members]))]
            chosen = ordered[: quota[kind]]
            position[ordered] = np.arange(len(ordered))
            weight[chosen] = len(ordered) / max(len(chosen), 1)
            word = ("wrong", "right", "label unknown")[kind]
            for i in members:
                stratum[i] = f"predicted {name}, {word}"
            known = None if kind == 2 else bool(kind)
            strata.append(Stratum(predicted=c, right=known, rows=len(ordered), selected=len(chosen)))
    return Selection(stratum, position, weight, tuple(strata))


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
    take("right", "right, confidence nearest the median, one per class", typical, spread=True)
    order = {"right": 0, "wrong": 1, "borderline": 2}
    return tuple(sorted(chosen.values(), key=lambda fact: order[fact.group]))
