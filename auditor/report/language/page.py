"""The text of templates and style sheets: which of it is for readers, and its translation put in its place.

A run of text and {{ values }} between tags is one message, a value's last name its place: 'A feature is one of: {features}.'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from jinja2.ext import Extension

from auditor.report.language.catalogue import PLACE, WORD
from auditor.report.language.translate import Language, spoken

_TOKEN = re.compile(
    r"(?P<comment>\{#.*?#\}|<!--.*?-->)|(?P<block>\{%.*?%\})|(?P<value>\{\{.*?\}\})|(?P<style><style>.*?</style>)"
    r'|(?P<tag></?[A-Za-z!](?:[^<>"]|"[^"]*")*>)|(?P<text>(?:(?!\{[{%#]|<[A-Za-z/!]).)+)',
    re.DOTALL,
)
_MARK = re.compile(r"(?<=\}\})[:;,.] ?(?=\s*[<{]|\s*$)|(?<=</b>)[:;,.] ?(?=\s*[<{]|\s*$)", re.MULTILINE)
"""Punctuation right behind a value, with nothing to read beside it."""
_SPOKEN = re.compile(r'(?<=\s)(aria-label|alt|title|data-head|data-report)="((?:[^"{]|\{\{.*?\}\})*)"')
_STRING = re.compile(r'"([^"\\]*)"')
_CALL = re.compile(r"\b[\w.]+\([^()]*\)")
_CONTENT = re.compile(r"(?<=content:)\s*[^;}]+")
_PIECE = re.compile(r'"([^"]*)"|([a-z-]+)\(([^()]*)\)')


class Run(NamedTuple):
    """A piece of a template that holds a message."""

    start: int
    end: int
    message: str
    """With a place for each value."""
    values: dict[str, str]
    """Name of a place → the expression that stands there, braces included."""


def runs(source: str) -> Iterator[Run]:
    """Messages of a template in their order: texts between tags, spoken attributes, strings in values."""
    open_: list[re.Match[str]] = []
    for token in [*_TOKEN.finditer(source), None]:
        if token is not None and token.lastgroup in ("text", "value"):
            open_.append(token)
            continue
        yield from _run(source, open_)
        open_ = []
        if token is not None and token.lastgroup == "tag":
            for found in _SPOKEN.finditer(token[0]):
                start = token.start() + found.start(2)
                yield from _message(found[2], start)
                yield from _strings(found[2], start)


def _run(source: str, tokens: list[re.Match[str]]) -> Iterator[Run]:
    if any(token.lastgroup == "text" and WORD.search(re.sub(r"&\w+;", "", token[0])) for token in tokens):
        start, end = tokens[0].start(), tokens[-1].end()
        yield from _message(source[start:end], start)
    for token in tokens:
        if token.lastgroup == "value":
            yield from _strings(token[0], token.start())


def _strings(value: str, start: int) -> Iterator[Run]:
    """Strings that a {{ value }} may print; those a macro is called with are names of styles."""
    calls = [found.span() for found in _CALL.finditer(value)]
    for found in _STRING.finditer(value):
        text = found[1].strip()
        if WORD.search(text) and re.search("[A-Z ]", text) and not any(a <= found.start() < b for a, b in calls):
            first = start + found.start(1) + found[1].index(text)
            yield Run(first, first + len(text), text, {})


def _message(text: str, start: int) -> Iterator[Run]:
    core = text.strip()
    if not WORD.search(re.sub(r"\{\{.*?\}\}", "", core, flags=re.DOTALL)):
        return
    values: dict[str, str] = {}

    def place(found: re.Match[str]) -> str:
        """A place for one value, or for several side by side."""
        path = re.match(r"\{\{-?\s*(?:[\"(]*)([\w.]*)", found[0])
        name = (path[1].split(".")[-1] if path else "") or "n"
        count = 2
        while (name if name not in values else f"{name}{count}") in values:
            count += 1
        name = name if name not in values else f"{name}{count}"
        values[name] = found[0]
        return f"{{{name}}}"

    message = re.sub(r"(?:\{\{(?:(?!\}\}).)*\}\})+", place, core, flags=re.DOTALL)
    yield Run(start + text.index(core), start + text.index(core) + len(core), " ".join(message.split()), values)


def template_messages(
    file: BinaryIO, keywords: Any, tags: Any, options: Any = None
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Messages of a template, in the form of a Babel extraction method."""
    source = file.read().decode("utf-8")
    for run in runs(source):
        yield source.count("\n", 0, run.start) + 1, "", run.message, []


def translated(source: str, language: Language) -> str:
    """A template with its own text in another language; lines keep their numbers."""
    out, place = list[str](), 0

    def between(end: int) -> str:
        return _MARK.sub(lambda found: _spaced(language.mark(found[0][0]), found[0]), source[place:end])

    for run in sorted(runs(source), key=lambda run: run.start):
        said = language.message(run.message)
        if said is None or run.start < place:
            continue
        said = said.replace("<", "&lt;") if "<" not in run.message else said
        text = PLACE.sub(lambda found, values=run.values: values.get(found[1], found[0]), said)  # type: ignore[misc]
        lost = source.count("\n", run.start, run.end) - text.count("\n")
        out += [between(run.start), text, "{#" + "\n" * lost + "#}" if lost > 0 else ""]
        place = run.end
    return "".join([*out, between(len(source))]).replace("<code>", '<code lang="en">')


def _spaced(mark: str, written: str) -> str:
    """A mark and the space behind it, which a wide one holds itself."""
    return mark + written[1:] if mark.isascii() else mark


class Spoken(Extension):
    """Jinja compiles templates in the language of the document that is being made."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template's text, translated before it is compiled."""
        language = spoken()
        return source if language is None else translated(source, language)


def style_messages(file: BinaryIO, keywords: Any, tags: Any, options: Any = None) -> Iterator[tuple[int, str, str, list[str]]]:
    """Messages of a style sheet: what `content:` prints."""
    source = file.read().decode("utf-8")
    for found in _CONTENT.finditer(source):
        message, _ = _content(found[0])
        if WORD.search(PLACE.sub("", message)) and '{"' not in message:
            yield source.count("\n", 0, found.start()) + 1, "", message, []


def spoken_style(source: str) -> str:
    """A style sheet that prints in the language of the document."""
    language = spoken()
    if language is None:
        return source

    def one(found: re.Match[str]) -> str:
        message, values = _content(found[0])
        said = language.message(message)
        if said is None:
            return found[0]
        parts = PLACE.split(re.sub(r'["\\\n]', "", said))
        return " " + " ".join(values[part] if place % 2 else f'"{part}"' for place, part in enumerate(parts) if part)

    return _CONTENT.sub(one, source)


def _content(value: str) -> tuple[str, dict[str, str]]:
    """'"Page " counter(page)' as a message with places, and what stands there."""
    values = {}
    message = ""
    for found in _PIECE.finditer(value):
        if found[2]:
            values[found[3]] = found[0]
            message += f"{{{found[3]}}}"
        else:
            message += found[1]
    return message, values
