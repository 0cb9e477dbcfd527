"""Read a composed text: a whole message, a message with values in it, sentences, clauses and lists, in that order.

Of several readings the one that leaves the fewest English words wins; where none helps, the text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.report.language.catalogue import PLACE, WORD, Catalogue, Pattern, key
from auditor.report.language.digits import Figures
from auditor.report.language.parts import BRACKET, CLAUSES, COLON, ITEMS, LIST, LISTINGS, SENTENCES, SLICES, WORDED
from auditor.report.language.punctuation import HIDDEN, Marks, closed_up

_EDGES = tuple(
    (re.compile(mark + r" (?=(?:[^`]*`[^`]*`)*[^`]*$)"), joined)  # code in backticks is not cut
    for mark, joined in ((";", CLAUSES), (":", COLON), (",", LIST))
)
_CUTS, _TOGETHER = 60, 8
"""Pieces a text is cut into at most, and pieces tried as one."""
_NAMED = re.compile(f"({HIDDEN}): ")
_BOUNDARY = re.compile(r"(?<=[.!?…”)])[ \n]+(?=[^a-z])")
_IDEOGRAPH = re.compile("[\u3400-\u9fff]")
_MOST, _READINGS, _SURE = 4000, 40, 3
"""Parts tried of one text; messages tried of one part; words a message needs to stand with an untranslated value."""

_GOES_ON = frozenset("(abcdefghijklmnopqrstuvwxyz")
"""How a message begins that continues a sentence."""

_DIGITS = "0123456789"
_NUMBERS = f"+−<>{_DIGITS}"
_FRAGMENT = 12
"""Characters of a message without places that continues a sentence."""

Said = tuple[str, int]
"""A translation and the English words left in it."""


class Reader:
    """Reads texts in one language.

    Args:
        catalogue: its messages.
        names: texts that are never translated.
    """

    def __init__(self, catalogue: Catalogue, names: frozenset[str]) -> None:
        self._catalogue, self._names = catalogue, names
        self._figures, self._marks = Figures(catalogue.code), Marks(catalogue)
        self._known: dict[str, Said] = {}
        self._tried = 0

    def read(self, text: str) -> Said:
        """The translation of a text, and how many English words are left in it."""
        self._tried = 0
        return self._said(text)

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
        if "_" in text and " " not in text:  # a result as the record calls it
            return self._catalogue.whole.get(key(text.replace("_", " ")), text), 0
        if text.startswith(", "):  # what a sentence adds at its end
            said, left = self._core(text[2:])
            return self._marks.of(LIST) + said, left
        if not WORD.search(text):
            return self._figures.localise(self._marks.punctuated(text)), 0
        stop = text.endswith(".") and not text.endswith("..")
        whole = self._catalogue.whole.get(key(text))
        if whole is not None:
            return self._ended(whole, stop), 0
        best = (text, self._left(text))
        if self._tried < _MOST:
            for made, left in self._readings(text, text[:-1] if stop else text):
                if left < best[1] or (best[0] == text and left == best[1] == 0):
                    best = (self._ended(made, stop), left)
                if not best[1] and best[0] != text:
                    break
        return best if best[0] != text else (self._figures.localise(text), best[1])

    def _readings(self, whole: str, text: str) -> Iterator[Said]:
        """Translations of a text, the best ways of reading it first; `text` is without the final full stop."""
        named = _NAMED.match(text)
        if named:  # 'conv1: 8 of 64 channels': a name before a colon is no part of what is counted
            said, left = self._said(text[named.end() :])
            yield self._list([(named[1], 0), (said, left)], self._catalogue.get(COLON) or COLON)
        patterns = self._catalogue.patterns(text)[:_READINGS]
        across: list[Said] = []
        for pattern in patterns:
            for values in pattern.values(whole):
                made = self._filled(pattern, values)
                if any("; " in f"{value} " or _BOUNDARY.search(value) for value in values.values()):
                    across += made  # a value that is several sentences: rather cut between them
                else:
                    yield from made
        yield from self._cut(text, _BOUNDARY, SENTENCES)
        yield from self._cut(text, *_EDGES[0])
        yield from across
        for edge, joined in _EDGES[1:]:
            yield from self._cut(text, edge, joined)
        bracket = re.fullmatch(r"(.+?) \((.+)\)", text)
        if bracket:
            inside = [self._said(bracket[1]), self._said(bracket[2])]
            # a number keeps plain brackets, which cells are laid out by
            number = bracket[1][:1] in _NUMBERS or (bracket[1][-1] in _DIGITS and bracket[2][:1] in _NUMBERS)
            yield self._list(inside, "{first} ({second})" if number else self._catalogue.get(BRACKET) or BRACKET)
        first, _, rest = text.partition(" ")
        whole_words = self._catalogue.whole
        if rest and key(first) in whole_words and (len(first) > 2 or key(rest) in whole_words or "_" in rest):
            value, left = self._said(rest)  # a key of a slice and its value
            worded = key(first) in WORDED and _IDEOGRAPH.match(whole_words[key(first)]) and value[:1] not in _NUMBERS
            if worded or _IDEOGRAPH.match(value):  # not one word with its key
                yield self._list([(whole_words[key(first)], 0), (value, left)], self._catalogue.get(COLON) or COLON)
            else:
                yield f"{whole_words[key(first)]} {value}", 2 * left
        yield from self._continued(text, patterns)

    def _filled(self, pattern: Pattern, values: dict[str, str]) -> list[Said]:
        if pattern.loose and not all(self._is_atom(value, pattern.bare) for value in values.values()):
            return []
        said = {name: self._said(value) for name, value in values.items()}
        if pattern.message in LISTINGS:
            said["names"] = self._items(values["names"]) or said["names"]
        left = sum(words for _, words in said.values())
        if left and pattern.words < _SURE and pattern.words <= left and pattern.rarest != "and":  # a list of names
            return []
        return [(closed_up(pattern.filled({name: value for name, (value, _) in said.items()})), left)]

    def _items(self, text: str) -> Said | None:
        """A list of names, of numbers or of single words, a key before it; None of clauses, which another mark parts."""
        items = text.split(", ")
        first, left = self._said(items[0])
        if left or any(item.partition(" ")[0] in SLICES or not self._is_atom(item, False) for item in items[1:]):
            return None
        return self._marks.of(ITEMS).join([first, *(self._said(item)[0] for item in items[1:])]), 0

    def _is_atom(self, value: str, bare: bool) -> bool:
        """Whether a value is a number, a name or one word of the catalogue, and so may stand beside a preposition alone."""
        if not WORD.search(value) or value in self._names or (not bare and key(value) in self._catalogue.whole):
            return True
        return not bare and value[0] in _NUMBERS and ", " not in value and not self._said(value)[1]

    def _continued(self, text: str, patterns: list[Pattern]) -> Iterator[Said]:
        """A sentence that goes on in another message: 'Features are removed in 20 steps' + ' and replaced by: …'."""
        for space in re.finditer(r" (?=[(a-z])", text):
            said = self._catalogue.whole.get(key(text[space.end() :]))
            if said is not None and len(text) - space.end() > _FRAGMENT:
                before, left = self._said(text[: space.start()])
                yield closed_up(f"{before} {said}"), left
        for pattern in patterns:
            if pattern.message[:1] in _GOES_ON and (pattern.words > 1 or pattern.message[0] == "("):
                found = pattern.ending(text)
                if found is not None:
                    start, values = found
                    before, left = self._said(text[:start].rstrip())
                    for made, more in self._filled(pattern, values):
                        yield closed_up(f"{before} {made}"), left + more

    def _cut(self, text: str, edge: re.Pattern[str], joined: str) -> Iterator[Said]:
        """Cut where sentences, clauses or items may end, so that the fewest words are left."""
        found = list(edge.finditer(text))
        starts, ends = [0, *(one.end() for one in found)], [*(one.start() for one in found), len(text)]
        if not found or len(found) > _CUTS:
            return
        best: list[tuple[int, int, list[Said]]] = [(0, 0, [])]
        fewer = -1 if joined == SENTENCES else 1  # a sentence is read by itself where it can be
        for end in range(1, len(starts) + 1):
            options = []
            for start in range(max(0, end - _TOGETHER), end):
                if end - start <= len(found):  # not the whole text again
                    said = self._said(text[starts[start] : ends[end - 1]])
                    options.append((best[start][0] + said[1], best[start][1] + 1, [*best[start][2], said]))
            best.append(min(options, key=lambda option: (option[0], option[1] * fewer)))
        left, _, parts = best[-1]
        if joined == SENTENCES:
            yield closed_up(" ".join(said for said, _ in parts)), left
        elif joined != LIST or not left or 4 * left < 3 * self._left(text):  # a list mostly in English is better left whole
            yield self._list(parts, self._catalogue.get(joined) or joined)

    def _list(self, parts: list[Said], joined: str) -> Said:
        text = parts[0][0]
        for one, _ in parts[1:]:
            text = PLACE.sub(lambda found, pair=(text, one): pair[found[1] != "first"], joined)  # type: ignore[misc]
        return closed_up(text), sum(words for _, words in parts)

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
        mark = self._marks.of(SENTENCES).strip()
        text = text.rstrip(f"{mark}.。") if not text.endswith("..") else text
        return text + mark if stop else text
