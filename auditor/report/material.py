"""What a section is made from: the record in printable form, its results by name, the methods in their printed order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from auditor.evidence.facts import MethodFacts
from auditor.evidence.findings import Finding
from auditor.evidence.results import Ranking
from auditor.report.lookup import Lookup
from auditor.report.printable import distinct
from auditor.report.record import Report
from auditor.report.verdicts import CONTROL, NONE, verdict_status
from auditor.report.view import Statement
from auditor.report.words import Status, title

MOST_METHODS = 3
"""Methods with curves in the body; the others have one row each."""
MOST_CLASSES = 20
"""Classes with a map and a row of first features."""

TOPICS = {
    "intended_purpose": "Intended purpose",
    "out_of_scope_use": "Use that is not intended",
    "human_oversight": "Human oversight",
    "ground_truth": "Ground truth (who labelled, how many readers, agreement)",
    "training_data": "Training data and overlap with this evaluation set",
}
"""Statements every report asks the owner for; a missing one is a visible box."""


@dataclass(frozen=True)
class Method:
    """One attribution method of the audit, with its verdict."""

    facts: MethodFacts
    finding: Finding | None
    """The verdict on it, if the record has one."""

    @property
    def name(self) -> str:
        """Name in the record."""
        return self.facts.name

    @property
    def title(self) -> str:
        """Name for the reader."""
        return self.facts.title or self.facts.name.replace("_", " ")

    @property
    def verdict(self) -> Status:
        """'Usable for class-level rankings', 'With caution', 'Do not rely on' or 'Not evaluated'."""
        status = verdict_status(self.finding)
        return CONTROL if status == NONE and self.name == "random" else status


@dataclass(frozen=True)
class Material:
    """Everything a section may use."""

    report: Report
    """All strings printable; `files` and the exemplars' paths as in the record."""
    report_id: str
    """SHA-256 of the record as it is stored."""
    arrays: Mapping[str, Mapping[str, np.ndarray]]
    """Exemplar file -> its arrays; empty unless the plan's examples are 'full'."""
    sections: Mapping[str, str]
    """Section -> its number in this document, for references."""

    @cached_property
    def results(self) -> Lookup:
        """Results by name and slice."""
        return Lookup(self.report.results)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Class names short enough for tables and figures, all different."""
        return distinct(self.report.prepared.model.classes, 28)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names as slices have them."""
        return self.report.prepared.model.classes

    @property
    def several(self) -> bool:
        """Whether a row may have several labels."""
        return self.report.prepared.model.multi_label

    def title(self, name: str) -> str:
        """Name of a result for the reader; with several labels accuracy says what it counts."""
        return "Exact match accuracy" if self.several and name == "accuracy" else title(name)

    def plan(self, *keys: str, default: Any = None) -> Any:
        """A value of the plan; `default` where it is absent or null."""
        value: Any = self.report.plan
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return default if value is None else value

    @cached_property
    def methods(self) -> tuple[Method, ...]:
        """The primary method first, then the others in the plan's order, random attributions last."""
        verdicts: dict[str, Finding] = {}
        for finding in self.report.findings:
            if finding.kind == "verdict":
                verdicts.setdefault(finding.id.removeprefix("verdict-"), finding)
                for _, by in finding.results:
                    verdicts.setdefault(by.get("method", ""), finding)
        primary = self.plan("primary", "method", default="")
        facts = sorted(self.report.prepared.methods, key=lambda method: (method.name != primary, method.name == "random"))
        return tuple(Method(fact, verdicts.get(fact.name)) for fact in facts)

    @property
    def primary(self) -> Method | None:
        """The method fixed beforehand for page one; None when the audit explains nothing."""
        wanted = self.plan("primary", "method", default="")
        return next((method for method in self.methods if method.name == wanted), None)

    @cached_property
    def fill(self) -> str:
        """The primary fill: the plan's, else the first one prepared."""
        fills = self.report.prepared.fills
        return str(self.plan("primary", "fill", default=fills[0].name if fills else ""))

    @property
    def score(self) -> str:
        """What curves measure: 'probability', 'logit' or 'log odds'."""
        return str(self.plan("primary", "score", default="probability")).replace("_", " ")

    def statement(self, key: str) -> Statement | None:
        """What the owner declared under a key of the plan; None when nothing was."""
        said = self.plan("declared", key)
        if not isinstance(said, dict) or not said.get("statement"):
            return None
        who = (
            f"{said.get('role', 'role not stated')} ({said['name']})"
            if said.get("name")
            else said.get("role", "role not stated")
        )
        return Statement(
            TOPICS.get(key, key.replace("_", " ").capitalize()), said["statement"], f"{who}, {said.get('date', 'no date')}"
        )

    @cached_property
    def rankings(self) -> tuple[tuple[int, Ranking], ...]:
        """(class index, ranking) of the primary method, for classes that have one; at most MOST_CLASSES, in class order."""
        if self.primary is None:
            return ()
        found = []
        for index, name in enumerate(self.classes):
            ranking = self.results.ranking("feature_ranking", {"method": self.primary.name, "class": name})
            if isinstance(ranking, Ranking):
                found.append((index, ranking))
        return tuple(found[:MOST_CLASSES])

    def share_map(self, ranking: Ranking) -> np.ndarray | None:
        """[rows, columns] share per patch, NaN where the ranking stores no share; None when features lie in no grid."""
        features = self.report.prepared.features
        if features.grid is None:
            return None
        place = {name: index for index, name in enumerate(features.names)}
        flat = np.full(features.grid[0] * features.grid[1], np.nan)
        for item in ranking.items:
            if place.get(item.feature, len(flat)) < len(flat):
                flat[place[item.feature]] = item.share
        return flat.reshape(features.grid)

    def feature(self, name: str) -> str:
        """A feature's short name: 'r3 c4' on a grid (row 3, column 4, from the top left), else its own."""
        features = self.report.prepared.features
        if features.grid is None or name not in self._places:
            return name
        row, column = divmod(self._places[name], features.grid[1])
        return f"r{row + 1}\u00a0c{column + 1}"

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.report.prepared.features.names)}
