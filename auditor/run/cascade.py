"""Cascading randomisation in an audit: its levels, and the methods it is worth its cost for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from auditor.explain._context import Explainer, cost_under
from auditor.inputs.cascade import cascade_levels
from auditor.inputs.ensemble import Ensemble
from auditor.inputs.model import NotAvailable, TorchModel
from auditor.observe._again import checked
from auditor.observe.curves import OBSERVER as CURVES
from auditor.plan.fields import AuditPlan

CASES = 64
SHARE = 0.5  # of the rows that attributions and curves take: `cascade: auto` takes no more


@dataclass(frozen=True)
class CascadeChoice:
    """What is looked at.

    Attributes:
        levels: layers each level adds, from the output towards the input; () where there is no cascade.
        methods: by name, the primary one first.
        reason: why there is no cascade, or why it leaves methods out; '' else.
        members: whether the layers are those of an ensemble's members.
    """

    levels: tuple[tuple[str, ...], ...] = ()
    methods: tuple[str, ...] = ()
    reason: str = ""
    members: bool = False

    @property
    def titles(self) -> tuple[str, ...]:
        """What each level adds, for the reader; of an ensemble the layers as every member names them."""
        place = 3 if self.members else 0  # after members.<number>.module
        own = [[".".join(name.split(".")[place:]) for name in group] for group in self.levels]
        named = [list(dict.fromkeys(name or "(whole)" for name in group)) for group in own]
        titles = [group[0] if len(group) == 1 else f"{group[0]} to {group[-1]}" for group in named]
        return tuple(f"{title}, in every member" for title in titles) if self.members else tuple(titles)


def cascade_of(
    plan: AuditPlan,
    model: TorchModel,
    methods: Mapping[str, Explainer],
    first: Mapping[str, Tensor],
    spots: int,
    draws: Mapping[str, int],
) -> CascadeChoice:
    """The cascade of an audit whose model can be copied.

    Args:
        methods: those that apply to the model.
        first: forward arguments of a few rows.
        spots: largest number of features of a case.
        draws: each fill of the plan with its model rows per coalition, the primary one first.
    """
    if plan.trust.cascade == "no":
        return CascadeChoice(reason="the plan does not ask for it (`trust.cascade: no`)")
    try:
        levels = cascade_levels(model, first)
    except NotAvailable as error:
        return CascadeChoice(reason=str(error))
    asked = checked(methods)
    order = sorted(asked, key=lambda name: name != plan.primary.method)  # stable: then in the plan's order
    rows = {name: sum(cost_under(method, spots, draws)) for name, method in asked.items()}
    most = SHARE * plan.most_samples * (sum(rows.values()) + sum(CURVES.cost(methods, spots, plan.primary.steps, draws)))
    chosen: list[str] = []
    for name in order:
        spent = len(levels) * min(CASES, plan.trust.cases, plan.most_samples) * (rows[name] + 1)
        if plan.trust.cascade == "yes" or spent <= most:
            chosen.append(name)
            most -= spent
    left = [asked[name].title for name in order if name not in chosen]
    reason = f"too costly for {', '.join(left)}; `trust.cascade: yes` in the plan asks for it" if left else ""
    return CascadeChoice(levels if chosen else (), tuple(chosen), reason, isinstance(model.module, Ensemble))
