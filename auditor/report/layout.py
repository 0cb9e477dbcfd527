"""How one record is laid out: language, length, paper and templates. What the record says does not depend on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from auditor.errors import AuditError

DEFAULTS = {"language": "en", "profile": "full", "paper": "A4"}


@dataclass(frozen=True)
class Layout:
    """What is asked for beyond the plan; None: the plan's `report` value, else the default."""

    language: str | None = None
    """'en', 'zh' or another that the templates have a catalogue for."""
    profile: Literal["full", "summary"] | None = None
    """'summary' is at most four pages."""
    paper: Literal["A4", "Letter"] | None = None
    templates: Path | None = None
    """A folder with templates, theme or catalogues of the user; the file name does not tell of it."""

    @property
    def name(self) -> str:
        """File name without its ending: 'report', 'report-summary', 'report.zh', 'report-summary.zh'."""
        parts = "".join(f"-{part.lower()}" for part in (self.profile, self.paper) if part)
        return f"report{parts}{f'.{self.language}' if self.language else ''}"

    def within(self, plan: Mapping[str, Any]) -> Layout:
        """Itself without what the plan says anyway, so that its name tells the difference to the plan's own report."""
        if self.language is not None and not _LANGUAGE.fullmatch(self.language):
            raise AuditError(
                "This is no language code.",
                found=self.language[:40],
                expected="two or three letters",
                fix="for example --lang zh",
            )
        own = own_layout(plan)
        return replace(self, **{key: None for key in DEFAULTS if getattr(self, key) == own[key]})


AS_PLANNED = Layout()

_LANGUAGE = re.compile("[a-z]{2,3}([-_][A-Za-z0-9]{1,8})*")  # it becomes part of a file name


def own_layout(plan: Mapping[str, Any]) -> dict[str, str]:
    """The plan's own language, profile and paper."""
    said = plan.get("report") or {}
    return {key: said.get(key) or value for key, value in DEFAULTS.items()}
