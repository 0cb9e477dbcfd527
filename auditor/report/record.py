"""report.json: everything the document says, and nothing it does not. The HTML and the PDF are a pure function of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from auditor.evidence.beforehand import Beforehand
from auditor.evidence.clauses import FrameworkFact
from auditor.evidence.comparison import Comparison
from auditor.evidence.facts import Prepared
from auditor.evidence.findings import Finding
from auditor.evidence.record import Record, canonical_json, sha256
from auditor.evidence.redaction import Redaction
from auditor.evidence.results import Result


class Exemplar(Record):
    """One example explanation; its pixels live in `file`, which holds no more than the plan's `examples` allows."""

    sample_id: str
    rule: str = Field(description="why it was chosen: 'right, most typical confidence'")
    group: Literal["right", "wrong", "borderline"]
    label: int
    predicted: int
    probability: float
    top: dict[str, tuple[tuple[str, float], ...]] = Field(description="method -> (feature, share of magnitude), largest first")
    file: str = Field(description="path inside the run, '' when the plan forbids examples")
    labels: tuple[int, ...] | None = Field(None, description="with several labels: those that hold, None where unknown")
    called: tuple[int, ...] = Field((), description="with several labels: those predicted")
    maps: str = Field("", description="path of its feature maps inside the run, '' where none were kept")


class Report(Record):
    """The record a report is rendered from. Its id is the SHA-256 of its canonical JSON."""

    schema_version: str = "1"
    plan: dict[str, Any] = Field(description="the resolved plan, without paths of the machine")
    prepared: Prepared
    evidence: dict[str, str] = Field(description="table -> SHA-256 of its content, independent of shards")
    protocols: dict[str, dict[str, str]] = Field(description="id -> the whole protocol, for print")
    results: tuple[Result, ...]
    findings: tuple[Finding, ...]
    thresholds_sha256: str = Field(description="digest of the gates that were judged")
    exemplars: tuple[Exemplar, ...]
    files: dict[str, str] = Field(description="path inside the run -> SHA-256, for every file the document shows or attaches")
    frameworks: tuple[FrameworkFact, ...] = Field((), description="those the plan chose, whose clauses are among the findings")
    redacted: Redaction | None = Field(None, description="what a redacted copy lacks; None: the report is none")
    beforehand: Beforehand | None = Field(None, description="frozen thresholds and earlier audits; None: not recorded")
    comparison: Comparison | None = Field(
        None, description="what changed since the release before; None: none was named, or it could not be compared"
    )

    @property
    def id(self) -> str:
        """SHA-256 of canonical report.json."""
        return sha256(canonical_json(self))
