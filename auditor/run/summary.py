"""What a plan's model is made of, without running the audit."""

from __future__ import annotations

from auditor.evidence.model_summary import ModelSummary, of_facts
from auditor.inputs.ownership import borrowed
from auditor.plan.read import PlanSource
from auditor.run.model_facts import member_facts, model_facts
from auditor.run.ready import first_asked, members, threads_of
from auditor.run.subject import choose_device, open_subject, usable_rows


def summarised(source: PlanSource) -> ModelSummary:
    """Open model and data and run a few rows; nothing is written."""
    subject = open_subject(source.plan, source.folder)
    with borrowed(subject.module, threads_of(source.plan)):
        subject.module.to(choose_device(source.plan.device))
        usable = usable_rows(subject.data)
        model, offered = first_asked(subject, usable)
        return of_facts(model_facts(subject, model, member_facts(subject, members(model, offered), {}, 0), usable[0]))
