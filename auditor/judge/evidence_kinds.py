"""Kinds of evidence that clauses list: which results count as each, and which section of the report shows it.

A result that was not evaluated does not count. Attributions, rankings and examples count only from methods whose verdict is
not "do not rely on"; measurements of the methods themselves (faithfulness, sanity checks) count whatever they show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from auditor.evidence.clauses import EvidencePiece
from auditor.evidence.facts import Prepared
from auditor.evidence.findings import Finding
from auditor.evidence.frameworks import EvidenceKind
from auditor.evidence.results import NotEvaluated, Result
from auditor.judge.declarations import given
from auditor.judge.verdict import CONTROLS
from auditor.plan import AuditPlan


@dataclass(frozen=True)
class Held:
    """What a report holds."""

    plan: AuditPlan
    prepared: Prepared
    results: Sequence[Result]
    findings: Sequence[Finding]
    """Gates and verdicts."""
    explained: Sequence[frozenset[str]] = ()
    """Of each example shown: the methods that explain it."""

    @cached_property
    def evaluated(self) -> frozenset[str]:
        """Names of results with a value."""
        return frozenset(result.name for result in self.results if not isinstance(result, NotEvaluated))

    @cached_property
    def relied_on(self) -> frozenset[str]:
        """Methods whose verdict is "usable for class-level rankings" or "with caution"."""
        verdicts = [finding for finding in self.findings if finding.kind == "verdict"]
        return frozenset(
            one.id.removeprefix("verdict-") for one in verdicts if one.status in ("met", "inconclusive")
        ) - frozenset(CONTROLS)

    @cached_property
    def ranked(self) -> frozenset[str]:
        """Methods with a ranking."""
        rankings = [result for result in self.results if result.name == "feature_ranking"]
        return frozenset(one.slice.get("method", "") for one in rankings if not isinstance(one, NotEvaluated))


class Kind(NamedTuple):
    """One word of the vocabulary."""

    title: str
    sections: tuple[str, ...]
    """Names of sections that can show it, the best first; a document has the first of them that it prints."""
    results: tuple[str, ...] = ()
    """Any of these, evaluated, counts; () where another rule says."""


KINDS: Mapping[str, Kind] = {
    "model_identity": Kind("identity of the model", ("model",)),
    "model_structure": Kind("structure of the model", ("model",)),
    "dataset_description": Kind("description of the evaluation data", ("data",)),
    "performance": Kind("performance", ("performance",), ("accuracy", "balanced_accuracy", "macro_f1", "micro_f1", "roc_auc")),
    "calibration": Kind(
        "calibration", ("calibration", "performance"), ("overconfidence", "expected_calibration_error", "reliability")
    ),
    "subgroup_performance": Kind(
        "performance of groups", ("groups",), ("worst_group", "group_difference", "group_ratio", "impact_ratio")
    ),
    "robustness": Kind("robustness to corruptions", ("robustness",), ("accuracy_drop", "worst_corruption")),
    "attributions": Kind("attributions", ("faithfulness",)),
    "faithfulness": Kind("faithfulness of the explanations", ("faithfulness",), ("normalised_margin", "faithfulness_margin")),
    "sanity_checks": Kind(
        "sanity checks of the explanations", ("faithfulness",), ("randomisation_similarity", "model_dependence")
    ),
    "rankings": Kind("feature rankings", ("rankings",)),
    "example_explanations": Kind("example explanations", ("examples",)),
    "proxy_features": Kind("inputs that tell a group", ("groups",), ("proxy_auc",)),
    "provenance": Kind("provenance", ("provenance",)),
    "reproducibility": Kind("a repeated run", ("provenance",)),
    "thresholds_and_gates": Kind("thresholds set beforehand", ("design", "thresholds", "scope")),
    "change_vs_previous": Kind("change since an earlier version", ("change",), ("release_difference",)),
    "limitations": Kind("limits of the measurements", ("limits",)),
    "human_oversight_statement": Kind("statement on human oversight", ("oversight", "statements", "model")),
    "intended_purpose_statement": Kind("statement of the intended purpose", ("model", "statements")),
    "signoff": Kind("sign-off", ("signoff",)),
}

_STATED = {"human_oversight_statement": "human_oversight", "intended_purpose_statement": "intended_purpose"}
_NEVER = {"signoff": "nobody has signed", "reproducibility": "no result of one is recorded"}
"""What no record holds yet, and why it is absent."""
_ALWAYS = frozenset({"model_identity", "dataset_description", "provenance", "limitations"})
NO_METHOD = "every method is marked “do not rely on”"


def piece(kind: EvidenceKind, held: Held) -> EvidencePiece:
    """Whether a report holds a kind of evidence, and what it lacks."""
    there, why = _there(kind, held)
    return EvidencePiece(kind=kind, title=KINDS[kind].title, there=there, lacks=why, sections=KINDS[kind].sections)


def _there(kind: EvidenceKind, held: Held) -> tuple[bool, str]:
    if kind in _ALWAYS:
        return True, ""
    if KINDS[kind].results:
        return bool(held.evaluated & set(KINDS[kind].results)), ""
    if kind in _STATED:
        return given(held.plan, _STATED[kind]) is not None, ""
    if kind == "model_structure":
        return bool(held.prepared.model.layer_table or held.prepared.model.layers), ""
    if kind == "thresholds_and_gates":
        return _gates(held)
    if kind in ("attributions", "rankings", "example_explanations"):
        return _explained(kind, held)
    return False, _NEVER[kind]


def _gates(held: Held) -> tuple[bool, str]:
    gates = [finding for finding in held.findings if finding.kind == "gate"]
    decided = any(gate.status != "not evaluated" for gate in gates)
    return decided, "" if decided or not gates else "no gate could be evaluated"


def _explained(kind: EvidenceKind, held: Held) -> tuple[bool, str]:
    """Explanations count where a method may be relied on at least with caution."""
    if kind == "example_explanations" and held.plan.examples == "none":
        return False, "the plan allows no examples"
    if not held.relied_on:
        return False, NO_METHOD
    if kind == "rankings":
        return bool(held.relied_on & held.ranked), ""
    if kind == "example_explanations":
        return any(held.relied_on & methods for methods in held.explained), ""
    return True, ""
