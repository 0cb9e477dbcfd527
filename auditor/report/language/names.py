"""What is never translated: names that the plan, the data and the model gave, and what people declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.evidence.results import Ranking
from auditor.report.printable import distinct
from auditor.report.record import Report

_DECLARED = frozenset(
    "title name version description path weights factory statement role date chosen_by reason waived_by owner response accepted "
    "unit columns groups id file label column url licence license".split()
)
"""Keys of the plan whose texts are people's own words or names."""


def names_of(report: Report) -> frozenset[str]:
    """Names of classes, features, groups, layers, files and versions in a report, and the plan's own texts."""
    return frozenset(name for name in _names(report) if name and any(one.isalpha() for one in name))


def _names(report: Report) -> Iterator[str]:
    prepared = report.prepared
    model, data = prepared.model, prepared.data
    yield from (*model.classes, *distinct(model.classes, 28), *(name[:12] for name in model.classes))
    described = report.plan.get("data") or {}
    yield f"{data.name} {described.get('version') or ''}".strip()
    yield from (model.name, model.version, f"{model.name} {model.version}", model.type, data.name, data.unit)
    yield from prepared.features.names
    for layer in model.layer_table:
        yield from (layer.name, layer.type)
    for name, kind, _ in model.layers:
        yield from (name, kind)
    yield from (name for member in model.members for name in (member.name, member.type))
    yield from (file.name for file in prepared.files)
    yield from (one for method in prepared.methods for one in (method.name, method.citation) if "_" in one or "20" in one or "19" in one)
    yield from (one.source for one in prepared.robustness.corruptions) if prepared.robustness else ()
    yield from (f"{name} {version}" for name, version in prepared.environment.packages.items())
    yield from (prepared.environment.platform, prepared.environment.device, prepared.environment.python)
    for result in report.results:
        yield from (result.slice.get(key, "") for key in ("attribute", "group", "feature", "class", "member"))
        if isinstance(result, Ranking):
            yield from (item.feature for item in result.items)
    for example in report.exemplars:
        yield example.sample_id
        yield from (feature for top in example.top.values() for feature, _ in top)
    yield from _own_words(report.plan)


def _own_words(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _own_words(one, key if key in ("declared", "columns", "groups") else str(name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _own_words(one, key)
    elif isinstance(value, str) and (key in _DECLARED or key == "declared"):
        yield value
