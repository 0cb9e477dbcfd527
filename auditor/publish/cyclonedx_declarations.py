"""Gates and clauses as requirements, claims and evidence of a CycloneDX document; the sign-off is empty until someone signs.

A requirement carries no conformance score unless it is a gate that was decided: 1 where met, 0 where not met. A clause never
has one: its claim says what evidence there is and what people declared. Nobody attests anything here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditor.evidence.clauses import FrameworkFact
from auditor.evidence.findings import Finding
from auditor.publish.finished import FinishedRun
from auditor.publish.gate_outcomes import gate_name

GATES = "Gates of the audit plan"
NO_CLAIM = ("missing", "out of scope")
"""Clauses of these statuses are requirements without a claim."""


def definitions(run: FinishedRun) -> dict[str, Any]:
    """The plan's gates, and each framework it selected, as standards with requirements."""
    gates = [_gates(run)] if run.gates else []
    return {"standards": [*gates, *(_framework(one, clauses) for one, clauses in _selected(run))]}


def declarations(run: FinishedRun, model: str) -> dict[str, Any]:
    """What measurements and statements there are for each requirement.

    Args:
        run: the run.
        model: bom-ref of the audited model, the target of every claim.
    """
    tool = {"bom-ref": "assessor-auditor", "thirdParty": False, "organization": {"name": "auditor (measurement by a program)"}}
    mapped = [(GATES, [_gate_map(gate) for gate in run.gates])] if run.gates else []
    mapped += [(one.title, [_clause_map(clause) for clause in clauses]) for one, clauses in _selected(run)]
    found = [*run.gates, *(clause for _, clauses in _selected(run) for clause in clauses if clause.status not in NO_CLAIM)]
    return {
        "assessors": [tool],
        "attestations": [
            {"summary": f"{title}, as measured; nobody has signed this.", "assessor": tool["bom-ref"], "map": entries}
            for title, entries in mapped
        ],
        "claims": [_claim(finding, model) for finding in found],
        "evidence": [_evidence(finding) for finding in found],
        "affirmation": {"statement": "", "signatories": []},
    }


def _selected(run: FinishedRun) -> list[tuple[FrameworkFact, list[Finding]]]:
    """Each framework with the findings on its clauses."""
    clauses = [finding for finding in run.report.findings if finding.clause is not None]
    return [
        (one, [finding for finding in clauses if finding.clause is not None and finding.clause.framework == one.id])
        for one in run.report.frameworks
    ]


def _gates(run: FinishedRun) -> dict[str, Any]:
    planned = [gate for gate in run.report.plan.get("gates") or [] if isinstance(gate, dict)]
    owners = sorted({str(gate.get("chosen_by") or "") for gate in planned} - {""})
    return {
        "bom-ref": "standard-gate",
        "name": GATES,
        "version": run.report.thresholds_sha256[:16],
        "description": "Set before the run; the version is the start of their SHA-256.",
        **({"owner": ", ".join(owners)} if owners else {}),
        "requirements": [
            {"bom-ref": f"requirement-{one.id}", "identifier": one.id, "title": f"{gate_name(one)} {one.bound}".strip(),
             "text": f"{one.bound}, decided on {one.decided_on}" if one.bound else one.statement}
            for one in run.gates
        ],
    }  # fmt: skip


def _framework(framework: FrameworkFact, clauses: Sequence[Finding]) -> dict[str, Any]:
    applies = framework.applicability
    said = (
        f" Applicability, declared by {framework.applicability_by}: {applies}" if applies else " Applicability: not declared."
    )
    return {
        "bom-ref": f"standard-{framework.id}",
        "name": framework.title,
        "version": framework.version,
        "description": f"{framework.status_note} Paraphrased, as of {framework.as_of}; not the official text.{said}",
        "requirements": [
            {"bom-ref": f"requirement-{one.id}", "identifier": one.clause.id, "title": one.clause.title,
             "text": one.clause.requirement}
            for one in clauses if one.clause is not None
        ],
        "externalReferences": [{"type": "documentation", "url": framework.source_url}],
    }  # fmt: skip


def _gate_map(gate: Finding) -> dict[str, Any]:
    score = {"met": 1.0, "not met": 0.0}.get(gate.status)
    side = "counterClaims" if gate.status == "not met" else "claims"
    entry: dict[str, Any] = {"requirement": f"requirement-{gate.id}", side: [f"claim-{gate.id}"]}
    if score is not None:
        entry["conformance"] = {"score": score, "rationale": gate.statement}
    return entry


def _clause_map(clause: Finding) -> dict[str, Any]:
    claims = [] if clause.status in NO_CLAIM else [f"claim-{clause.id}"]
    return {"requirement": f"requirement-{clause.id}", "claims": claims}


def _claim(finding: Finding, model: str) -> dict[str, Any]:
    about = finding.clause.said if finding.clause else finding.status
    what = f"{finding.clause.id} {finding.clause.title}" if finding.clause else f"{gate_name(finding)} {finding.bound}"
    return {
        "bom-ref": f"claim-{finding.id}",
        "target": model,
        "predicate": f"{about}: {what}".strip(),
        "reasoning": " ".join(part for part in (finding.statement, finding.next_step) if part),
        "evidence": [f"evidence-{finding.id}"],
    }


def _evidence(finding: Finding) -> dict[str, Any]:
    if finding.clause is not None:
        parts = [one.title for one in finding.clause.evidence if one.there]
        parts += [f"statement on {one.key}, declared by {one.by}" for one in finding.clause.statements if one.by]
        name, shown = finding.id, "; ".join(parts) or "nothing measured"
    else:
        figures = {"value": finding.value, "low": finding.low, "high": finding.high}
        shown = ", ".join(f"{key} {value!r}" for key, value in figures.items() if value is not None) or "no value"
        name = gate_name(finding)
    return {"bom-ref": f"evidence-{finding.id}", "propertyName": name, "description": f"{shown}; from report.json"}
