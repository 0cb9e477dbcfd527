"""Templates and the dataclasses they receive: nothing undefined, nothing unused, down to the last nested field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from jinja2 import meta, nodes

from auditor.report.own.folder import STANDARD
from auditor.report.own.structure import context_type, defined_names
from auditor.report.own.trial import trial
from auditor.report.templates import environment, folder

GLOBALS = {"inline", "not_provided"}
READ_BY_CODE = {
    "Shown.how",  # is printed once below the figures it was used for
    "Picture.content",
    "Picture.media",  # go into the PDF
    "Column.code",  # chooses the style
    "Definition.names",  # choose which definitions are printed
}


def tree(name: str) -> nodes.Template:
    return environment().parse((folder() / name).read_text("utf-8"))


def values(section: str) -> dict[str, Any]:
    context = trial(context_type(section))
    return {field.name: getattr(context, field.name) for field in fields(context)}


def held(kind: type) -> Iterator[type]:
    """The dataclasses of the report that a context is made of, itself first."""
    yield kind
    waiting: list[Any] = list(get_type_hints(kind).values())
    while waiting:
        hint = waiting.pop()
        waiting.extend(get_args(hint))
        if isinstance(hint, type) and not get_args(hint) and is_dataclass(hint):
            yield from held(hint)


@pytest.mark.parametrize("name", STANDARD)
def test_a_template_uses_exactly_the_documented_fields_of_its_context(name: str) -> None:
    kind = context_type(name)
    made = tree(f"sections/{name}.html.j2")
    used = meta.find_undeclared_variables(made) - GLOBALS - (defined_names(made) - {field.name for field in fields(kind)})
    assert used == {field.name for field in fields(kind)}
    assert kind.__doc__ and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_every_nested_field_is_read_by_some_template_that_receives_it() -> None:
    macros = {node.attr for node in tree("macros.html.j2").find_all(nodes.Getattr)}
    read: dict[type, set[str]] = {}
    for name in STANDARD:
        used = {node.attr for node in tree(f"sections/{name}.html.j2").find_all(nodes.Getattr)} | macros
        for kind in held(context_type(name)):
            if kind is not context_type(name):
                read.setdefault(kind, set()).update(used)
    unread = {
        f"{kind.__name__}.{field.name}"
        for kind, names in read.items()
        for field in fields(kind)
        if field.name not in names and not field.name.startswith("_")
    }
    assert unread == READ_BY_CODE


@pytest.mark.parametrize("name", STANDARD)
@pytest.mark.parametrize("inline", [True, False])
def test_every_template_lays_out_a_context_with_every_field_filled(name: str, inline: bool) -> None:
    jinja = environment()
    jinja.globals.update(inline=inline, not_provided="Not provided", linked=())
    page = jinja.get_template(f"sections/{name}.html.j2").render(values(name))
    assert page.strip() and "None" not in page
