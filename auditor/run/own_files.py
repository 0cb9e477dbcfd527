"""Files of the user's own that a report is made with, frameworks and templates: read before anything runs, kept in the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.evidence.own_frameworks import OwnFramework, keep_frameworks, own_frameworks
from auditor.evidence.own_templates import keep_templates, own_templates
from auditor.plan.fields import AuditPlan


@dataclass(frozen=True)
class OwnFiles:
    """What a plan names, read and checked."""

    frameworks: tuple[OwnFramework, ...]
    templates: Mapping[str, bytes]
    """Path inside the folder -> content."""

    def keep(self, run: Path) -> None:
        """Copy them into a claimed run; a report that was made with others is made again."""
        keep_frameworks(run, self.frameworks)
        keep_templates(run, self.templates)


def own_files(plan: AuditPlan, folder: Path) -> OwnFiles:
    """Read what the plan names.

    Args:
        plan: the plan.
        folder: what its paths are relative to.

    Raises:
        AuditError: a file is missing or says something wrong.
    """
    return OwnFiles(own_frameworks(plan, folder), own_templates(plan, folder))
