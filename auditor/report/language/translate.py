"""From English sentences to another language: whole messages, messages with values, sentences and lists, in that order.

The record and the sections speak English; what a section composed of several messages is taken apart again here. Of several
readings the one that leaves the fewest English words wins; where none helps, the text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property

from auditor.report.language.catalogue import PLACE, WORD, Catalogue, Pattern, key
from auditor.report.language.digits import Figures
from auditor.report.language.parts import BRACKET, CLAUSES, COLON, LIST, SENTENCES

_BOUNDARY = re.compile(r"(?<=[.!?:;…”)])[ \n]+(?=[^a-z])")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
_BETWEEN_WIDE = re.compile(f"(?<=[{_WIDE}]) (?=[{_WIDE}])|(?<=[，。；：、（）？！]) | (?=[，。；：、（）？！])")
_MOST, _READINGS, _SURE = 4000, 40, 3
"""Parts tried of one text; messages tried of one part; words a message needs to stand with an untranslated value."""

_GOES_ON = frozenset("(abcdefghijklmnopqrstuvwxyz")
"""How a message begins that continues a sentence."""

Said = tuple[str, int]
"""A translation and the English words left in it."""


class Language:
    """One language for one document.

    Args:
        catalogue: its messages.
        names: texts that are never translated: of classes, columns, groups and files, and what people declared.
    """

    def __init__(self, catalogue: Catalogue, names: frozenset[str] = frozenset()) -> None:
        self.code = catalogue.code
        self._catalogue, self._names = catalogue, names
        self._known: dict[str, Said] = {}
        self._tried = 0

    @cached_property
    def _figures(self) -> Figures:
        return Figures(self.code)

    def message(self, text: str) -> str | None:
        """The translation of a message as the source has it, places and all; None where there is none."""
        return self._catalogue.get(text)

    def say(self, text: str) -> str:
        """A text for the reader; unchanged where the catalogue has nothing for it."""
        self._tried = 0
        return self._said(text)[0]

    def _said(self, text: str) -> Said:
        if text in self._known:
            return self._known[text]
        self._tried += 1
        core = text.strip(" \n")
        start = text.index(core) if core else 0
        said, left = self._core(core)
        made = text[:start] + said + text[start + len(core) :], left
        if self._tried <= _MOST:
            self._known[text] = made
        return made

    def _core(self, text: str) -> Said:
        if text in self._names:
            return text, 0
        if not WORD.search(text):
            return self._figures.localise(text), 0
        stop = text.endswith(".") and not text.endswith("..")
        whole = self._catalogue.whole.get(key(text))
        if whole is not None:
            return self._ended(whole, stop), 0
        best = (text, self._left(text))
        if self._tried < _MOST:
            for made, left in self._readings(text[:-1] if stop else text):
                if left < best[1] or best[0] == text and left == best[1] == 0:
                    best = (self._ended(made, stop), left)
                if not best[1]:
                    break
        return best if best[0] != text else (self._figures.localise(text), best[1])

    def _readings(self, text: str) -> Iterator[Said]:
        patterns = self._catalogue.patterns(text)[:_READINGS]
        across: list[Said] = []
        for pattern in patterns:
            for values in pattern.values(text):
                made = self._filled(pattern, values)
                if any(_BOUNDARY.search(value) for value in values.values()):
                    across += made  # a value that is several sentences: rather cut between them
                else:
                    yield from made
        yield from self._sentences(text)
        yield from across
        for parts, joined in (("; ", CLAUSES), (", ", LIST), (": ", COLON)):
            if parts in text:
                yield self._list(text.split(parts), joined)
        bracket = re.fullmatch(r"(.+?) \((.+)\)", text)
        if bracket:
            yield self._list([bracket[1], bracket[2]], BRACKET)
        first, _, rest = text.partition(" ")
        if rest and len(first) > 2 and key(first) in self._catalogue.whole:  # a key of a slice and its value
            value, left = self._said(rest)
            yield f"{self._catalogue.whole[key(first)]} {value}", 2 * left
        yield from self._continued(text, patterns)

    def _filled(self, pattern: Pattern, values: dict[str, str]) -> list[Said]:
        said = {name: self._said(value) for name, value in values.items()}
        left = sum(words for _, words in said.values())
        if left and pattern.words < _SURE and pattern.words <= left:
            return []
        return [(_joined(pattern.filled({name: value for name, (value, _) in said.items()})), left)]

    def _continued(self, text: str, patterns: list[Pattern]) -> Iterator[Said]:
        """A sentence that goes on in another message: 'Features are removed in 20 steps' + ' and replaced by: …'."""
        for pattern in patterns:
            if pattern.words > 1 and pattern.message[:1] in _GOES_ON:
                found = pattern.ending(text)
                if found is not None:
                    start, values = found
                    before, left = self._said(text[:start].rstrip())
                    for made, more in self._filled(pattern, values):
                        yield _joined(f"{before} {made}"), left + more

    def _sentences(self, text: str) -> Iterator[Said]:
        """Cut where sentences may end, so that the fewest words are left."""
        edges = [0, *(found.end() for found in _BOUNDARY.finditer(text)), len(text)]
        if len(edges) < 3 or len(edges) > 60:
            return
        best: list[tuple[int, int, list[str]]] = [(0, 0, [])]
        for end in range(1, len(edges)):
            options = []
            for start in range(max(0, end - 8), end):
                piece = text[edges[start] : edges[end]].rstrip(" \n")
                if (start, end) != (0, len(edges) - 1):
                    said, left = self._said(piece)
                    options.append((best[start][0] + left, best[start][1] + 1, [*best[start][2], said]))
            best.append(min(options, key=lambda option: option[:2]))
        yield _joined(" ".join(best[-1][2])), best[-1][0]

    def _list(self, parts: list[str], joined: str) -> Said:
        said = [self._said(part) for part in parts]
        how = self._catalogue.get(joined) or joined
        text = said[0][0]
        for one, _ in said[1:]:
            text = PLACE.sub(lambda found, pair=(text, one): pair[found[1] != "first"], how)  # type: ignore[misc]
        left = sum(words for _, words in said)
        changed = sum(one[0] != part for one, part in zip(said, parts, strict=True))
        return (_joined(text), left) if changed or not left else (joined, len(text))

    def _left(self, text: str) -> int:
        """English words of a text that are no names."""
        words, left, place = text.split(" "), 0, 0
        while place < len(words):
            for end in range(min(len(words), place + 6), place, -1):
                if " ".join(words[place:end]).strip(",;.:()“”") in self._names:
                    place = end
                    break
            else:
                left += bool(WORD.search(words[place]))
                place += 1
        return left

    def _ended(self, text: str, stop: bool) -> str:
        mark = (self._catalogue.get(SENTENCES) or SENTENCES).split("}")[1].split("{")[0].strip()
        text = text.rstrip(f"{mark}.。") if not text.endswith("..") else text
        return text + mark if stop else text


def _joined(text: str) -> str:
    """Scripts without spaces between words have none between sentences or beside their own punctuation."""
    return _BETWEEN_WIDE.sub("", text)


_SPOKEN: ContextVar[Language | None] = ContextVar("language of the document", default=None)


@contextmanager
def speaking(language: Language | None) -> Iterator[None]:
    """Make and lay out a document in a language; None: English, as everything is written."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def spoken() -> Language | None:
    """The language of the document that is being made; None: English."""
    return _SPOKEN.get()


def say(text: str) -> str:
    """A text in the language of the document."""
    language = _SPOKEN.get()
    return text if language is None else language.say(text)
