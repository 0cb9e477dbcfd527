"""Gates and clauses as requirements, claims and evidence of a CycloneDX document; the sign-off is empty until someone signs.

A requirement carries no conformance score unless its gate was decided: 1 where met, 0 where not met. Nobody attests anything
here: the tool measures, people declare.
"""

from __future__ import annotations

from typing import Any

from auditor.evidence.findings import Finding
from auditor.publish.finished import FinishedRun
from auditor.publish.gate_outcomes import gate_name

KINDS = {"gate": "Gates of the audit plan", "clause": "Clauses the plan selected"}


def definitions(run: FinishedRun) -> dict[str, Any]:
    """The plan's gates, and where there are any its clauses, as standards with requirements."""
    return {"standards": [_standard(run, kind) for kind in KINDS if _of(run, kind)]}


def declarations(run: FinishedRun, model: str) -> dict[str, Any]:
    """What the measurements say on each requirement.

    Args:
        run: the run.
        model: bom-ref of the audited model, the target of every claim.
    """
    found = [finding for kind in KINDS for finding in _of(run, kind)]
    tool = {"bom-ref": "assessor-auditor", "thirdParty": False, "organization": {"name": "auditor (measurement by a program)"}}
    attestations = [
        {
            "summary": f"{KINDS[kind]}, as measured; nobody has signed this.",
            "assessor": tool["bom-ref"],
            "map": [_map(finding) for finding in _of(run, kind)],
        }
        for kind in KINDS
        if _of(run, kind)
    ]
    return {
        "assessors": [tool],
        "attestations": attestations,
        "claims": [_claim(finding, model) for finding in found],
        "evidence": [_evidence(finding) for finding in found],
        "affirmation": {"statement": "", "signatories": []},
    }


def _of(run: FinishedRun, kind: str) -> list[Finding]:
    return [finding for finding in run.report.findings if finding.kind == kind]


def _standard(run: FinishedRun, kind: str) -> dict[str, Any]:
    planned = [gate for gate in run.report.plan.get("gates") or [] if isinstance(gate, dict)]
    owners = sorted({str(gate.get("chosen_by") or "") for gate in planned} - {""})
    return {
        "bom-ref": f"standard-{kind}",
        "name": KINDS[kind],
        "version": run.report.thresholds_sha256[:16],
        "description": "Set before the run; the version is the start of their SHA-256.",
        **({"owner": ", ".join(owners)} if owners and kind == "gate" else {}),
        "requirements": [
            {"bom-ref": f"requirement-{one.id}", "identifier": one.id, "title": f"{gate_name(one)} {one.bound}".strip(),
             "text": f"{one.bound}, decided on {one.decided_on}" if one.bound else one.statement}
            for one in _of(run, kind)
        ],
    }  # fmt: skip


def _map(finding: Finding) -> dict[str, Any]:
    score = {"met": 1.0, "not met": 0.0}.get(finding.status)
    side = "counterClaims" if finding.status == "not met" else "claims"
    entry: dict[str, Any] = {"requirement": f"requirement-{finding.id}", side: [f"claim-{finding.id}"]}
    if score is not None:
        entry["conformance"] = {"score": score, "rationale": finding.statement}
    return entry


def _claim(finding: Finding, model: str) -> dict[str, Any]:
    return {
        "bom-ref": f"claim-{finding.id}",
        "target": model,
        "predicate": f"{finding.status}: {gate_name(finding)} {finding.bound}".strip(),
        "reasoning": " ".join(part for part in (finding.statement, finding.next_step) if part),
        "evidence": [f"evidence-{finding.id}"],
    }


def _evidence(finding: Finding) -> dict[str, Any]:
    figures = {"value": finding.value, "low": finding.low, "high": finding.high}
    shown = ", ".join(f"{name} {value!r}" for name, value in figures.items() if value is not None)
    return {
        "bom-ref": f"evidence-{finding.id}",
        "propertyName": gate_name(finding),
        "description": f"{shown or 'no value'}; from report.json",
    }
