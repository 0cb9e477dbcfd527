"""What one result did, in a sentence: never a rounded 0 or 100 %, never two different values printed alike."""

from __future__ import annotations

from auditor.evidence.comparison import Change, Verdict
from auditor.evidence.results import Estimate, Interval
from auditor.evidence.units import WORDLESS

_PERCENT = ("fraction",)
_MOST_DIGITS = 6
GAP = "\u00a0"


def level(value: float, unit: str, digits: int) -> str:
    """A value: '97.20 %' of a fraction, '0.7200' of anything else, with its unit where it has one."""
    scaled, places = (100 * value, digits) if unit in _PERCENT else (value, digits + 2)
    text = f"{round(scaled, places) + 0.0:.{places}f}{f'{GAP}%' if unit in _PERCENT else _suffix(unit)}"  # -0.0 + 0.0 is 0.0
    return text.replace("-", "\u2212")


def step(value: float, unit: str, digits: int) -> str:
    """A difference with its sign: '+0.9 pt', '−0.012'; 0 has no sign."""
    scaled, places = (100 * value, digits) if unit in _PERCENT else (value, digits + 2)
    text = f"{scaled:+.{places}f}"
    if not any(figure in text for figure in "123456789"):
        text = text[1:]
    return f"{text}{f'{GAP}pt' if unit in _PERCENT else _suffix(unit)}".replace("-", "\u2212")


def _suffix(unit: str) -> str:
    return "" if unit in WORDLESS else f"{GAP}{unit}"


def digits_for(old: float, new: float, unit: str) -> int:
    """Decimals at which two different values read differently, neither reads as 0 or 100 % without being it, and the
    difference that is printed is that of the printed values.
    """
    for digits in range(1, _MOST_DIGITS):
        texts = [level(value, unit, digits) for value in (old, new)]
        places, scale = (digits, 100) if unit in _PERCENT else (digits + 2, 1)
        printed = [round(scale * value, places) for value in (old, new)]
        rounded = unit in _PERCENT and any(0 < v < 1 and p in (0.0, 100.0) for v, p in zip((old, new), printed, strict=True))
        agrees = f"{printed[1] - printed[0]:.{places}f}" == f"{scale * (new - old):.{places}f}" or digits > 2
        if not rounded and agrees and (old == new or texts[0] != texts[1]):
            return digits
    return _MOST_DIGITS


def subject(change: Change) -> str:
    """'Recall (class 3)'."""
    name = change.name.replace("_", " ").replace(" auc", " area")
    where = ", ".join(f"{key} {value}" for key, value in change.slice.items())
    name = name[0].upper() + name[1:]
    return f"{name} ({where})" if where else name


def samples(count: int) -> str:
    """'1 shared sample', '2,000 shared samples'."""
    return f"{count:,} shared sample{'' if count == 1 else 's'}"


def change_sentence(change: Change) -> str:
    """What one result did."""
    found, name = change.difference, subject(change)
    if change.old is None or change.new is None:
        return f"{name} cannot be compared: {_reason(found)}."
    digits = digits_for(change.old, change.new, change.unit)
    old, new = (level(value, change.unit, digits) for value in (change.old, change.new))
    if change.equal:
        count = found.samples.rows if isinstance(found, Estimate) else 0
        none = "the one shared sample does not differ" if count == 1 else f"none of the {samples(count)} differs"
        return f"{name} is {new} in both audits: {none} in it."
    if not isinstance(found, Estimate) or found.interval is None:
        return f"{name}: {old}, now {new}; no interval: {_reason(found)}."
    moved = {1: f"rose from {old} to {new}", -1: f"fell from {old} to {new}"}.get(
        (found.value > 0) - (found.value < 0), f"is {new} in both audits, though single samples differ"
    )
    limits = _interval(found, found.interval, change.unit, digits)
    return f"{name} {moved}: {limits}, {samples(found.samples.rows)}; {_sure(change, found.interval)}."


def _interval(found: Estimate, interval: Interval, unit: str, digits: int) -> str:
    return f"{step(found.value, unit, digits)}, {100 * interval.level:.4g}{GAP}% interval {limits(interval, unit, digits)}"


def limits(interval: Interval, unit: str, digits: int) -> str:
    """'−2.5 to +1.1 pt'; a limit that is not 0 is never printed as 0, for its sign decides how it is read."""
    enough = next(
        (
            d
            for d in range(digits, _MOST_DIGITS)
            if all(step(v, unit, d)[0] in "+\u2212" for v in (interval.low, interval.high) if v)
        ),
        _MOST_DIGITS,
    )
    low, high = (step(value, unit, enough) for value in (interval.low, interval.high))
    return f"{low.partition(GAP)[0]} to {high}"


def cells(change: Change) -> tuple[str, str, str]:
    """Old value, new value and difference with its interval, for a table; '–' where there is none."""
    found = change.difference
    if change.old is None or change.new is None:
        return "–", "–", "–"
    digits = digits_for(change.old, change.new, change.unit)
    old, new = (level(value, change.unit, digits) for value in (change.old, change.new))
    if not isinstance(found, Estimate):
        return old, new, "–"
    moved = step(found.value, change.unit, digits)
    return old, new, f"{moved} ({limits(found.interval, change.unit, digits)})" if found.interval else moved


def _reason(found: object) -> str:
    if isinstance(found, Estimate):
        return found.no_interval
    return str(getattr(found, "reason", "")) or "no reason was given"


def _sure(change: Change, interval: Interval) -> str:
    if interval.low <= 0 <= interval.high:
        return "sampling alone may explain it"
    if not change.better:
        return "more than sampling explains"
    gain = (interval.low > 0) == (change.better == "higher")
    return f"{'better' if gain else 'worse'}, by more than sampling explains"


def judged_sentence(change: Change, margin: float, verdict: Verdict, items: int) -> str:
    """What the margin says of it."""
    accepted = step(-margin if change.better != "lower" else margin, change.unit, _margin_digits(margin, change.unit))
    bound = f"A change of {accepted} was accepted" if margin else "No loss was accepted"
    among = f", at the level for {items} classes at once" if items > 1 else ""
    if verdict == "no regression shown":
        return f"{bound}: no regression shown{among}."
    if verdict == "regression":
        return f"{bound}: this is a regression{among}, the whole interval lies beyond it."
    if verdict == "inconclusive":
        return f"{bound}: inconclusive{among}, the interval reaches across it."
    return f"{bound}: not evaluated."


def _margin_digits(margin: float, unit: str) -> int:
    scaled = 100 * margin if unit in _PERCENT else margin
    base = 0 if unit in _PERCENT else 2
    return next((d for d in range(_MOST_DIGITS) if abs(round(scaled, d + base) - scaled) < 1e-9 * max(scaled, 1e-9)), 3)
