"""A catalogue as rendering uses it: whole messages by their text, messages with places by the words between the places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from auditor.errors import AuditError
from auditor.report.language.parts import LISTINGS

WORD = re.compile(r"(?<![\w`])[A-Za-z]{2,}(?![\w`])")
"""A word of a language; `names_of_code` are none."""
PLACE = re.compile(r"\{(\w*)\}")
_SPACE = r"[ \u00a0]+"
LARGEST = 8_000_000
"""Bytes of a catalogue that are read."""
_COUNTS = frozenset({"EVENTS", "count", "least", "needed"})
"""Places that nothing but a number stands in."""
_PREPOSITIONS = frozenset({"all", "at", "by", "for", "from", "in", "less", "of", "on", "over", "to", "under", "with"})
SHORT = 120
"""Characters of a text that a message of a single word may be: 'to' in a long sentence says nothing."""


def key(text: str) -> str:
    """What equal messages have in common: no final full stop, a small first letter, plain spaces."""
    text = " ".join(text.split())
    text = text[:-1] if text.endswith(".") and not text.endswith("..") else text
    return text[:1].lower() + text[1:]


def shape(message: str) -> str:
    """A message with its places unnamed: two with the same shape are one for the reader."""
    return key(PLACE.sub("{}", message))


@dataclass(frozen=True)
class Pattern:
    """A message with places for values."""

    message: str
    translation: str

    @cached_property
    def weight(self) -> int:
        """Letters and marks between its places: of two that match, the one with more says more."""
        return sum(map(len, WORD.findall(self._between))) + 2 * len(re.findall("[,;:()]", self._between))

    @cached_property
    def words(self) -> int:
        """Words between its places."""
        return len(WORD.findall(self._between))

    @cached_property
    def loose(self) -> bool:
        """Whether prepositions are all its words: it may stand between anything."""
        return set(WORD.findall(self._between.lower())) <= _PREPOSITIONS

    @property
    def bare(self) -> bool:
        """Whether 'of' is its only word, as in '3 of 10': numbers and names alone belong there."""
        return set(WORD.findall(self._between)) == {"of"} and len(PLACE.findall(self.message)) == 2

    @property
    def _between(self) -> str:
        return PLACE.sub(" ", self.message)

    @cached_property
    def rarest(self) -> str:
        """The longest whole word between its places, in small letters; '' where there is none."""
        found = re.findall(r"(?<![\w`}])[A-Za-z]{2,}(?![\w`{])", PLACE.sub("{}", self.message))
        return max((word.lower() for word in found), key=len, default="")

    @cached_property
    def _expressions(self) -> tuple[re.Pattern[str], ...]:
        """Few letters in a place, and, where that may cut elsewhere, many."""
        parts = PLACE.split(key(self.message))[::2]
        literal = [re.sub(r"(?:\\ )+", lambda _: _SPACE, re.escape(part)) for part in parts]
        if parts[0]:
            literal[0] = f"(?i:{re.escape(parts[0][0])})" + literal[0][len(re.escape(parts[0][0])) :]
        return tuple(self._expression(parts, literal, kind) for kind in (("?", "") if len(parts) > 2 else ("",)))

    def _expression(self, parts: list[str], literal: list[str], kind: str) -> re.Pattern[str]:
        """A place that touches what stands before it may be empty ("a case{s}"), and so may the first and the last one."""
        made, names = literal[0], PLACE.findall(self.message)
        for place, part in enumerate(literal[1:]):
            touches = re.search(r"[^\s(“]$", parts[place]) is not None or (not place and not parts[0] and part[:1].isupper())
            last = place == len(literal) - 2 and not part
            one = f"(.{'*' if touches else '+'}{'?' if last else kind})"  # the full stop is none of the last one's
            if names[place] in _COUNTS:
                one = rf"(\S*\d\S*{kind})"
            elif not place and not parts[0] and part.startswith(_SPACE):
                one, part = f"(?:(.+{kind}){_SPACE})?", part.removeprefix(_SPACE)
            elif last and made.endswith(_SPACE) and parts[place].rstrip()[-1:] in ".!?:":
                made, one = made.removesuffix(_SPACE), f"(?:{_SPACE}(.+?))?"
            made += one + part
        return re.compile(made + r"\.?", re.DOTALL)

    def values(self, text: str) -> Iterator[dict[str, str]]:
        """Each way in which the text is this message: name of the place → what stands there."""
        names = PLACE.findall(self.message)
        for expression in self._expressions:
            if found := expression.fullmatch(text):
                yield _named(names, found)

    def ending(self, text: str) -> tuple[int, dict[str, str]] | None:
        """Where in a text this message begins to reach to its end, and what stands in its places; None where it does not."""
        names, expression = PLACE.findall(self.message), self._expressions[0]
        for space in re.finditer(r"[ \u00a0]", text):
            if found := expression.fullmatch(text, space.end()):
                return space.end(), _named(names, found)
        return None

    def filled(self, values: dict[str, str]) -> str:
        """The translation with these values in its places."""
        place = iter(range(len(values)))
        return PLACE.sub(lambda found: values[found[1] or str(next(place))], self.translation).strip()


def _named(names: list[str], found: re.Match[str]) -> dict[str, str]:
    values = found.groups(default="")
    return {name or str(place): value for place, (name, value) in enumerate(zip(names, values, strict=True))}


class Catalogue:
    """The messages of one language.

    Args:
        code: 'zh'.
        pairs: (message, translation); an empty translation is none.
    """

    def __init__(self, code: str, pairs: Iterable[tuple[str, str]]) -> None:
        self.code = code
        self.whole: dict[str, str] = {}
        """Messages without places, by their key."""
        self._messages: dict[str, Pattern] = {}
        self._patterns: dict[str, list[Pattern]] = {}
        for message, translation in pairs:
            whole, said = message.lstrip(",;: "), translation.lstrip(",;: ，；：")  # a list is cut at these
            if translation and not re.search(r"\{[{%#]", translation):  # what a template would run is no translation
                if PLACE.search(message):
                    made = Pattern(whole, said)
                    if made.words:
                        self._patterns.setdefault(made.rarest, []).append(made)
                else:
                    self.whole.setdefault(key(whole), said)
                self._messages.setdefault(shape(message), Pattern(message, translation))

    def get(self, message: str) -> str | None:
        """The translation of a message of the source, with the places as this message calls them."""
        found = self._messages.get(shape(message))
        if found is None:
            return None
        own = iter(PLACE.findall(message))
        called = dict(zip(PLACE.findall(found.message), own, strict=True))
        return PLACE.sub(lambda place: f"{{{called[place[1]]}}}" if place[1] else place[0], found.translation)

    def patterns(self, text: str) -> list[Pattern]:
        """Messages with places that may match a text; those with most letters first."""
        near = {word.lower() for word in WORD.findall(text)} | {""}
        told = [made for word in near for made in self._patterns.get(word, ())]
        found = [one for one in told if one.words > 1 or len(text) <= SHORT * (4 if one.message in LISTINGS else 1)]
        return sorted(found, key=lambda made: (-made.weight, made.message))


def path_of(code: str, roots: Iterable[Path]) -> Path:
    """The catalogue of a language in the first folder of templates that has one.

    Raises:
        AuditError: none has.
    """
    folders = [root / "locales" for root in roots]
    for folder in folders:
        path = folder / code / "LC_MESSAGES" / "report.po"
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):  # never a link out of the folder
            return path
    there = sorted({path.parents[1].name for folder in folders for path in folder.glob("*/LC_MESSAGES/report.po")})
    raise AuditError(
        "There is no catalogue for this language.",
        found=code,
        expected=f"one of: {', '.join(['en', *there])}",
        fix=f"choose one of these, or give locales/{code}/LC_MESSAGES/report.po in the folder of --templates",
    )


def read(code: str, path: Path) -> Catalogue:
    """Read a catalogue.

    Raises:
        AuditError: it is no .po file, or a translation has other places than its message.
    """
    from babel.messages.pofile import PoFileError, read_po

    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"more than {LARGEST:,} bytes")
        with path.open("rb") as file:
            found = read_po(file, abort_invalid=True)
    except (OSError, ValueError, PoFileError) as problem:
        raise AuditError(
            "The catalogue of a language cannot be read.",
            found=f"{path}: {problem}",
            expected="a gettext catalogue (.po) in UTF-8",
            fix="mend the file; `msgfmt --check` names the line",
        ) from problem
    pairs = []
    for one in found:
        if one.id and isinstance(one.id, str) and isinstance(one.string, str) and one.string and not one.fuzzy:
            if not set(PLACE.findall(one.string)) <= set(PLACE.findall(one.id)):  # a plural's {s} may have no counterpart
                raise AuditError(
                    "A translation has other places than its message.",
                    found=f"{path}, line {one.lineno}: {one.string[:120]}",
                    expected=f"the places of: {one.id[:120]}",
                    fix="write only places of the message in the translation",
                )
            pairs.append((one.id, one.string))
    return Catalogue(code, pairs)
