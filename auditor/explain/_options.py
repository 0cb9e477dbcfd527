"""Options of methods, checked where the method is made: each mistake says what was found, expected, and what to write."""

from __future__ import annotations

from auditor.errors import AuditError


def check_whole(method: str, option: str, value: object, least: int, *, most: int = 10**9, even: bool = False) -> None:
    """Refuse what is not a whole number from `least` to `most` (an even one, where draws come in pairs)."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not least <= value <= most or (even and value % 2):  # type: ignore[operator]  # a number where whole
        number = round(value) if isinstance(value, int | float) and abs(value) < 1e9 else least
        nearest = min(max(least, number), most)
        raise AuditError(
            f"{method} cannot use this value of `{option}`.",
            found=f"{option}: {value!r}",
            expected=f"{'an even' if even else 'a whole'} number, at least {least}"
            + (f", at most {most}" if most < 10**9 else ""),
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
