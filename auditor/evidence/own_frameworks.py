"""Frameworks of the user's own: read beside the plan, copied into the run, so that a report is made again without the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from auditor.errors import AuditError
from auditor.evidence.atomic import write_atomically
from auditor.evidence.frameworks import Framework, framework_names, read_framework, shipped
from auditor.evidence.record import Record, canonical_json
from auditor.plan import AuditPlan

STORED = "frameworks.json"


class OwnFramework(Record):
    """A user's framework as it was when the run was begun."""

    file: str = Field(description="its name, without folders")
    framework: Framework


class StoredFrameworks(Record):
    """`frameworks.json` of a run."""

    own: tuple[OwnFramework, ...]


def own_frameworks(plan: AuditPlan, folder: Path) -> tuple[OwnFramework, ...]:
    """The frameworks that the plan names by file.

    Args:
        plan: the plan.
        folder: what the paths are relative to.

    Raises:
        AuditError: a file cannot be read, or its id is taken.
        PlanMistakes: a file says something wrong.
    """
    found: list[OwnFramework] = []
    taken = {*framework_names()}
    for choice in plan.frameworks:
        if not choice.file:
            continue
        path = folder / choice.file
        try:
            content = path.read_bytes()
        except (OSError, ValueError) as problem:
            raise AuditError(
                "A framework of the plan cannot be read.",
                found=f"{choice.file}: {getattr(problem, 'strerror', None) or problem}",
                expected="a YAML file; its path is relative to the plan",
                fix="correct `frameworks`, or leave the entry out",
            ) from problem
        framework = read_framework(content, path.name)
        if framework.id in taken:
            raise AuditError(
                "Two frameworks have the same id.",
                found=f"{framework.id} in {path.name}",
                expected="an id that neither the product nor another file of the plan uses",
                fix="rename it in the file",
            )
        taken.add(framework.id)
        found.append(OwnFramework(file=path.name, framework=framework))
    return tuple(found)


def keep_frameworks(run: Path, own: Sequence[OwnFramework]) -> None:
    """Store the plan's own frameworks in the run; a report made with others is made again."""
    path = run / STORED
    content = canonical_json(StoredFrameworks(own=tuple(own))) if own else None
    if content == (path.read_bytes() if path.exists() else None):
        return
    (run / "report.json").unlink(missing_ok=True)
    if content is None:
        path.unlink()
    else:
        write_atomically(path, content)


def chosen(plan: AuditPlan, run: Path) -> tuple[Framework, ...]:
    """The frameworks of a run's plan, in its order; those by file from the run's copy.

    Raises:
        AuditError: the run does not hold a framework that its plan names by file.
    """
    path = run / STORED
    try:
        stored = StoredFrameworks.model_validate_json(path.read_bytes()).own if path.exists() else ()
    except ValidationError:
        stored = ()
    named = [choice.file for choice in plan.frameworks if choice.file]
    if [Path(file).name for file in named] != [one.file for one in stored]:
        raise AuditError(
            "The run does not hold a framework that its plan names.",
            found=f"{', '.join(one.file for one in stored) or 'none'} in {STORED}",
            expected=", ".join(named),
            fix="run `auditor run` with the plan again: it copies the file and writes the report anew",
        )
    own = iter(stored)
    return tuple(next(own).framework if choice.file else shipped(choice.id) for choice in plan.frameworks)
