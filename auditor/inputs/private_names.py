"""Words of single texts, kept out of the evidence unless the plan's `examples` are `full`.

Rankings need the words of each case. What makes them a text is their order, and what makes them a person is that few texts hold
them: so the words of a case are stored in the order of the alphabet, and those of fewer than `LEAST` texts as a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import torch

from auditor.inputs.items import OwnFeatures

LEAST = 5
"""Texts that must hold a word before its name is stored. Rankings ask for twice as many, so no rank is lost."""


def rare_names(texts: Iterable[Sequence[str]]) -> dict[str, str]:
    """Each name that fewer than `LEAST` of the texts hold -> what it is called instead, numbered as they first occur."""
    held: Counter[str] = Counter()
    for names in texts:
        held.update(dict.fromkeys(names, 1))
    rare = [name for name, count in held.items() if count < LEAST]
    return {name: f"rare word {number}" for number, name in enumerate(rare, 1)}


def without_order(own: OwnFeatures, rare: Mapping[str, str]) -> OwnFeatures:
    """The same features in the order of their names, rare ones renamed; where they stand in the text is not told."""
    names = [rare.get(name, name) for name in own.names]
    order = sorted(range(len(names)), key=lambda place: (names[place], place))
    moved = torch.zeros(len(names) + 1, dtype=torch.int64)
    moved[order] = torch.arange(len(names))
    moved[-1] = -1  # elements of no feature
    return OwnFeatures(moved[own.element], tuple(names[place] for place in order))
