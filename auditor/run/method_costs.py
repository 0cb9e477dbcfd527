"""Every attribution method for one plan: whether it applies, what it costs per case, and how long its cases would take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor import registry
from auditor.evidence.facts import MethodFacts
from auditor.plan.read import PlanSource
from auditor.run import prepare as facts
from auditor.run.forecast import seconds_per_row, tried


@dataclass(frozen=True)
class MethodCost:
    """One method for the plan's model and data.

    Attributes:
        facts: whether it applies and why not, its options, and rows of the model per case.
        in_plan: whether the plan lists it; its options are the plan's, else the defaults.
        seconds: expected model time for all cases, on this machine as it is now; None where it does not apply.
    """

    facts: MethodFacts
    in_plan: bool
    seconds: float | None


@dataclass(frozen=True)
class MethodCosts:
    """All methods of the registry.

    Attributes:
        methods: by name.
        cases: that the plan explains.
        features: of a case, at most.
        draws: each fill of the plan, the primary one first, with its model rows per coalition; the costs count them.
    """

    methods: Mapping[str, MethodCost]
    cases: int
    features: int
    draws: Mapping[str, int]


def method_costs(source: PlanSource) -> MethodCosts:
    """Open model and data, probe and time them; nothing is written. Members of an ensemble are not counted."""
    planned = facts.build_methods(source.plan)
    every = {name: planned.get(name) or registry.load("explain", name, "METHOD")() for name in registry.names("explain")}
    with tried(source) as trial:
        draws = facts.fill_draws(trial.subject.plan)
        described = facts.method_facts(every, trial.model, trial.spots, draws)
        forward, backward = seconds_per_row(trial.model, trial.first, trial.rows)
    costs = {}
    for fact in described:
        seconds = trial.cases * (fact.forwards * forward + fact.backwards * backward) if fact.applies else None
        costs[fact.name] = MethodCost(fact, fact.name in planned, seconds)
    return MethodCosts(costs, trial.cases, trial.spots, draws)
