"""`auditor verify`, `methods` and `schema`: answers that compute nothing new."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from auditor.cli_voice import OK, Voice

FEATURES = 49
"""Features that the listed costs are for: the default patch grid of an image, 7 × 7."""


def verify(path: Path, voice: Voice) -> int:
    """What was checked and what was not; a difference raises VerificationError."""
    from auditor.verify import verify as verified

    result = verified(path)
    voice.say(f"Integrity: no difference found in {result.path}.")
    for statement in result.checked:
        voice.say(f"  checked      {statement}")
    for statement in result.not_checked:
        voice.say(f"  not checked  {statement}")
    voice.say("This is about integrity, not truth: the files are as written; whether they are right is for a reader to judge.")
    voice.say(f"Report id {result.report_id}")
    voice.answer(
        {
            "status": OK,
            "verified": True,
            "path": str(result.path),
            "report_id": result.report_id,
            "files": result.files,
            "checked": list(result.checked),
            "not_checked": list(result.not_checked),
        }
    )
    return OK


def methods(voice: Voice) -> int:
    """One entry per method file, with its options and its cost per case."""
    from auditor import registry

    described = [_described(name, registry.load("explain", name, "METHOD")) for name in registry.names("explain")]
    for method in described:
        cost = method["cost"]
        forwards, backwards = f"{cost['forwards']} forward", f"{cost['backwards']} backward"
        voice.say(f"{method['name']}: {method['title']}")
        voice.say(f"  needs    {', '.join(method['needs']) or 'the outputs only'}")
        voice.say(f"  cost     {forwards} and {backwards} rows per case (of {FEATURES} features, options as below)")
        voice.say(f"  gives    {'signed' if method['signed'] else 'unsigned'} values, in {method['unit']}")
        if method["complete"]:
            voice.say("           that sum to the target's score minus that of the baseline (complete)")
        voice.say(f"  options  {', '.join(f'{key}={value}' for key, value in method['options'].items()) or 'none'}")
        if method["failings"]:
            voice.say(f"  beware   {method['failings']}")
        voice.say(f"  source   {method['citation'] or 'none'}\n")
    voice.answer({"status": OK, "methods": described})
    return OK


def schema(name: str, voice: Voice) -> int:
    """The JSON Schema itself is the answer, also without --json."""
    if name == "plan":
        from auditor.plan.read import plan_json_schema

        voice.answer(plan_json_schema())
    else:
        from auditor.report.record import Report

        content = Report.model_json_schema(mode="serialization")
        voice.answer(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **content, "title": "auditor report (report.json)"}
        )
    return OK


def _described(name: str, method: Any) -> dict[str, Any]:
    made = method()
    forwards, backwards = made.cost(FEATURES)
    return {
        "name": name,
        "title": getattr(made, "title", "") or (method.__doc__ or name).strip().splitlines()[0],
        "citation": getattr(made, "citation", ""),
        "failings": getattr(made, "failings", ""),
        "needs": sorted(made.needs),
        "complete": bool(made.complete),
        "signed": bool(made.signed),
        "unit": made.unit,
        "options": {field.name: getattr(made, field.name) for field in dataclasses.fields(method) if field.init},
        "cost": {"features": FEATURES, "forwards": forwards, "backwards": backwards},
    }
