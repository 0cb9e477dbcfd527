"""The language a document is made in: record and sections speak English, and every text for the reader goes through `say`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from auditor.report.language.catalogue import WORD, Catalogue
from auditor.report.language.parts import CLAUSES, COLON, LIST, SENTENCES
from auditor.report.language.punctuation import HIDDEN, mark_of, page_closed_up
from auditor.report.language.reading import Reader

_START = re.compile(r"\w+|[^\w\s]")
_FIRST, _MARKS = 0xE000, 400
_HIDDEN = re.compile(HIDDEN)


class Language:
    """One language for one document.

    Args:
        catalogue: its messages.
        names: texts that are never translated: of classes, columns, groups and files, and what people declared.
        inside: those of them that are never translated inside a sentence either.
    """

    def __init__(self, catalogue: Catalogue, names: frozenset[str] = frozenset(), inside: frozenset[str] = frozenset()) -> None:
        self.code = catalogue.code
        self._catalogue, self._names = catalogue, names
        self._inside: dict[str, list[str]] = {}
        for name in sorted(inside, key=lambda name: (-len(name), name)):
            first = _START.match(name)
            if first:
                self._inside.setdefault(first[0], []).append(name)
        self._reader = Reader(catalogue, names)

    def message(self, text: str) -> str | None:
        """The translation of a message as the source has it, places and all; None where there is none."""
        return self._catalogue.get(text)

    def mark(self, mark: str) -> str:
        """A punctuation mark that stands between values: ':' as the language writes it."""
        for joined in (SENTENCES, CLAUSES, COLON, LIST):
            said = self._catalogue.get(joined)
            if said is not None and mark_of(joined)[0] == mark:
                return mark_of(said).strip()
        return mark

    def page(self, html: str) -> str:
        """A page as this language spaces it."""
        return page_closed_up(html, self._names)

    def say(self, text: str) -> str:
        """A text for the reader; unchanged where the catalogue has nothing for it."""
        if not WORD.search(text) or text in self._names:
            return self._reader.read(text)[0]
        hidden, found = self._hidden(text)
        said, left = self._reader.read(hidden)
        if found and left:  # a name may be a word of the sentence too
            said, left = min((said, left), self._reader.read(text), key=lambda one: one[1])
        return _HIDDEN.sub(lambda mark: found[ord(mark[0]) - _FIRST], said)

    def _hidden(self, text: str) -> tuple[str, list[str]]:
        """The text with a mark for each name in it, so that no name is read as words; and the names."""
        out, place, found = [], 0, list[str]()
        for word in _START.finditer(text):
            if word.start() < place or len(found) == _MARKS:
                continue
            for name in self._inside.get(word[0], ()):
                end = word.start() + len(name)
                if text.startswith(name, word.start()) and not text[end : end + 1].isalnum():
                    out += [text[place : word.start()], chr(_FIRST + len(found))]
                    found.append(name)
                    place = end
                    break
        return "".join([*out, text[place:]]), found


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


def heading(text: str) -> str:
    """A text that is ours as a whole, such as a title: no name in the data that reads alike keeps it in English."""
    language = _SPOKEN.get()
    return text if language is None else language.message(text) or language.say(text)
