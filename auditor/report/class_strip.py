"""The strip of small class maps on page one."""

from __future__ import annotations

import numpy as np

from auditor.report.figures import class_bars, class_maps
from auditor.report.figures._style import Picture
from auditor.report.material import Material

MOST_MAPS = 10
WIDTH = 5.9
"""Of the strip on the page, in inches: bars are drawn in that size, so that their letters keep theirs."""


def strip(material: Material, most: int) -> tuple[Picture | None, str]:
    """The strip of class maps; its title says that the scale is shared and how many classes are shown.

    Args:
        most: features of a class that are named, where they have no place in a grid.
    """
    drawn = material.rankings[:MOST_MAPS]
    if material.primary is None:
        return None, ""
    if not drawn:
        return None, f"Class rankings: not evaluated, see section {material.sections['rankings']}."
    names = [material.labels[index] for index, _ in drawn]
    part = "" if len(drawn) == len(material.classes) else f"; {len(drawn)} of {len(material.classes):,} classes"
    alt = "What drives each class. " + " ".join(
        f"{name}: {', '.join(material.feature(item.feature) for item in ranking.items[:3])}."
        for name, (_, ranking) in zip(names, drawn, strict=True)
    )
    maps = [grid for _, ranking in drawn if (grid := material.share_map(ranking)) is not None]
    if len(maps) == len(drawn) and all(np.isfinite(grid).any() for grid in maps):
        picture = class_maps.draw(names, maps, MOST_MAPS, alt, scale=False)
        return picture, f"What drives each class (share of attribution, one scale{part})"
    tops = [[(material.feature(item.feature), item.share) for item in ranking.items[:most]] for _, ranking in drawn[:3]]
    part = "" if len(tops) == len(material.classes) else f"; {len(tops)} of {len(material.classes):,} classes"
    return class_bars.draw(names[:3], tops, alt, WIDTH), f"What drives each class (share of attribution, one scale{part})"
