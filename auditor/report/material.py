"""What a section is made from: the record in printable form, its results by name, the methods in their printed order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from auditor.evidence.results import Ranking
from auditor.judge.declarations import topic
from auditor.report.language.choose import language_of
from auditor.report.language.translate import Language, say
from auditor.report.layout import AS_PLANNED, Layout, own_layout
from auditor.report.lookup import Lookup
from auditor.report.method import Method as Method
from auditor.report.method import methods_of
from auditor.report.own.folder import OwnTemplates
from auditor.report.pdf import Attached
from auditor.report.printable import distinct, quoted
from auditor.report.record import Report
from auditor.report.view import Statement
from auditor.report.words import ORDERS, title

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
    "metric_choice": "Choice of metrics and thresholds, with its reasons",
    "monitoring": "Monitoring in operation",
}
"""Statements every report asks the owner for; a missing one is a visible box."""


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
    attached: tuple[Attached, ...] = ()
    """Files inside the PDF."""
    layout: Layout = AS_PLANNED
    """What is asked for beyond the plan: language, profile, paper, templates."""
    own: OwnTemplates | None = None
    """Templates, theme and sections of the user; None: the standard ones."""

    @property
    def language(self) -> str:
        """Language of the page: 'en', 'zh', ..."""
        return self.layout.language or own_layout(self.report.plan)["language"]

    @cached_property
    def spoken(self) -> Language | None:
        """What the document is made in; None: English."""
        return language_of(self.language, self.report, self.layout.templates)

    @property
    def profile(self) -> str:
        """'full' or 'summary'."""
        return self.layout.profile or own_layout(self.report.plan)["profile"]

    @property
    def paper(self) -> str:
        """'A4' or 'Letter'."""
        return self.layout.paper or own_layout(self.report.plan)["paper"]

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
        return methods_of(self.report, self.plan("primary", "method", default=""))

    @property
    def methods_in_body(self) -> tuple[Method, ...]:
        """The primary method and at most two others; the control only where it is the primary one."""
        return tuple(one for one in self.methods if one.name != "random" or one is self.primary)[:MOST_METHODS]

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
        return Statement(TOPICS.get(key) or topic(key), said["statement"], f"{who}, {said.get('date', 'no date')}")

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

    def named(self, by: dict[str, str]) -> dict[str, str]:
        """A slice with methods, controls and measures by their names for the reader."""
        titles = {method.name: method.title for method in self.methods}
        words = {"method": titles, "other": titles, "control": ORDERS}
        named = {key: words.get(key, {}).get(value, value) for key, value in by.items()}
        named |= {"fill": by["fill"].replace("_", " ")} if "fill" in by else {}
        of = title(by["of"]) if "of" in by else ""
        return named | ({"of": of if of[:2].isupper() else f"{of[0].lower()}{of[1:]}"} if of else {})

    def feature(self, name: str) -> str:
        """A feature's short name: 'r3 c4' on a grid (row 3, column 4, from the top left), “for” of a text, else its own."""
        features = self.report.prepared.features
        if features.kind == "words":  # which any word of our own sentences may be
            return quoted(name)
        if features.kind == "windows":
            channel, _, steps = name.rpartition(", ")
            return f"{channel}, {say(steps)}".replace(" ", "\u00a0").replace(",\u00a0", ", ") if channel else name
        if features.grid is None or name not in self._places:
            return name
        row, column = divmod(self._places[name], features.grid[1])
        return f"r{row + 1}\u00a0c{column + 1}"

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.report.prepared.features.names)}
