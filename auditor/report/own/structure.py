"""What can be told about own templates without rendering them: syntax, unknown names and blocks, sections that stay whole."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_args, get_type_hints

from jinja2 import TemplateSyntaxError, meta, nodes

from auditor.errors import AuditError, did_you_mean
from auditor.report.own.folder import ENDING, REPLACEABLE, STANDARD, OwnTemplates
from auditor.report.own.pages import OURS, sandbox
from auditor.report.own.readable import ReportView
from auditor.report.own.sandbox import OwnEnvironment
from auditor.report.sections import FRONT

ADDED_TO = frozenset({"before", "after"})
"""Blocks that every section has, around all that the standard template prints."""
_LOADS = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


def context_type(section: str) -> type:
    """The dataclass that the template of a standard section receives."""
    module = importlib.import_module(f"auditor.report.sections.{section}")
    kind = get_type_hints(module.context)["return"]
    return next(one for one in (kind, *get_args(kind)) if isinstance(one, type) and one is not type(None) and not get_args(one))


def mistakes(own: OwnTemplates, said: dict[str, Any]) -> list[AuditError]:
    """Every mistake that stands in the templates' text; `said`: globals that templates may use."""
    environment = sandbox(own, said)
    found: list[AuditError] = []
    for name in sorted(own.sources):
        try:
            tree = environment.parse(own.sources[name], name)
        except TemplateSyntaxError as error:
            found.append(AuditError(f"{name}, line {error.lineno}: {error.message}.", fix="correct the template"))
            continue
        except RecursionError:
            found.append(AuditError(f"{name}: it is nested too deeply.", fix="simplify it"))
            continue
        found += _of_one(own, environment, name, tree)
    return found


def _of_one(own: OwnTemplates, environment: OwnEnvironment, name: str, tree: nodes.Template) -> Iterator[AuditError]:
    known = set(environment.list_templates())
    for escape in tree.find_all(nodes.EvalContextModifier):
        yield AuditError(f"{name}, line {escape.lineno}: escaping cannot be switched off.", fix="remove {% autoescape %}")
    for load in tree.find_all(_LOADS):
        wanted = load.template  # type: ignore[attr-defined]
        if isinstance(wanted, nodes.Const) and wanted.value not in known:
            hint = did_you_mean(str(wanted.value), known)
            hint = hint if hint.startswith("did") else "`auditor template export DIR` writes out the standard ones"
            yield AuditError(f"{name}, line {load.lineno}: there is no template {str(wanted.value)[:80]!r}.", fix=hint)
    section = name.removeprefix("sections/").removesuffix(ENDING)
    if not name.startswith("sections/"):
        return
    parent = next((one.template.value for one in tree.find_all(nodes.Extends) if isinstance(one.template, nodes.Const)), None)
    if section in STANDARD and section not in (*REPLACEABLE, FRONT):  # page one is refused whole, by name
        yield from _only_added(name, section, tree, parent)
    yield from _unknown(own, environment, name, tree, parent)


def _only_added(name: str, section: str, tree: nodes.Template, parent: Any) -> Iterator[AuditError]:
    wanted = f"{OURS}sections/{section}{ENDING}"
    if parent != wanted:
        yield AuditError(
            f"{name}: this section may be added to, not replaced.", expected=f'{{% extends "{wanted}" %}} in its first line',
            fix="write what you add into {% block before %} or {% block after %}",
        )  # fmt: skip
    for block in tree.find_all(nodes.Block):
        if block.name not in ADDED_TO:
            yield AuditError(
                f"{name}, line {block.lineno}: the block `{block.name}` of this section stays as it is.",
                fix="use the blocks before and after",
            )


def _unknown(
    own: OwnTemplates, environment: OwnEnvironment, name: str, tree: nodes.Template, parent: Any
) -> Iterator[AuditError]:
    """Blocks that the extended template does not have, and names that nobody defines."""
    section = name.removeprefix("sections/").removesuffix(ENDING)
    kind = context_type(section) if section in STANDARD else ReportView
    allowed = {field.name for field in fields(kind)} | set(environment.globals)
    blocks: set[str] = set()
    while isinstance(parent, str) and len(blocks) < 1000:
        try:
            source = environment.loader.get_source(environment, parent)[0] if environment.loader else ""
            inherited = environment.parse(source)
        except Exception:  # a parent that is missing or wrong is told elsewhere
            return
        blocks |= {block.name for block in inherited.find_all(nodes.Block)}
        allowed |= defined_names(inherited)
        parent = next(
            (one.template.value for one in inherited.find_all(nodes.Extends) if isinstance(one.template, nodes.Const)), None
        )
        if parent == name:
            yield AuditError(f"{name}: it extends itself.", fix=f'extend "{OURS}{name}"')
            return
    for block in tree.find_all(nodes.Block) if blocks else ():
        if block.name not in blocks:
            hint = did_you_mean(block.name, blocks)
            yield AuditError(f"{name}, line {block.lineno}: the block `{block.name}` is nowhere in the standard.", fix=hint)
    for missing in sorted(meta.find_undeclared_variables(tree) - allowed - defined_names(tree)):
        lines = [one.lineno for one in tree.find_all(nodes.Name) if one.name == missing]
        hint = did_you_mean(missing, allowed)
        yield AuditError(f"{name}, line {min(lines, default=0)}: `{missing}` is not defined here.", fix=hint)


def defined_names(tree: nodes.Template) -> set[str]:
    """Names that a template defines at its top: macros it imports or writes, values it sets."""
    names: set[str] = {node.name for node in tree.find_all(nodes.Macro)} | {node.target for node in tree.find_all(nodes.Import)}
    for imported in tree.find_all(nodes.FromImport):
        names |= {one[1] if isinstance(one, tuple) else one for one in imported.names}
    return names | {one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"}
