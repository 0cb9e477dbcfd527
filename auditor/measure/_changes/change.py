"""From a paired outcome to a `Change`: value, interval, or the reason there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from auditor.evidence.comparison import Change
from auditor.evidence.results import Samples
from auditor.measure._results import bare, estimate, tidy
from auditor.measure.statistics import sizes
from auditor.measure.statistics.intervals import Bounded, Outcome
from auditor.measure.statistics.paired import DISCORDANT

Better = Literal["higher", "lower", ""]

LOWER = frozenset({"log_loss", "brier_score", "expected_calibration_error", "hamming_loss", "deletion_auc"})
NEITHER = frozenset({"overconfidence"})  # nearer to zero is better, which a sign does not say


def change(
    name: str,
    where: Mapping[str, str],
    unit: str,
    samples: Samples,
    levels: tuple[float, float],
    found: Outcome,
    *,
    differing: int,
    p_value: float | None = None,
    notes: Sequence[str] = (),
) -> Change:
    """One shared result.

    Args:
        levels: old and new value on the shared samples.
        found: the paired difference.
        differing: pairs that differ in it. None: the difference is exactly 0 and needs no interval. Fewer than 10: its value
            stands without an interval, unless the procedure is made for so few.
    """
    counts = isinstance(found, Bounded) and found.how.startswith(("exact", "Newcombe"))
    few = "" if counts else sizes.too_few(differing, DISCORDANT, "shared samples differ")
    if differing == 0:
        why = f"none of the {samples.rows:,} shared samples differs in it"
        difference: object = bare(name, where, unit, samples, 0.0, why, notes=notes)
    elif few and isinstance(found, Bounded):
        difference = bare(name, where, unit, samples, found.value, few, notes=notes)
    else:
        difference = estimate(name, where, unit, samples, found, notes=notes)
    better: Better = "lower" if name in LOWER else "" if name in NEITHER else "higher"
    old, new = (tidy(level) for level in levels)
    return Change.model_validate(
        {
            "name": name,
            "slice": dict(where),
            "unit": unit,
            "old": old,
            "new": new,
            "difference": difference,
            "better": better,
            "equal": differing == 0,
            "p_value": None if p_value is None else tidy(p_value),
        }
    )


def absent(name: str, where: Mapping[str, str], unit: str, reason: str) -> Change:
    """A result that both audits should have and that cannot be compared."""
    return Change.model_validate(
        {
            "name": name,
            "slice": dict(where),
            "unit": unit,
            "old": None,
            "new": None,
            "difference": {"kind": "not_evaluated", "name": name, "slice": dict(where), "reason": reason},
            "better": "",
        }
    )
