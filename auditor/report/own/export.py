"""Write a folder of templates to start from: the standard ones to read, a theme to fill in, and what each template receives."""

from __future__ import annotations

import ast
import inspect
import itertools
import shutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from jinja2 import nodes

from auditor.errors import AuditError
from auditor.report.own.folder import ENDING, REPLACEABLE, STANDARD
from auditor.report.own.readable import ReportView
from auditor.report.own.structure import context_type
from auditor.report.sections import FRONT
from auditor.report.templates import environment, folder


def export(target: Path, force: bool = False) -> tuple[Path, ...]:
    """Write the folder; files of the user's own are never overwritten.

    Args:
        target: the folder, new or empty.
        force: write into a folder that holds files already, and renew its copies of the standard templates.

    Returns:
        What was written.

    Raises:
        AuditError: the folder holds something, or is none.
    """
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not force)):
        raise AuditError(
            "The folder is not empty." if target.is_dir() else "This is no folder.", found=str(target), expected="a new folder",
            fix="name another one, or give --force: it renews standard/ and README.md and leaves everything else",
        )  # fmt: skip
    ours, copies = folder(), target / "standard"
    if copies.is_symlink() or (copies.exists() and not (copies / "FIELDS.md").is_file()):
        raise AuditError(
            f"{copies} was not written by `auditor template export`.", expected="copies of the standard templates",
            fix="move it away",
        )  # fmt: skip
    shutil.rmtree(copies, ignore_errors=True)
    written = []
    for path in sorted(ours.rglob(f"*{ENDING}")):
        copy = copies / path.relative_to(ours)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
        written.append(copy)
    (copies / "FIELDS.md").write_text("\n".join(_described()) + "\n", encoding="utf-8")
    (target / "sections").mkdir(exist_ok=True)
    shutil.copyfile(ours / "starter" / "README.md", target / "README.md")
    if not (target / "theme.yaml").exists():
        shutil.copyfile(ours / "starter" / "theme.yaml", target / "theme.yaml")
    return (*written, copies / "FIELDS.md", target / "README.md", target / "theme.yaml")


def _described() -> Iterator[str]:
    """FIELDS.md: for each section what may be done with it, its blocks, and the fields its template receives."""
    yield "# What each template receives\n"
    yield "Every template may use `inline` (true for the HTML page, false for the PDF) and the macros of `macros.html.j2`."
    yield "Page one is the same in every report."
    for name in (name for name in STANDARD if name != FRONT):
        may = (
            "May be replaced or extended."
            if name in REPLACEABLE
            else "May be added to (blocks before and after), not replaced."
        )
        yield f"\n## {name}\n\n{may} Blocks: {', '.join(['before', *_blocks(name), 'after'])}.\n"
        yield from _fields(context_type(name), set())
    yield "\n## Sections of your own\n"
    yield from _fields(ReportView, set())
    yield "\n`results` has the methods `estimate(name, slice)`, `table`, `ranking` and `curve`."
    yield 'A slice is a mapping such as {"class": "3"}, or nothing for all rows.'


def _blocks(name: str) -> list[str]:
    tree = environment().parse((folder() / "sections" / f"{name}{ENDING}").read_text("utf-8"))
    return [block.name for block in tree.find_all(nodes.Block)]


def _fields(kind: type, seen: set[type]) -> Iterator[str]:
    """Lines for a dataclass and those its fields hold."""
    seen.add(kind)
    said, hints = _sayings(kind), get_type_hints(kind)
    inner: list[type] = []
    yield f"`{kind.__name__}`: {' '.join((kind.__doc__ or '').split())}\n"
    for field in fields(kind):
        yield f"- `{field.name}` ({_named(hints[field.name])}){': ' + said[field.name] if field.name in said else ''}"
        inner += [one for one in _types(hints[field.name]) if is_dataclass(one) and one not in seen]
    for one in dict.fromkeys(inner):
        if one not in seen:
            yield ""
            yield from _fields(one, seen)


def _types(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and not get_args(hint):
        yield hint
    for one in get_args(hint):
        yield from _types(one)


def _named(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint).replace("auditor.report.", "")


def _sayings(kind: type) -> dict[str, str]:
    """Field -> the text that stands under it in the source."""
    body = next(node for node in ast.walk(ast.parse(inspect.getsource(kind))) if isinstance(node, ast.ClassDef)).body
    found = {}
    for field, text in itertools.pairwise(body):
        said = text.value.value if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) else None
        if isinstance(said, str) and isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            found[field.target.id] = " ".join(said.split())
    return found
