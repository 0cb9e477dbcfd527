"""Annex: how each number was made, with sources, and the protocols word for word."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.definitions import DEFINITIONS, Definition
from auditor.report.definitions_checks import CHECKS
from auditor.report.definitions_groups import GROUPS
from auditor.report.glossary import abbreviations
from auditor.report.material import Material
from auditor.report.view import Cell, TableView, columns

KIND = "Definitions"
TITLE = "What do the terms mean, and how was each number made?"


_PROTOCOLS = {"controls": "orders that see no model"}
"""Protocols whose id says too little → what they are of."""


@dataclass(frozen=True)
class Definitions:
    """Definitions of what this report prints."""

    definitions: tuple[Definition, ...]
    methods: tuple[tuple[str, str, str], ...]
    """(method, known failings, source), as `auditor methods` lists them."""
    abbreviations: TableView
    protocols: tuple[TableView, ...]


def context(material: Material) -> Definitions:
    """The annex from the record: only terms whose results are in it."""
    present = {result.name for result in material.report.results}
    rows: dict[str, tuple[tuple[Cell, ...], ...]] = {
        identifier: tuple((key.replace("_", " ").capitalize(), text[:1].upper() + text[1:]) for key, text in protocol.items())
        for identifier, protocol in sorted(material.report.protocols.items())
    }
    return Definitions(
        definitions=tuple(one for one in (*DEFINITIONS, *CHECKS, *GROUPS) if not one.names or present & set(one.names)),
        methods=tuple(
            (method.title, method.facts.failings, method.facts.citation[:1].upper() + method.facts.citation[1:])
            for method in material.methods
            if method.facts.failings or method.facts.citation
        ),
        abbreviations=TableView(
            "Abbreviations",
            columns("Abbreviation", "In full"),
            abbreviations(present, {method.name for method in material.methods}),
        ),
        protocols=tuple(
            TableView(f"Protocol: {_PROTOCOLS.get(name, name)}", columns("Item", "Value"), lines)
            for name, lines in rows.items()
        ),
    )
