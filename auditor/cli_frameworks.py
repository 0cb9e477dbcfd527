"""`auditor frameworks`: laws, standards and guidance whose clauses a report can list evidence for."""

from __future__ import annotations

from typing import Annotated

import typer

from auditor.cli_voice import OK, Voice, attempt


def command(
    name: Annotated[str | None, typer.Argument(metavar="ID", help="List the clauses of this one.", show_default=False)] = None,
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No remarks.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name each stage even where nobody watches.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")] = False,
) -> None:
    """List the frameworks that a plan can select (`frameworks: [eu-ai-act]`), with the day each was last checked.

    With ID: its clauses, the evidence each lists, and the statements (`declared:` in the plan) it asks for.
    """
    voice = Voice(json_, quiet, verbose, debug)
    raise typer.Exit(attempt(voice, lambda: listed(voice) if name is None else clauses(name, voice)))


def listed(voice: Voice) -> int:
    """Id, as-of date and title of each framework of the product."""
    from auditor.evidence.frameworks import framework_names, shipped

    found = [shipped(name) for name in framework_names()]
    for one in found:
        voice.say(f"{one.id:<24} as of {one.as_of}  {one.title}")
    voice.say("\nClauses are paraphrased. Selecting a framework does not say that it applies, nor that anything is met.")
    entries = [one.model_dump(mode="json", exclude={"clauses", "schema_version"}) for one in found]
    voice.answer({"status": OK, "frameworks": entries})
    return OK


def clauses(name: str, voice: Voice) -> int:
    """The clauses of one framework.

    Raises:
        AuditError: the product has no framework of this name.
    """
    from auditor.errors import AuditError, did_you_mean
    from auditor.evidence.frameworks import framework_names, shipped

    if name not in framework_names():
        raise AuditError("There is no such framework.", found=name[:100], fix=did_you_mean(name, framework_names()))
    framework = shipped(name)
    voice.say(f"{framework.title}\n{framework.version}; as of {framework.as_of}; {framework.source_url}\n")
    for clause in framework.clauses:
        voice.say(f"{clause.id}: {clause.title} ({clause.kind.replace('_', ' ')})")
        voice.say(f"  {clause.requirement}")
        if clause.evidence:
            voice.say(f"  evidence  {', '.join(clause.evidence)}")
        if clause.declared:
            voice.say(f"  declared  {', '.join(clause.declared)}")
    voice.answer({"status": OK, **framework.model_dump(mode="json")})
    return OK
