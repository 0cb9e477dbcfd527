"""Numbers and dates as a language writes them; the sections write English ones."""

from __future__ import annotations

import datetime
import re

_DATE = re.compile(r"(?<![\w.-])(\d{4})-(\d{2})-(\d{2})(?![\w-])")
_NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w])|(?<![\w.])\d+\.\d+(?![\w]|\.\d)")


class Figures:
    """The marks of one language.

    Args:
        code: a language that Babel knows; of another one numbers and dates stay as they are.
    """

    def __init__(self, code: str) -> None:
        from babel import Locale, UnknownLocaleError
        from babel.numbers import get_decimal_symbol, get_group_symbol

        try:
            self._locale: Locale | None = Locale.parse(code.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            self._locale = None
            self._marks = {}
            return
        self._marks = {".": get_decimal_symbol(self._locale), ",": get_group_symbol(self._locale)}

    def localise(self, text: str) -> str:
        """A text without words, or one that is not translated, with its numbers and dates rewritten."""
        if self._locale is None:
            return text
        text = _DATE.sub(self._date, text)
        if self._marks != {".": ".", ",": ","}:
            text = _NUMBER.sub(lambda found: "".join(self._marks.get(one, one) for one in found[0]), text)
        return text

    def _date(self, found: re.Match[str]) -> str:
        from babel.dates import format_date

        try:
            day = datetime.date(*map(int, found.groups()))
        except ValueError:
            return found[0]
        return str(format_date(day, "long", self._locale))
