"""Statements that clauses ask people for: the keys of the plan's `declared` that are known, and what each is about.

Any other key may stand in a plan too: it is printed as it is, and a user's own framework may ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.plan import AuditPlan
from auditor.plan.fields import Declared

TITLES: Mapping[str, str] = {
    "intended_purpose": "Intended purpose",
    "out_of_scope_use": "Use that is not intended",
    "provider": "Provider, and who is responsible",
    "human_oversight": "Human oversight",
    "limitations": "Limits and foreseeable risks known to the owner",
    "ground_truth": "Ground truth (who labelled, how many readers, agreement)",
    "training_data": "Training data and overlap with this evaluation set",
    "representativeness": "Population, setting and conditions of use that the data stand for",
    "data_governance": "Data governance (origin, preparation, assumptions, bias, gaps)",
    "special_category_data": "Legal basis and safeguards for special-category data",
    "group_choice": "Choice of groups and of the notion of fairness, with its reasons",
    "metric_choice": "Choice of metrics and thresholds, with its reasons",
    "risk_management": "Risk management (risks, their evaluation and acceptance)",
    "impact_assessment": "Assessment of the impact on people",
    "explanation_use": "Whom explanations are for, and what they may be used for",
    "explanations_to_people": "What people affected are told, and how they get an explanation",
    "user_information": "Instructions for use and other information for users",
    "monitoring": "Monitoring in operation",
    "operation": "Operation (intended hardware, lifetime, maintenance)",
    "planned_changes": "Changes planned beforehand",
    "changes": "Changes over the lifetime, with their reasons",
    "development": "Development (methods, design choices, trade-offs, components of others)",
    "training_resources": "Computing resources used in development",
    "integration": "Interaction with other hardware, software and AI systems",
    "update_policy": "Versions of software required, and how updates are handled",
    "market_placement": "Forms in which the system is placed on the market or put into service",
    "third_parties": "Models, code and data of third parties, and what they withheld",
    "fault_measures": "Technical and organisational measures against errors and faults",
    "security_measures": "Security measures",
    "quality_management": "Quality management (test procedures, records, retention)",
    "standards_applied": "Standards applied, or solutions in their place",
    "independent_review": "Independent review",
    "release_decision": "Decision on release",
    "document_review": "Review of this document by a person (reading order, alternative texts)",
    "document_signing": "Signing of this document",
}
"""Key of the plan's `declared` -> topic for the reader."""


def topic(key: str) -> str:
    """Topic of a key: the known one, else the key in words."""
    return TITLES.get(key) or key.replace("_", " ").capitalize()


def declared_by(said: Declared) -> str:
    """'product owner, 2026-11-03'."""
    return f"{said.role}, {said.date}"


def given(plan: AuditPlan, key: str) -> Declared | None:
    """The statement under a key; None where there is none, or it holds no word."""
    said = plan.declared.get(key)
    return said if said is not None and said.statement.strip() else None
