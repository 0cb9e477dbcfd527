"""Try a folder of templates: on made-up contexts, or on the record of a run, and tell every mistake."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from auditor.errors import AuditError, PlanMistakes
from auditor.plan.fields import AuditPlan
from auditor.report.layout import Layout
from auditor.report.own.dress import GLOBALS
from auditor.report.own.folder import ENDING, OwnTemplates, read_folder
from auditor.report.own.pages import among, exactly, laid_out, sandbox
from auditor.report.own.readable import ReportView
from auditor.report.own.structure import context_type, mistakes
from auditor.report.own.trial import PICTURE, trial
from auditor.report.templates import environment
from auditor.report.words import STATUS


def check_folder(folder: Path, run: Path | None = None) -> list[AuditError]:
    """Every mistake that was found; empty when none was.

    Args:
        folder: the templates.
        run: a run directory whose report is laid out on trial; nothing is written into it.

    Raises:
        AuditError: there is no such folder, or no report in the run.
    """
    own, found = read_folder(folder)
    found += mistakes(own, dict(GLOBALS))
    said = " ".join(mistake.message for mistake in found)
    for name in (*sorted(own.touched), *(section.name for section in own.theme.sections)):
        place = f"sections/{name}{ENDING}"
        if place in own.sources and place not in said:
            found += _tried(own, name)
    if run is not None and not found:
        found += _rendered(folder, run)
    return found


def _tried(own: OwnTemplates, name: str) -> Iterator[AuditError]:
    """One section on a made-up context, for the page and for the PDF."""
    for inline in (True, False):
        said = GLOBALS | {"inline": inline, "not_provided": "Not provided by the model owner"}
        try:
            if name in own.touched:
                context: Any = trial(context_type(name))
                pictures = (PICTURE,)
                laid_out(
                    own, sandbox(own, said), name, _values(context), pictures, exactly(_standard(name, context, said), pictures)
                )
            else:
                known = among(f"{status.sign} {status.word}" for status in STATUS.values())
                laid_out(own, sandbox(own, said), name, _values(_view()), (), known)
        except PlanMistakes as error:
            yield from error.mistakes
            return


def _standard(name: str, context: Any, said: dict[str, Any]) -> str:
    jinja = environment()
    jinja.globals.update(said)
    return jinja.get_template(f"sections/{name}{ENDING}").render(_values(context))


def _values(context: Any) -> dict[str, Any]:
    return {field.name: getattr(context, field.name) for field in fields(context)}


def _view() -> ReportView:
    plan = AuditPlan.model_validate(
        {
            "name": "trial",
            "model": {"name": "m", "path": "m.pt"},
            "data": {"name": "d", "path": "d.npz"},
            "methods": ["saliency"],
        }
    )
    view: ReportView = trial(ReportView)
    return replace(view, plan=plan.model_dump(mode="json"))


def _rendered(folder: Path, run: Path) -> list[AuditError]:
    """The mistakes of laying out a run's report, its PDF too, beside the run."""
    from auditor.report.render import render

    try:
        named = list(json.loads((run / "report.json").read_bytes())["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AuditError(
            "There is no report in this run.", found=f"{run}: {' '.join(str(error).split())[:120]}", expected="a finished run",
            fix="name the folder that `auditor run` printed",
        ) from error  # fmt: skip
    root = run.resolve()
    with tempfile.TemporaryDirectory(prefix="auditor-check-") as place:
        beside = Path(place)
        for name in ("report.json", *named):
            if (root / name).resolve().is_relative_to(root) and (root / name).is_file():
                (beside / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(root / name, beside / name)
        try:
            render(beside, Layout(templates=folder))
        except PlanMistakes as error:
            return list(error.mistakes)
    return []
