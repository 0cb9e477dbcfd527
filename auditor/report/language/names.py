"""What is never translated: names that the plan, the data and the model gave, and what people declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from auditor.evidence.comparison import Comparison
from auditor.evidence.results import Ranking
from auditor.judge.declarations import TITLES
from auditor.report.model_layers import layer_name
from auditor.report.printable import distinct, quoted, shorten
from auditor.report.record import Report

_LENGTHS = (30, 32, 40, 44, 48, 52)
"""Lengths that sections cut such a name to."""
_UNNAMED = re.compile(r"member \d+\b|all others$")  # our own names: of a member of an ensemble, of classes left out
_WORDS = (24, 40)
_LAYERS = (24, 30, 34, 40, 60)
_OWN = """
title version description path weights factory statement role date chosen_by reason waived_by owner response accepted unit
columns groups id file label column url licence license"""
_DECLARED = frozenset(_OWN.split())
"""Keys of the plan whose texts are people's own words or names."""


def names_of(report: Report) -> tuple[frozenset[str], frozenset[str]]:
    """Names of classes, features, groups, layers, files and versions in a report, and the plan's own texts.

    Returns:
        (all of them, those that stay as they are inside a sentence too). A feature that is a word of a text may be any word of
        ours: it is a name where it stands in quotes.
    """
    inside = {name for name in _names(report) if len(name) > 1 and any(one.isalpha() for one in name)}
    inside = {name for name in inside if not _UNNAMED.match(name)}
    words = {one for result in report.results if isinstance(result, Ranking) for one in (item.feature for item in result.items)}
    words |= {feature for one in report.exemplars for top in one.top.values() for feature, _ in top}
    if report.prepared.features.kind == "words":
        words = {one for word in words for one in (quoted(word), *(shorten(quoted(word), length) for length in _WORDS))}
    named = inside | words | set(report.prepared.features.names)
    tables = set(report.evidence)  # words such as "curves", which stay only where they stand alone
    return frozenset(named | tables), frozenset(named)


def names_in(made: Comparison) -> tuple[frozenset[str], frozenset[str]]:
    """The same of a comparison: names of models, data, classes, groups, features and samples of the two audits."""
    named = {name for name in _compared(made) if len(name) > 1 and any(one.isalpha() for one in name)}
    features = {moved.feature for one in made.rankings for moved in (*one.gained, *one.lost)}
    words = {name for name in features if name.isalpha() and name.islower()}  # which any word of a sentence may be
    return frozenset(named | features), frozenset(named | (features - words))


def _compared(made: Comparison) -> Iterator[str]:
    for side in (made.old, made.new):
        for name in (side.model, side.data, side.plan):
            yield from (name, *(shorten(name, length) for length in (*_LENGTHS, 60)))
    slices = [*(one.slice for one in made.changes), *(one.slice for one in made.beside)]
    classes = [by.get(key, "") for by in slices for key in ("attribute", "group", "class", "member")]
    classes += [one.of for one in made.rankings]
    yield from (name for one in classes for name in (one, shorten(one, 24)))
    for flip in (*made.flips.examples_to_wrong, *made.flips.examples_to_right):
        yield flip.sample_id
        yield from (name for one in (flip.label, flip.old, flip.new) for name in (one, shorten(one, 28)))
    for differs in (*made.model, *made.versions):
        yield from (text for text in (differs.old, differs.new) if any(map(str.isdigit, text)))
    for differs in made.data:
        yield from (differs.old, differs.new) if differs.what in ("name", "independent unit") else ()
    for line in made.plan:  # 'primary.fill: "mean", now "zeros"': as the plan has them
        key, _, values = line.partition(": ")
        yield from (key, *values.rsplit(", now ", 1))


def _names(report: Report) -> Iterator[str]:
    prepared = report.prepared
    model, data = prepared.model, prepared.data
    described = report.plan.get("data") or {}
    for name in (model.name, f"{model.name} {model.version}", data.name, f"{data.name} {described.get('version')}"):
        yield from (name, *(shorten(name, length) for length in _LENGTHS))
    yield from () if model.members else (model.type, *(shorten(model.type, length) for length in _LENGTHS))
    yield from (*model.classes, *distinct(model.classes, 28), *(name[:12] for name in model.classes))
    yield from (model.version, data.unit)
    kinds = {layer.type for layer in model.layer_table} | {layer[1] for layer in model.layers}
    layers = {layer.name for layer in model.layer_table} | {layer[0] for layer in model.layers}
    for name in sorted(kinds | layers | {layer_name(one) for one in layers}):
        yield from (name, *(shorten(name, length) for length in _LAYERS))
    yield from (name for member in model.members for name in (member.name, member.type))
    yield from (file.name for file in prepared.files)
    for method in prepared.methods:  # "random" and "saliency" are words too, and "no source" is no citation
        yield from (one for one in (method.name, method.citation) if "_" in one or any(map(str.isdigit, one)))
    yield from (one.source for one in prepared.robustness.corruptions) if prepared.robustness else ()
    yield from (f"{name} {version}" for name, version in prepared.environment.packages.items())
    yield from (prepared.environment.platform, prepared.environment.device, prepared.environment.python)
    for result in report.results:
        yield from (result.slice.get(key, "") for key in ("attribute", "group", "class", "member"))
    yield from (finding.clause.id.removeprefix("Annex ") for finding in report.findings if finding.clause is not None)
    yield from (finding.clause.id for finding in report.findings if finding.clause is not None)
    yield from (framework.applicability_by for framework in report.frameworks)
    yield from (example.sample_id for example in report.exemplars)
    yield from _own_words(report.plan)


def _own_words(plan: dict[str, Any]) -> Iterator[str]:
    """What the plan's author wrote in words of their own, and the values and columns of their data."""
    yield from _texts({key: value for key, value in plan.items() if key != "data"}, "")
    for said in (one for one in (plan.get("declared") or {}).values() if isinstance(one, dict)):  # as a by-line has them
        role, date = said.get("role", "role not stated"), said.get("date", "no date")
        yield from (f"{who}, {date}" for who in (role, f"{role} ({said.get('name')})"))
    for key in (plan.get("declared") or {}).keys() - TITLES.keys():
        yield from (key.replace("_", " "), key.replace("_", " ").capitalize())
    yield from (text for text in _leaves(plan.get("data")) if not (text.isalpha() and text.islower()))


def _texts(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, key if key in ("declared", "groups") else str(name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one, key)
    elif isinstance(value, str) and (key in _DECLARED or key == "declared"):
        yield value


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (str(name) for name in value)
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, str):
        yield value
