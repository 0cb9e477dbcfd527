"""Which of the checks behind the verdicts cannot be made, and why."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.explain._context import Explainer
from auditor.observe._again import checked
from auditor.plan.fields import AuditPlan


def reasons_against(plan: AuditPlan, methods: Mapping[str, Explainer], unmoved: str, words: bool) -> dict[str, str]:
    """What cannot be checked of an audit's methods → why, for the reader.

    Keys: all, copies, noise, infidelity, other_class, magnitude.

    Args:
        methods: those that apply to the model.
        unmoved: why no noise can be added to words; '' where it can, or where there are none.
        words: whether the model reads whole numbers.
    """
    asked = plan.trust
    if not asked.enabled:
        return {"all": "the plan switches these checks off (`trust.enabled: false`)"}
    if not checked(methods):
        return {"all": "no method of the plan but controls applies to this model"}
    found = {}
    if not asked.copies:
        found["copies"] = "the plan asks for no weight-randomised copies (`trust.copies: 0`)"
    if words:
        found["magnitude"] = "the model reads whole numbers that stand for words or kinds: they have no distance from the fill"
    if unmoved:
        found["noise"] = unmoved
    elif not asked.noise:
        found["noise"] = "the plan asks for no noisy inputs (`trust.noise: 0`)"
    if not asked.infidelity:
        found["infidelity"] = "the plan asks for no random removals (`trust.infidelity: 0`)"
    if not asked.other_class:
        found["other_class"] = "the plan does not ask for it (`trust.other_class: false`)"
    return found
