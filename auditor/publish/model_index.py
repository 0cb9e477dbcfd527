"""Our results in a card's `model-index`, and nobody else's byte changed.

The front matter is composed only to learn where things stand; the edit itself cuts and inserts whole lines of the text. An
entry is ours when its `source.name` is `auditor`; it is replaced by one of the same task and data set. Loading and saving the
card through a YAML library, or through huggingface_hub, would merge other people's entries and lose comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from auditor.errors import AuditError
from auditor.publish.card_yaml import Node, children, last_of, line_end, line_start, plain, read, value_of

OWNER = "auditor"
_FLOW_OR_NULL = re.compile(r"model-index[ \t]*:[ \t]*(\[[ \t]*\]|null|~)?[ \t]*(?:\r\n|\n|\r)?")


@dataclass(frozen=True)
class Entry:
    """What is to stand in the card."""

    model: str
    """Name of the model, for an element of our own."""
    place: tuple[str, str]
    """(task type, dataset type): an entry of ours with the same two is replaced."""
    lines: tuple[str, ...]
    """The result as block YAML, its dash in column 0, without line breaks."""
    own_element: tuple[str, ...]
    """Lines of a whole element of `model-index` around it, up to `results:`; the dash in column 0."""


def edit(text: str, entry: Entry, newline: str, name: str) -> str:
    """The front matter with our entry in it.

    Args:
        text: the front matter, whole lines.
        entry: what is to stand there.
        newline: line break of new lines.
        name: the card's name, for messages.

    Raises:
        AuditError: the front matter cannot be read, or our entry cannot be placed without touching others.
    """
    root = read(text, name)
    edited = _placed(text, root, entry, newline, name)
    same = _is(entry)
    try:
        found = read(edited, name)
    except AuditError as error:
        raise _refused(name, "the front matter goes on in a way that new lines cannot follow") from error
    before, after = plain(root, same), plain(found, same)
    if _without_index(before) != _without_index(after) or not _kept(before, after) or _count(found, same) != 1:
        raise _refused(name, "the entries are written in a way that cannot be edited line by line")
    return edited


def _placed(text: str, root: Node | None, entry: Entry, newline: str, name: str) -> str:
    if root is None:
        return text + _block(("model-index:", *entry.own_element, *_indented(entry.lines, 2)), newline)
    index = value_of(root, "model-index", name)
    if index is None:
        return text + _block(("model-index:", *entry.own_element, *_indented(entry.lines, 2)), newline)
    if not children(index):
        start = line_start(text, root.keys["model-index"])
        empty = _FLOW_OR_NULL.fullmatch(text[start : line_end(text, start)])
        if empty is None:
            raise _refused(name, "`model-index` is empty, or no list")
        whole = ("model-index:", *entry.own_element, *_indented(entry.lines, 2))
        return text[:start] + _block(whole, newline) + text[line_end(text, start) :]
    if index.kind != "sequence" or index.flow:
        raise _refused(name, "`model-index` is no block list")
    return _into(text, index, entry, newline, name)


def _into(text: str, index: Node, entry: Entry, newline: str, name: str) -> str:
    lists = [found for element in children(index) if (found := value_of(element, "results", name)) is not None]
    lists = [found for found in lists if found.kind == "sequence" and not found.flow and children(found)]
    if sum(any(map(_is(entry), children(found))) for found in lists) > 1:
        raise _refused(name, "entries of ours stand in several models")
    chosen = _home(lists, len(children(index)), entry)
    if chosen is None:
        block = _block(_indented((*entry.own_element, *_indented(entry.lines, 2)), _dash(text, index, name)), newline)
        at = line_end(text, last_of(index))
        return text[:at] + _after(text, at, newline) + block + text[at:]
    dash = _dash(text, chosen, name)
    block = _block(_indented(entry.lines, dash), newline)
    spans = [_span(text, item, dash, name) for item in children(chosen) if _is(entry)(item)]
    if not spans:
        at = line_end(text, last_of(chosen))
        return text[:at] + _after(text, at, newline) + block + text[at:]
    for start, end in reversed(spans[1:]):
        text = text[:start] + text[end:]
    start, end = spans[0]
    return text[:start] + block + text[end:]


def _home(lists: list[Node], models: int, entry: Entry) -> Node | None:
    """The list our entry belongs in: where it or another of ours is, else the only one; None: a model of our own."""
    for test in (_is(entry), _by_us):
        for found in lists:
            if any(map(test, children(found))):
                return found
    return lists[0] if len(lists) == models == 1 else None


def _is(entry: Entry) -> Callable[[Node], bool]:
    """Whether an item of `results` is ours and of the same task and data set."""

    def same(item: Node) -> bool:
        found = tuple(_scalar(item, part, "type") for part in ("task", "dataset"))
        return _by_us(item) and found == entry.place

    return same


def _by_us(item: Node) -> bool:
    return _scalar(item, "source", "name") == OWNER


def _scalar(node: Node, *keys: str) -> str | None:
    for key in keys:
        found = next((value for name, value in node.pairs if name == key), None)
        if found is None:
            return None
        node = found
    return node.scalar


def _dash(text: str, sequence: Node, name: str) -> int:
    """Column of a block sequence's dashes."""
    start = line_start(text, sequence.start)
    if text[start : sequence.start].strip(" ") or text[sequence.start : sequence.start + 1] != "-":
        raise _refused(name, "a list begins on the line of its key, or under an anchor")
    return sequence.start - start


def _span(text: str, item: Node, dash: int, name: str) -> tuple[int, int]:
    """First and last offset of an item's lines, from its dash to the end of its last value's line."""
    at = item.start
    while at > 0 and text[at - 1] in " \r\n":
        at -= 1
    start = line_start(text, at - 1)
    if text[at - 1 : at] != "-" or at - 1 - start != dash or text[start : at - 1].strip(" "):
        raise _refused(name, "our entry carries an anchor, a tag or a comment in front of its first key")
    return start, line_end(text, last_of(item))


def _after(text: str, at: int, newline: str) -> str:
    return "" if at == 0 or text[at - 1] in "\r\n" else newline


def _indented(lines: tuple[str, ...], width: int) -> tuple[str, ...]:
    return tuple(" " * width + line for line in lines)


def _block(lines: tuple[str, ...], newline: str) -> str:
    return "".join(line + newline for line in lines)


def _count(node: Node | None, test: Callable[[Node], bool]) -> int:
    return 0 if node is None else test(node) + sum(_count(child, test) for child in children(node))


def _without_index(value: Any) -> Any:
    return [pair for pair in value if pair[0] != "model-index"] if isinstance(value, list) else value


def _kept(before: Any, after: Any) -> bool:
    """Whether every element of the old model-index is still there with its other entries, ours left out on both sides."""
    old, new = (dict(value or []).get("model-index") or [] for value in (before, after))
    if not isinstance(old, list) or not isinstance(new, list):
        return not isinstance(old, list) and old in ("", "null", "~")
    return new[: len(old)] == old and len(new) <= len(old) + 1


def _refused(name: str, why: str) -> AuditError:
    return AuditError(
        f"The results cannot be added to the `model-index` of {name} without touching other entries; nothing was changed.",
        found=why,
        expected="`model-index:` as a block list of `- name: …` with `results:` as a block list",
        fix="write that part of the front matter in block style, one key per line, and run the same command again",
    )
