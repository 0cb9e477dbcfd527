"""What else an audit's numbers depend on besides plan, model and data."""

from __future__ import annotations

from pydantic import Field

from auditor.evidence.record import Record


class Environment(Record):
    """What else the numbers depend on. Clocks and machine noise live in run.json, not here."""

    auditor: str
    packages: dict[str, str]
    python: str
    platform: str
    device: str
    threads: int
    rows: int = Field(description="rows of every model call")
    determinism: dict[str, str]
    commit: str = Field("", description="commit of the plan's folder, '' when it is no repository")
    dirty: bool | None = Field(None, description="whether that folder had uncommitted changes; None: not known")
    selftest: str = Field(
        "", description="'instrument self-test of …', or 'not run on this machine'; '' in evidence by versions that had none"
    )
