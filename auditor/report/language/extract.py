"""Find the sentences that reach a reader, for a catalogue: in Python by its syntax tree, in templates and style sheets.

Nobody marks sentences. A literal, an f-string or a sum of them is one message; what is put in becomes a placeholder. Names of
results, keys, patterns and the texts of errors are no messages. `python_messages` has the form of a Babel extraction method.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

Message = tuple[int, str, str, list[str]]
"""Line, function name (none), message, comments: what Babel expects."""

_NAMES_IN = """
Literal TypeVar add_patch annotate bytes compile curve decode encode endswith environ estimate exists findall fullmatch get
getattr gradient import_module index isinstance lstrip match named ordered partition plan pop ranking read_text remove
removeprefix removesuffix replace rpartition rsplit rstrip search set setattr split startswith strftime strip sub table
title_of uniform unit values with_suffix warn warning"""
_NO_TEXT = """
alt_of anchor aspect boxstyle clip_path cmap color code description_of dtype edgecolor encoding errors facecolor fix found
expected filename family fontweight format ha how_of id interpolation kind language layout level_of linestyle look marker media
mode name order pad relationship rotation schema stem style transform va which weight"""
_STYLES = "auditor bottom butt deeplift edge end few gradcam lime lrp rise eu-ai-act jpg long middle png short Short start up"
_CALLS = frozenset(_NAMES_IN.split())
"""Functions whose string arguments are names, patterns or code."""
_KEYWORDS = frozenset(_NO_TEXT.split())
"""Keywords whose values are no text."""
_STYLE = frozenset({*_STYLES.split(), "Annex IV(", "Input Tensor \\d+ did not already require gradients"})
_REFUSALS = re.compile("^Field$|^field$|Error$|Mistake|Missing$|NotAvailable$|Exception$|Invalid$")
_WORD = re.compile("[A-Za-z]{2,}")
_SENTENCE = 4
"""Words beyond which a literal is no name, wherever it stands."""
_SMALL = re.compile("[a-z]+")  # handed to a function, one small word is the name of something
_NAME = re.compile(
    r"""[A-Za-z0-9_./*:;>,=\-{}()'|]+|auditor [a-z]+( [A-Z.a-z-]+)*|(axes|offset) [a-z]+|[A-Z]\w+\(.*\)"""
    r"""|[a-z]+_[a-z_]+ [a-z]+|marginal words:.*|impulse blur:.*|loaded = .*|safetensors\.torch\..*"""
)
_CITED = re.compile(r"(?:[^\W\d_][\w.'’-]+,? (?:& |et al\. )?)+(?:18|19|20)\d\d\b.*")


def python_messages(file: BinaryIO, keywords: Any, tags: Any, options: dict[str, str] | None = None) -> Iterator[Message]:
    """Messages of a Python file, in the form of a Babel extraction method.

    Args:
        file: its content. keywords, tags: unused, Babel passes them.
        options: {'words': '2'}: the fewest words of a plain literal that is a message; default 1.
    """
    fewest = int((options or {}).get("words", 1))
    for node in _texts(ast.parse(file.read())):
        text = _numbered(_message(node)).strip()
        plain = isinstance(node, ast.Constant)
        text = text.lstrip("#$") if plain else text
        bare = re.sub(r"\{\w*\}", " ", text)
        words = len(_WORD.findall(bare))
        if words < (fewest if plain else max(min(1, fewest), fewest // 2)) or (fewest and _is_code(text)):
            continue
        yield node.lineno, "", text, []


def _is_code(text: str) -> bool:
    """Whether a literal is a name of the program, a pattern, a colour, or a citation ('Efron 1987, JASA 82')."""
    marked = any(one in text for one in "_/:{(> ") or "." in text[:-1] or re.fullmatch("[0-9a-f]{6}|[A-Z][a-z]+[A-Z]\\w+", text)
    named = marked and _NAME.fullmatch(text) and text[0] != "("
    return bool(named or _CITED.fullmatch(text) or text in _STYLE) or text[:1] in "\\<@^" or "(?:" in text


def _texts(node: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr | ast.BinOp]:
    """The largest string expressions that may be read by a person, and those inside what they put in."""
    if isinstance(node, ast.JoinedStr | ast.BinOp) and _is_text(node):
        yield node
        for value in _inserted(node):
            yield from _texts(value)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node
    else:
        for child in _read_parts(node):
            yield from _texts(child)


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and (_is_text(node.left) or _is_text(node.right))
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _read_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Children that may hold text for a reader."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Compare | ast.Assert | ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.Call):
        yield from _call_parts(node)
    elif isinstance(node, ast.Set):
        return
    elif isinstance(node, ast.Dict):
        yield from (one for one in node.keys if isinstance(one, ast.Constant) and " " in str(one.value))
        yield from node.values
    elif isinstance(node, ast.Subscript):
        yield node.value
    elif isinstance(node, ast.AnnAssign):
        if node.value is not None:
            yield node.value
    elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.match_case):
        yield from node.body
    else:
        yield from ast.iter_child_nodes(node)


def _call_parts(node: ast.Call) -> Iterator[ast.AST]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if _REFUSALS.search(called):
        return
    if isinstance(node.func, ast.Attribute) and called != "split":
        yield node.func.value  # "…".join, "{} of {}".format
    if called in _CALLS:  # .get(key, "A sentence.")
        yield from (one for one in node.args if isinstance(one, ast.Constant) and len(str(one.value).split()) > _SENTENCE)
    else:
        yield from (one for one in node.args if not (isinstance(one, ast.Constant) and _SMALL.fullmatch(str(one.value))))
    yield from (keyword.value for keyword in node.keywords if keyword.arg not in _KEYWORDS)


def _inserted(node: ast.AST) -> Iterator[ast.AST]:
    """The expressions that an f-string or a sum puts into its text."""
    if isinstance(node, ast.BinOp) and _is_text(node):
        yield from _inserted(node.left)
        yield from _inserted(node.right)
    elif isinstance(node, ast.JoinedStr):
        yield from (part.value for part in node.values if isinstance(part, ast.FormattedValue))
    elif not isinstance(node, ast.Constant):
        yield node


def _message(node: ast.AST) -> str:
    """The text with a {name} for everything that is put in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_message(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _put_in(node.value)
    if isinstance(node, ast.BinOp) and _is_text(node):
        return _message(node.left) + _message(node.right)
    return _put_in(node)


def _put_in(node: ast.AST) -> str:
    space = isinstance(node, ast.Name) and node.id in ("THIN", "GAP")  # the no-break space before a unit
    return "\u00a0" if space else "{" + _placeholder(node) + "}"


def _numbered(message: str) -> str:
    """Places side by side made one, and those of the same name told apart: {low} to {low2}."""
    seen: dict[str, int] = {}
    message = re.sub(r"(\{\w+\})(?:\{\w+\})+", r"\1", message)

    def one(found: re.Match[str]) -> str:
        seen[found[1]] = seen.get(found[1], 0) + 1
        return f"{{{found[1]}{seen[found[1]] if seen[found[1]] > 1 else ''}}}"

    return re.sub(r"\{(\w+)\}", one, message)


def _placeholder(node: ast.AST) -> str:
    """A word for what is put in: the last name in the expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Call) and node.args:
        return _placeholder(node.args[0])
    if isinstance(node, ast.Subscript):
        return _placeholder(node.value)
    if isinstance(node, ast.Call):
        return _placeholder(node.func)
    return "n"


def framework_messages(file: BinaryIO, keywords: Any, tags: Any, options: Any = None) -> Iterator[Message]:
    """What is printed of a file of clauses (titles, edition, status note, why always partial), as a Babel extraction method."""
    from ruamel.yaml import YAML

    content = YAML(typ="safe").load(file)
    texts = [content.get("title"), content.get("status_note")]
    short = re.findall(r"\(([^()\d]+)\)$", content["title"])  # as `statements.called` calls it
    texts += [one for one in (str(content.get("version", "")), *short[:1]) if _WORD.search(one)]
    for clause in content.get("clauses", ()):
        texts += [clause.get("title"), clause.get("always_partial")]
    yield from ((1, "", " ".join(text.split()), []) for text in texts if text)
