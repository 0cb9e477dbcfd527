"""A framework as data: clauses of a law, standard or guidance, paraphrased, with the evidence and statements each asks for.

The frameworks shipped with the product lie in `auditor/judge/frameworks/`, one file each.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from auditor.errors import AuditError, PlanMistakes
from auditor.evidence.record import Record
from auditor.plan.mistakes import expected_of, shown
from auditor.plan.yaml_text import parse_yaml
from auditor.registry import data_folder, data_names

FOLDER = "judge.frameworks"
_MOST_BYTES = 1_000_000

EvidenceKind = Literal[
    "model_identity", "model_structure", "dataset_description", "performance", "calibration", "subgroup_performance",
    "robustness", "attributions", "faithfulness", "sanity_checks", "rankings", "example_explanations", "proxy_features",
    "provenance", "reproducibility", "thresholds_and_gates", "change_vs_previous", "limitations", "human_oversight_statement",
    "intended_purpose_statement", "signoff",
]  # fmt: skip
ClauseKind = Literal["automated", "declared", "mixed", "out_of_scope"]


def _day(text: str) -> str:
    datetime.date.fromisoformat(text)  # the pattern lets the 31st of February through
    return text


Line = Annotated[str, Field(min_length=1, max_length=300)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_day)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,60}$")]


class Clause(Record):
    """What one clause asks for, in our own words."""

    id: Line = Field(description="as it is cited: 'Art. 9(8)'")
    title: Line
    requirement: Text = Field(description="the paraphrase")
    evidence: tuple[EvidenceKind, ...] = Field((), description="kinds of evidence that can support an assessment")
    kind: ClauseKind = Field(
        description="automated: results alone; declared: a person's statement, results only support it; mixed: both; "
        "out_of_scope: no audit report can be evidence"
    )
    declared: tuple[Key, ...] = Field((), description="keys of the plan's `declared` that the clause asks for, all of them")
    always_partial: str = Field("", max_length=200, description="why it is never more than partial: 'security not evaluated'")
    note: str = Field("", max_length=2000)

    @model_validator(mode="after")
    def _asks_for_what_its_kind_can_have(self) -> Clause:
        if self.kind in ("declared", "mixed") and not self.declared:
            raise ValueError(f"{self.id}: a {self.kind} clause names the statements it asks for in `declared`")
        if self.kind in ("automated", "out_of_scope") and self.declared:
            raise ValueError(f"{self.id}: a clause of kind {self.kind} asks for no statement")
        if self.kind == "automated" and not self.evidence:
            raise ValueError(f"{self.id}: an automated clause names its evidence")
        return self


class Framework(Record):
    """A framework in one edition."""

    schema_version: Literal[1] = 1
    id: Key
    title: Line
    version: Line
    date: Line = Field(description="of the edition, as precise as it is known")
    as_of: Day = Field(description="the day on which title, status and clauses were last checked")
    source_url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500)]
    status_note: Text = Field(description="in force, voluntary, draft …, with the dates that matter")
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _each_clause_once(self) -> Framework:
        twice = [name for name, count in Counter(clause.id for clause in self.clauses).items() if count > 1]
        if twice:
            raise ValueError(f"two clauses are called {twice[0]}")
        return self


def framework_names() -> tuple[str, ...]:
    """Ids of the frameworks shipped with the product, sorted."""
    return data_names(FOLDER, "yaml")


def shipped(name: str) -> Framework:
    """A framework of the product."""
    return read_framework((data_folder(FOLDER) / f"{name}.yaml").read_bytes(), f"{name}.yaml")


def read_framework(content: bytes, name: str) -> Framework:
    """A framework from its YAML.

    Args:
        content: the file.
        name: what to call it in messages.

    Raises:
        AuditError: it is no YAML mapping.
        PlanMistakes: it says something wrong; holds every mistake.
    """
    value: Any = parse_yaml(content[:_MOST_BYTES].decode("utf-8", "replace"), name).value
    if not isinstance(value, dict):
        raise AuditError(
            f"{name} is no framework.",
            found=type(value).__name__,
            expected="a mapping with id, title, version, date, as_of, source_url, status_note and clauses",
            fix="`auditor schema framework` prints every key",
        )
    try:
        return Framework.model_validate(value)
    except ValidationError as problem:
        raise PlanMistakes(name, [_mistake(one) for one in _own_mistakes(problem.errors())]) from problem


def _own_mistakes(errors: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without lists that are too short only because their entries were refused."""
    inner = {one["loc"][:depth] for one in errors for depth in range(len(one["loc"]))}
    return [one for one in errors if not (one["type"] == "too_short" and one["loc"] in inner)]


def _mistake(one: Mapping[str, Any]) -> AuditError:
    place = ".".join(map(str, one["loc"]))
    if one["type"] in ("missing", "extra_forbidden"):
        message = f"`{place}` is missing." if one["type"] == "missing" else f"`{place}` is not a key of a framework."
        return AuditError(message, fix="`auditor schema framework` prints every key")
    return AuditError(
        f"`{place}` has a value that cannot be used." if place else "The entries of the file do not fit together.",
        found="" if isinstance(one["input"], dict) else shown(one["input"]),
        expected=expected_of(one),
        fix="`auditor schema framework` prints every key",
    )
