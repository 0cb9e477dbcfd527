"""A finished run as publishing sees it: the stored report, the digests of its documents, the lines of its gates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditor.errors import AuditError, VerificationError
from auditor.evidence.findings import Finding
from auditor.evidence.manifest import NAME as MANIFEST
from auditor.evidence.manifest import file_sha256
from auditor.plan.digest import thresholds_sha256
from auditor.plan.read import load_plan
from auditor.plan.yaml_text import parse_yaml
from auditor.report.record import Report

DATA = ("report.json", "plan.yaml")
PAGES = ("report.pdf", "report.html")
"""Documents that show rows of the evaluation set where the plan's `examples` are `full`."""


@dataclass(frozen=True)
class FinishedRun:
    """A run directory whose documents are still what its manifest says."""

    path: Path
    report: Report = field(repr=False)
    digests: Mapping[str, str]
    """SHA-256 of report.json, plan.yaml and, where they exist, report.pdf and report.html."""
    times: tuple[str, str, float]
    """(start, end, seconds) from run.json, UTC; ("", "", 0.0) where it holds none."""

    @property
    def report_id(self) -> str:
        """SHA-256 of the record as it is stored, which also names a run that an older version wrote."""
        return self.digests["report.json"]

    @property
    def name(self) -> str:
        """The plan's name."""
        return str(self.report.plan.get("name") or "audit")

    @property
    def gates(self) -> tuple[Finding, ...]:
        """The gates in the plan's order."""
        return tuple(finding for finding in self.report.findings if finding.kind == "gate")

    def documents(self, include_examples: bool = False) -> tuple[str, ...]:
        """Files that may leave the run: pages that show rows of the evaluation set only where that is asked for."""
        shown = self.report.plan.get("examples") == "full" and not include_examples
        return tuple(name for name in (*DATA, *(() if shown else PAGES)) if name in self.digests)


def finished(run: Path | str) -> FinishedRun:
    """Open a finished run.

    Raises:
        AuditError: there is no report, or the run was not finished.
        VerificationError: a document is not what the manifest says.
    """
    run = Path(run)
    report, listed = _report(run), _listed(run)
    digests = {name: file_sha256(run / name) for name in (*DATA, *PAGES) if (run / name).is_file()}
    differences = [f"{name}: changed since it was written" for name, sha in digests.items() if listed.get(name) != sha]
    if differences:
        raise VerificationError([*differences, f"{run}: nothing was published; `auditor verify` lists every difference"])
    return FinishedRun(run, report, digests, _times(run))


def gate_lines(run: FinishedRun, plan: Path | None = None) -> tuple[str, tuple[int, ...]]:
    """The plan file to point at, and the line of each gate in it, from 1 (0: unknown).

    Args:
        run: the run.
        plan: the plan as it stands in the repository; default: the run's own plan.yaml.

    Raises:
        AuditError: the plan's gates are not those that were judged.
    """
    count = range(len(run.gates))
    if plan is None:
        stored = parse_yaml((run.path / "plan.yaml").read_text("utf-8"), "plan.yaml").lines
        return "plan.yaml", tuple(stored.get(("gates", str(number)), 0) for number in count)
    source = load_plan(plan)
    if thresholds_sha256(source.plan) != run.report.thresholds_sha256:
        raise AuditError(
            "The gates of the plan are not those this run was judged by.",
            found=f"{plan}: {len(source.plan.gates)} gates that differ from the run's {len(run.gates)}",
            expected="the plan the run was made from",
            fix="check out the plan of the run, or run the audit again",
        )
    return _relative(plan), tuple(source.lines.get(f"gates.{number}", 0) for number in count)


def _relative(path: Path) -> str:
    """The path as a repository knows it: relative to the current folder where it lies inside, else its name."""
    whole, here = path.resolve(), Path.cwd()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else path.name


def _report(run: Path) -> Report:
    try:
        return Report.model_validate_json((run / "report.json").read_bytes())
    except OSError as error:
        found = error.strerror or str(error)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        found = f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
    raise AuditError(
        "There is no report of a finished run.",
        found=f"{run / 'report.json'}: {found}",
        expected="the folder of a finished run",
        fix="name the folder that `auditor run` printed; the same command completes an unfinished run",
    )


def _listed(run: Path) -> dict[str, str]:
    try:
        files: dict[str, dict[str, Any]] = json.loads((run / MANIFEST).read_bytes())["files"]
        return {name: str(entry["sha256"]) for name, entry in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AuditError(
            "The run is not finished.",
            found=f"no readable {MANIFEST} in {run}",
            expected="the folder of a finished run",
            fix="complete it with the same `auditor run`, or write its documents with `auditor render`",
        ) from error


def _times(run: Path) -> tuple[str, str, float]:
    try:
        runs = json.loads((run / "run.json").read_bytes())["runs"]
        seconds = sum(stage["seconds"] for one in runs for stage in one["stages"])
        return str(runs[0]["started"]), str(runs[-1]["finished"]), round(float(seconds), 3)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return "", "", 0.0
