"""What a signal says, each sentence made from its numbers."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.evidence.results import Estimate

GAP = "\u00a0"


def proxy_sentence(one: Estimate, of: str) -> str:
    """'relationship tells sex Female: area 0.86 (95 % interval 0.85 to 0.87); it ranks in the first tenth for class >50K.'."""
    where = one.slice
    size = f"area {one.value:.2f}"
    if one.interval is not None:
        level, low, high = 100 * one.interval.level, one.interval.low, one.interval.high
        size = f"area {one.value:.2f} ({level:g}{GAP}% interval {low:.2f} to {high:.2f})"
    return (
        f"{where['feature']} tells {where['attribute']} {where['group']}: {size}; it ranks in the first tenth for class {of}."
    )


def label_sentence(name: str, rows: int, otherwise: int, expected: float) -> str:
    """'Of 81 rows the model is sure are 3, 9 have another label; its own probabilities lead one to expect 2.1.'."""
    what = "row the model is sure is" if rows == 1 else "rows the model is sure are"
    verb = "has" if otherwise == 1 else "have"
    awaited = _few(expected)
    return f"Of {rows:,} {what} {name}, {otherwise:,} {verb} another label; its own probabilities lead one to expect {awaited}."


def ranking_sentence(where: Mapping[str, str], feature: str, group: str, inside: float, elsewhere: float) -> str:
    """'For class >50K, age has on average 22.1 % of the attribution in sex Female and 14.0 % elsewhere.'."""
    one, other = _percents(inside, elsewhere)
    of, attribute = where["class"], where["attribute"]
    return f"For class {of}, {feature} has on average {one} of the attribution in {attribute} {group} and {other} elsewhere."


def _few(expected: float) -> str:
    if expected <= 0:
        return "none"
    return "fewer than 0.1" if expected < 0.1 else f"{expected:,.1f}"


def _percents(first: float, second: float) -> tuple[str, str]:
    """Both with as many decimals as tell them apart, at least one; a share that is not 0 or 1 is not printed as such."""
    for digits in range(1, 7):
        said = [f"{100 * share:.{digits}f}" for share in (first, second)]
        ends = any(0 < share < 1 and float(text) in (0.0, 100.0) for share, text in zip((first, second), said, strict=True))
        if (said[0] != said[1] or first == second) and not ends:
            break
    return f"{said[0]}{GAP}%", f"{said[1]}{GAP}%"
