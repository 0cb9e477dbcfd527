"""Front matter as a tree that knows where each value stands in the text, and single values as YAML; no tree is ever written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from auditor.errors import AuditError

MAX_DEPTH = 100
_CONTROL = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")


@dataclass(frozen=True)
class Node:
    """One value of the front matter."""

    kind: Literal["scalar", "sequence", "mapping"]
    start: int
    """Offset of its first character; of a block sequence, its first dash."""
    end: int
    """Offset behind it; meaningless for block collections, whose end the parser sees only at the next token."""
    flow: bool
    scalar: str | None
    items: tuple[Node, ...]
    pairs: tuple[tuple[str, Node], ...]
    keys: Mapping[str, int]
    """Key -> offset of its first character."""


def read(text: str, name: str) -> Node | None:
    """The tree of a front matter; None where it holds nothing.

    Raises:
        AuditError: it is no YAML, or no mapping.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        composed = YAML(typ="safe", pure=True).compose(text)
        root = None if composed is None else _node(composed, 0)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 2} of the file: " if mark else ""
        raise _broken(name, f"{where}{error.problem or error.context}") from error
    except Exception as error:  # ruamel's own slips on odd text: IndexError, ValueError, RecursionError, …
        raise _broken(name, type(error).__name__) from error
    if root is not None and root.kind == "scalar" and not (root.scalar or "").strip():
        return None
    if root is not None and root.kind != "mapping":
        raise _broken(name, f"a {root.kind}, not `key: value` lines")
    return root


def _node(found: Any, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    start, end = found.start_mark.index, found.end_mark.index
    flow = bool(getattr(found, "flow_style", False))
    if found.id == "scalar":
        return Node("scalar", start, end, True, str(found.value), (), (), {})
    if found.id == "sequence":
        return Node("sequence", start, end, flow, None, tuple(_node(item, depth + 1) for item in found.value), (), {})
    pairs = [(str(key.value), _node(value, depth + 1)) for key, value in found.value]
    starts = {str(key.value): key.start_mark.index for key, _ in found.value}
    return Node("mapping", start, end, flow, None, (), tuple(pairs), starts)


def children(node: Node) -> tuple[Node, ...]:
    """The values directly inside."""
    return node.items or tuple(value for _, value in node.pairs)


def value_of(node: Node, key: str, name: str) -> Node | None:
    """The value of a key; None where it is absent.

    Raises:
        AuditError: the key is there twice.
    """
    found = [value for one, value in node.pairs if one == key]
    if len(found) > 1:
        raise _broken(name, f"the key `{key}` is there twice")
    return found[0] if found else None


def last_of(node: Node) -> int:
    """Offset of the last character that belongs to the value, comments and blank lines after it left out."""
    if node.flow or not children(node):
        return max(node.start, node.end - 1)
    return max(last_of(child) for child in children(node))


def line_start(text: str, at: int) -> int:
    """Offset of the first character of the line that `at` is in."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def line_end(text: str, at: int) -> int:
    """Offset behind the line break of the line that `at` is in."""
    while at < len(text) and text[at] not in "\r\n":
        at += 1
    return min(len(text), at + (2 if text[at : at + 2] == "\r\n" else 1))


def plain(node: Node | None, leave_out: Callable[[Node], bool]) -> Any:
    """The value as nested lists and texts, in order, without the sequence items that `leave_out` names."""
    if node is None:
        return []
    if node.kind == "mapping":
        return [(key, plain(value, leave_out)) for key, value in node.pairs]
    if node.kind == "sequence":
        return [plain(item, leave_out) for item in node.items if not leave_out(item)]
    return node.scalar


def quoted(text: str) -> str:
    """A YAML scalar that every version of YAML reads as this text."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def number(value: float) -> str:
    """A YAML number that YAML 1.1 reads as one too: it wants a point before an exponent."""
    mantissa, e, exponent = repr(float(value)).partition("e")
    return mantissa if not e else f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"


def _broken(name: str, found: str) -> AuditError:
    return AuditError(
        f"The front matter of {name} cannot be read; nothing was changed.",
        found=found,
        expected="YAML: `key: value` lines between two lines of `---`",
        fix="repair it (the Hub refuses it too) and run the same command again",
    )
