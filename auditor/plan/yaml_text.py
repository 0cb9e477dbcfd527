"""YAML 1.2 text to plain values with line numbers.

Built on ruamel.yaml's event stream, not on its constructors: `no`, `1_000` and dates stay words (the 1.2 core schema), a key
given twice is a mistake, an alias costs what it expands to, and every value knows its line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from auditor.errors import AuditError

Path = tuple[str, ...]
"""Keys from the top of the plan; places in lists are written as digits: ("gates", "0", "result")."""

MAX_BYTES = 1_000_000
MAX_VALUES = 50_000
MAX_DEPTH = 40

_INT = re.compile(r"[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,9})?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True)
class YamlText:
    """A document: its value, the line of each key and list item, and what is wrong although it could be read."""

    value: Any
    lines: dict[Path, int]
    mistakes: tuple[tuple[int, AuditError], ...] = ()


def parse_yaml(text: str, source: str) -> YamlText:
    """Read one YAML document.

    Args:
        text: the document.
        source: what to call it in messages, such as the file's name.

    Raises:
        AuditError: when the text is no single YAML document, or expands to more than a plan can sensibly hold.
    """
    builder = _Builder(source, _events(text, source))
    value = builder.document()
    return YamlText(value, builder.lines, tuple(builder.mistakes))


def _events(text: str, source: str) -> Iterator[Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable(source, text, error.problem or str(error.context), mark.line if mark else 0) from error
    except Exception as error:  # hostile text also reaches ruamel's own slips: IndexError, ValueError, AssertionError, …
        raise _unreadable(source, text, type(error).__name__, 0) from error


def _unreadable(source: str, text: str, problem: str, line: int) -> AuditError:
    lines = text.splitlines()
    there = lines[line].strip()[:80] if line < len(lines) else "the end of the text"
    tab = line < len(lines) and "\t" in lines[line]
    fix = (
        "use spaces instead of tabs"
        if tab
        else "check indentation, colons and quotes there; quote a text that holds `: ` or ` #`"
    )
    return AuditError(
        f"{source}, line {line + 1}: this cannot be read as YAML ({problem}).",
        found=there,
        expected="`key: value` lines",
        fix=fix,
    )


@dataclass
class _Builder:
    source: str
    events: Iterator[Any]
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: list[tuple[int, AuditError]] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)  # name -> (value, values it expands to)
    values: int = 0

    def document(self) -> Any:
        value, documents = None, 0
        for event in self.events:
            name = type(event).__name__
            if name == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    raise AuditError(
                        f"{self.source}, line {event.start_mark.line + 1}: a second document starts here.",
                        expected="one plan per file",
                        fix="delete the line `---` or move what follows to a file of its own",
                    )
                value = self.build(next(self.events), (), 0)
        return value

    def build(self, event: Any, path: Path, depth: int) -> Any:
        before = self.values
        self.values += 1
        if self.values > MAX_VALUES or depth > MAX_DEPTH:
            raise AuditError(
                f"{self.source}, line {event.start_mark.line + 1}: the plan is larger or deeper than any plan should be.",
                found=f"over {MAX_VALUES:,} values" if depth <= MAX_DEPTH else f"over {MAX_DEPTH} levels",
                expected=f"at most {MAX_VALUES:,} values, aliases expanded, in at most {MAX_DEPTH} levels",
                fix="keep data in files of their own and name them in the plan",
            )
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self.alias(event)
        if kind == "ScalarEvent":
            value = self.scalar(event)
        else:
            if event.tag is not None and event.tag not in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
                self.note(event, f"the tag `{event.tag}` means nothing in a plan.", fix="delete the tag")
            value = self.mapping(path, depth) if kind == "MappingStartEvent" else self.sequence(path, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, self.values - before)
        return value

    def alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            self.note(
                event,
                f"the alias `*{event.anchor}` refers to nothing above it.",
                fix=f"mark a value with `&{event.anchor}` first",
            )
            return None
        value, size = self.anchors[event.anchor]
        self.values += size
        return value

    def mapping(self, path: Path, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[Any] = []
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            key = self.key(event, path, depth)
            line = event.start_mark.line + 1
            value = self.build(next(self.events), (*path, key or "?"), depth + 1)
            if key == "<<":
                merged.extend(value if isinstance(value, list) else [value])
            elif key is not None and key in found:
                first = self.lines[(*path, key)]
                self.note(
                    event, f"`{'.'.join((*path, key))}` is given twice (first on line {first}).", fix="keep one of the two"
                )
            elif key is not None:
                found[key] = value
                self.lines[(*path, key)] = line
        for other in reversed(merged):
            found = {**other, **found} if isinstance(other, dict) else found
        return found

    def key(self, event: Any, path: Path, depth: int) -> str | None:
        """The text of a key as written (`1` and `no` too); None, and a mistake, for a list or mapping as key."""
        if type(event).__name__ == "ScalarEvent" and self.fits(event):
            if event.anchor is not None:
                self.anchors[event.anchor] = (event.value, 1)
            return str(event.value)
        if type(event).__name__ != "ScalarEvent":
            self.build(event, (*path, "?"), depth + 1)
            self.note(event, "a key must be a word.", fix="write `key: value`, with the key as a plain word")
        return None

    def sequence(self, path: Path, depth: int) -> list[Any]:
        found: list[Any] = []
        while type(event := next(self.events)).__name__ != "SequenceEndEvent":
            here = (*path, str(len(found)))
            self.lines[here] = event.start_mark.line + 1
            found.append(self.build(event, here, depth + 1))
        return found

    def scalar(self, event: Any) -> Any:
        """A scalar under the YAML 1.2 core schema, or None with a mistake."""
        text: str = event.value
        if not self.fits(event):
            return None
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            self.note(event, f"the tag `{event.tag}` means nothing in a plan.", fix="delete the tag")
            return None
        if event.tag is not None or event.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        if _NOT_FINITE.fullmatch(text) or (_FLOAT.fullmatch(text) and not math.isfinite(float(text))):
            self.note(event, f"`{text[:40]}` is not a number a plan can hold.", fix="write a finite number")
            return None
        return float(text) if _FLOAT.fullmatch(text) else text

    def fits(self, event: Any) -> bool:
        """Whether a text holds only characters that can be stored and printed; notes a mistake when not."""
        bad = next(
            (c for c in event.value if (c < " " and c not in "\t\n\r") or "\ud800" <= c <= "\udfff" or c == "\x7f"), None
        )
        if bad is not None:
            self.note(
                event, f"a text holds the character U+{ord(bad):04X}, which can neither be stored nor printed.", fix="remove it"
            )
        return bad is None

    def note(self, event: Any, message: str, fix: str) -> None:
        line = event.start_mark.line + 1
        self.mistakes.append((line, AuditError(f"line {line}: {message}", fix=fix)))
