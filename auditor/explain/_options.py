"""Options of methods, checked where the method is made: each mistake says what was found, expected, and what to write."""

from __future__ import annotations

from auditor.errors import AuditError


def check_whole(method: str, option: str, value: object, least: int, *, even: bool = False) -> None:
    """Refuse what is not a whole number of at least `least` (an even one, where draws come in pairs)."""
    good = isinstance(value, int) and not isinstance(value, bool) and value >= least and not (even and value % 2)
    if not good:
        nearest = max(least, round(value)) if isinstance(value, float) and abs(value) < 1e9 else least
        nearest = max(least, value) if isinstance(value, int) and not isinstance(value, bool) else nearest
        raise AuditError(
            f"{method} cannot use this value of `{option}`.",
            found=f"{option}: {value!r}",
            expected=f"{'an even' if even else 'a whole'} number of at least {least}",
            fix=f"set {option}: {nearest + nearest % 2 if even else nearest}",
        )


def check_between(method: str, option: str, value: object, low: float, high: float) -> None:
    """Refuse what is not a number strictly between two bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low < value < high:
        upper = "" if high == float("inf") else f" and below {high:g}"
        raise AuditError(
            f"{method} cannot use this value of `{option}`.",
            found=f"{option}: {value!r}",
            expected=f"a number above {low:g}{upper}",
            fix=f"leave {option} out to use the default",
        )
