"""`auditor publish`: a finished run as a model card, a bill of material, build-server files, an attestation."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli_voice import Voice, attempt

if TYPE_CHECKING:
    from auditor.publish.finished import FinishedRun
    from auditor.publish.gate_outcomes import Outcome

    Document = Callable[[FinishedRun, tuple[Outcome, ...], str], bytes]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    short_help="A finished run as model card, ML-BOM, JUnit, SARIF, …, or in a tracker.",
    help="Publish a finished run. Nothing is measured again, and the run directory stays as it is.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No remarks.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")]
RunDirectory = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `auditor run` printed.", show_default=False)]
To = Annotated[str | None, typer.Option("--to", metavar="PATH", help="File to write [default: print it].", show_default=False)]
Plan = Annotated[
    Path | None,
    typer.Option("--plan", help="audit.yaml in the repository, for lines [default: the run's].", show_default=False),
]
Earlier = Annotated[Path | None, typer.Option("--earlier", help="An earlier run to compare with.", show_default=False)]
Examples = Annotated[bool, typer.Option("--include-examples", help="Also pages that show rows of the evaluation set.")]


class Spec(enum.StrEnum):
    """Versions of CycloneDX."""

    v1_6 = "1.6"
    v1_7 = "1.7"


@app.command(short_help="Put the audit into a Hugging Face model card.")
def card(
    run: RunDirectory,
    *,
    to: Annotated[
        str, typer.Option("--to", metavar="PATH", help="The card, or its folder; made where there is none.")
    ] = "README.md",
    hub: Annotated[str, typer.Option(metavar="ORG/MODEL", help="The card of this repository instead of a file.")] = "",
    create_pr: Annotated[bool, typer.Option("--create-pr", help="With --hub: open a pull request.")] = False,
    base: Annotated[str, typer.Option("--url", help="Address of the card's folder, for links that need one.")] = "",
    folder: Annotated[str, typer.Option(help="Folder beside the card for report and figures.")] = "audit",
    benchmark: Annotated[str, typer.Option(metavar="DATASET:TASK", help="Also .eval_results: a benchmark of the Hub.")] = "",
    include_examples: Examples = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the audit's section although it was edited by hand.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference; write nothing.")] = False,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Add the results, one section and the figures to a card; everything else in it stays byte for byte."""
    from auditor import cli_publish_card
    from auditor.publish.card import Options

    voice = Voice(json_, quiet, False, debug)
    options = Options(base, folder, benchmark, include_examples, force)

    def body() -> int:
        if hub:
            return cli_publish_card.to_hub(run, hub, options, voice, create_pr=create_pr, dry_run=dry_run)
        return cli_publish_card.to_file(run, to, options, voice, dry_run=dry_run)

    raise typer.Exit(attempt(voice, body))


@app.command(short_help="CycloneDX bill of material of the model.")
def bom(
    run: RunDirectory,
    *,
    to: To = None,
    spec: Annotated[Spec, typer.Option(help="Version of the format.")] = Spec.v1_6,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """A CycloneDX ML-BOM with model card, data, gates as requirements, and an empty sign-off."""

    def made(found: FinishedRun) -> bytes:
        from auditor.publish.cyclonedx import cyclonedx

        return cyclonedx(found, spec.value)

    _document(run, to, made, Voice(json_, quiet, False, debug))


@app.command(short_help="JUnit XML of the gates.")
def junit(
    run: RunDirectory,
    *,
    to: To = None,
    earlier: Earlier = None,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """JUnit XML: not met is a failure, not evaluated an error, inconclusive is skipped with its message."""

    def made(found: FinishedRun) -> bytes:
        from auditor.publish.gate_outcomes import outcomes
        from auditor.publish.junit import junit as document

        return document(found, outcomes(found, earlier=_opened(earlier)))

    _document(run, to, made, Voice(json_, quiet, False, debug))


@app.command(short_help="SARIF of the gates, for code scanning.")
def sarif(
    run: RunDirectory,
    *,
    to: To = None,
    plan: Plan = None,
    earlier: Earlier = None,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """SARIF 2.1.0: each gate points at its line in the plan; --earlier says what is new."""

    def made(found: FinishedRun) -> bytes:
        from auditor.publish.sarif import sarif as document

        return _of_gates(document, found, plan, earlier)

    _document(run, to, made, Voice(json_, quiet, False, debug))


@app.command(short_help="A short Markdown summary.")
def summary(
    run: RunDirectory,
    *,
    to: To = None,
    plan: Plan = None,
    earlier: Earlier = None,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Gates, figures and verdicts for a pull request or a job's page."""

    def made(found: FinishedRun) -> bytes:
        from auditor.publish.summary import summary as document

        return _of_gates(document, found, plan, earlier)

    _document(run, to, made, Voice(json_, quiet, False, debug))


@app.command(short_help="in-toto statements, ready to be signed.")
def attestation(
    run: RunDirectory,
    *,
    to: To = None,
    base: Annotated[str, typer.Option("--url", help="Address of the folder the report is published in.")] = "",
    signature: Annotated[
        Path | None, typer.Option(help="model.sig to compare with the audited weights.", show_default=False)
    ] = None,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """The test result on the model and a reference to the report, one statement per line, unsigned."""
    voice = Voice(json_, quiet, False, debug)

    def made(found: FinishedRun) -> bytes:
        from auditor.publish.attestation import attestation as document
        from auditor.publish.gate_outcomes import outcomes
        from auditor.publish.model_signing import compare, read_signature

        if signature is not None:
            voice.tell(compare(found.report, read_signature(signature)))
        return document(found, outcomes(found), base)

    _document(run, to, made, voice)


def _of_gates(document: Document, found: FinishedRun, plan: Path | None, earlier: Path | None) -> bytes:
    """A document of the gates' outcomes, each at its line of the plan."""
    from auditor.publish.finished import gate_lines
    from auditor.publish.gate_outcomes import outcomes

    where, lines = gate_lines(found, plan)
    return document(found, outcomes(found, lines, earlier=_opened(earlier)), where)


def _opened(run: Path | None) -> FinishedRun | None:
    from auditor.publish.finished import finished

    return finished(run) if run is not None else None


def _document(run: Path, to: str | None, made: Callable[[FinishedRun], bytes], voice: Voice) -> None:
    from auditor import cli_publish_card

    raise typer.Exit(attempt(voice, lambda: cli_publish_card.to_document(run, to, made, voice)))
