"""Methods of an audit with the verdicts on them, in printed order."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.facts import MethodFacts
from auditor.evidence.findings import Finding
from auditor.report.record import Report
from auditor.report.verdicts import CONTROL, NONE, verdict_status
from auditor.report.words import Status


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


def methods_of(report: Report, primary: str) -> tuple[Method, ...]:
    """The primary method first, then the others in the plan's order, random attributions last."""
    verdicts: dict[str, Finding] = {}
    for finding in report.findings:
        if finding.kind == "verdict":
            verdicts.setdefault(finding.id.removeprefix("verdict-"), finding)
            for _, by in finding.results:
                verdicts.setdefault(by.get("method", ""), finding)
    facts = sorted(report.prepared.methods, key=lambda method: (method.name != primary, method.name == "random"))
    return tuple(Method(fact, verdicts.get(fact.name)) for fact in facts)
