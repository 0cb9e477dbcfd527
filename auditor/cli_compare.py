"""`auditor compare OLD NEW`: is the new release worse, by more than was accepted, on the samples both audits share?"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli_render import Paper
from auditor.cli_voice import OK, Voice, attempt

if TYPE_CHECKING:
    from auditor.evidence.comparison import Comparison
    from auditor.report.comparison.render import Written


class Match(enum.StrEnum):
    """How samples of the two audits are matched."""

    auto = "auto"
    id = "id"


def command(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The folder of the earlier run.", show_default=False)],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The folder of the later run.", show_default=False)],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the comparison [default: audits/OLD-to-NEW].", show_default=False)
    ] = None,
    margin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=LOSS",
            help="Largest loss accepted of a result, again for each [default: accuracy=0.01].",
            show_default=False,
        ),
    ] = None,
    fail: Annotated[
        bool, typer.Option("--fail-on-regression", help="Exit 1 on a regression, 3 where these samples do not decide.")
    ] = False,
    match: Annotated[
        Match, typer.Option(help="auto: by id and content; id: by id alone, where releases prepare the same data differently.")
    ] = Match.auto,
    paper: Annotated[
        Paper | None, typer.Option(help="Paper of the PDF [default: that of NEW's plan].", show_default=False)
    ] = None,
    lang: Annotated[
        str | None, typer.Option(metavar="CODE", help="Language: en or zh [default: that of NEW's plan].", show_default=False)
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name each stage even where nobody watches.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")] = False,
) -> None:
    """Compare two finished runs sample by sample and write what changed. Needs no torch; both runs stay as they are."""
    voice = Voice(json_, quiet, verbose, debug)
    folder = out or Path("audits") / f"{old.resolve().name}-to-{new.resolve().name}"
    asked = {"language": lang, "paper": paper.value if paper else None}
    raise typer.Exit(
        attempt(voice, lambda: compare(old, new, folder, margin or [], fail, match.value, asked=asked, voice=voice))
    )


def compare(
    old: Path, new: Path, out: Path, margin: list[str], fail: bool, by: str, *, asked: dict[str, str | None], voice: Voice
) -> int:
    """Measure, judge, write comparison.json, HTML and PDF; returns the exit status.

    Args:
        asked: language and paper, None for those of the new run's plan.
    """
    from auditor.judge.changes.margins import exit_status, read_margins
    from auditor.report.comparison.build import compare as compared
    from auditor.report.comparison.render import refuse_foreign, write
    from auditor.report.layout import Layout, own_layout
    from auditor.report.stored_plan import stored_plan

    margins, stated = read_margins(margin)
    said = {key: value for key, value in asked.items() if value}
    Layout(language=said.get("language")).within({})  # refuses what is no language code
    refuse_foreign(out)
    voice.tell("comparing the samples both runs share")
    made = compared(old, new, margins, stated, "id" if by == "id" else "auto")
    written = write(made, out, own_layout(stored_plan(new)[1]) | said)
    status = exit_status(made.outcome) if fail else OK
    _tell(made, written, status, voice)
    return status


def _tell(made: Comparison, written: Written, status: int, voice: Voice) -> None:
    for sentence in made.summary:
        voice.say(sentence)
    for step in dict.fromkeys(c.next_step for c in made.changes if c.next_step):
        voice.say(f"  next: {step}")
    voice.say()
    for label, path in (("HTML", written.html), ("PDF", written.pdf), ("Data", written.json)):
        voice.say(f"{label:<10} {path if path else 'not written'}")
    for note in written.notes:
        voice.complain(f"note: {note}")
    voice.answer(
        {
            "status": status,
            "outcome": made.outcome,
            "unchanged": made.unchanged,
            "summary": list(made.summary),
            "comparison": str(written.json),
            "html": str(written.html),
            "pdf": str(written.pdf) if written.pdf else None,
            "comparison_id": made.id,
            "notes": list(written.notes),
        }
    )
