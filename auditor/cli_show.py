"""`auditor verify` and `schema`: answers that compute nothing new."""

from __future__ import annotations

from pathlib import Path

from auditor.cli_voice import OK, Voice


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
    voice.say(f"{result.what.capitalize()} id {result.report_id}")
    voice.answer(
        {
            "status": OK,
            "verified": True,
            "path": str(result.path),
            "of": result.what,
            "report_id": result.report_id,
            "files": result.files,
            "checked": list(result.checked),
            "not_checked": list(result.not_checked),
        }
    )
    return OK


def schema(name: str, voice: Voice) -> int:
    """The JSON Schema itself is the answer, also without --json."""
    if name == "plan":
        from auditor.plan.read import plan_json_schema

        voice.answer(plan_json_schema())
    elif name == "framework":
        from auditor.evidence.frameworks import Framework

        content = Framework.model_json_schema()
        voice.answer({"$schema": "https://json-schema.org/draft/2020-12/schema", **content, "title": "auditor framework"})
    else:
        from auditor.report.record import Report

        content = Report.model_json_schema(mode="serialization")
        voice.answer(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **content, "title": "auditor report (report.json)"}
        )
    return OK
