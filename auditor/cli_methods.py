"""`auditor methods`: the attribution methods, what each is and costs; with a plan, which apply to its model and data."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from auditor.cli_voice import OK, Voice, attempt

if TYPE_CHECKING:
    from auditor.run.method_costs import MethodCost, MethodCosts

FEATURES = 49
"""Features that the listed costs are for: the default patch grid of an image, 7 × 7."""


def command(
    *,
    plan: Annotated[
        Path | None, typer.Option("--for", metavar="PLAN", help="Say which apply to this plan, and how long they take.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No remarks.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name each stage even where nobody watches.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")] = False,
) -> None:
    """List the attribution methods: what they need, what they cost, where they come from.

    With --for PLAN: whether each applies to the plan's model and data, its forward and backward rows per case, and the
    expected time for the plan's cases. Model and data are opened and tried on a few rows; nothing is written.
    """
    voice = Voice(json_, quiet, verbose, debug)
    raise typer.Exit(attempt(voice, lambda: listed(voice) if plan is None else fitting(plan, voice)))


def listed(voice: Voice) -> int:
    """One entry per method file, with its options and its cost per case."""
    from auditor import registry

    entries = [described(name, registry.load("explain", name, "METHOD")()) for name in registry.names("explain")]
    for method in entries:
        cost = method["cost"]
        forwards, backwards = f"{cost['forwards']} forward", f"{cost['backwards']} backward"
        voice.say(f"{method['name']}: {method['title']}")
        voice.say(f"  needs    {', '.join(method['needs']) or 'the outputs only'}")
        voice.say(f"  cost     {forwards} and {backwards} rows per case (of {FEATURES} features, options as below)")
        unit = "" if method["unit"] == "none" else f", in {method['unit']}"
        voice.say(f"  gives    {'signed' if method['signed'] else 'unsigned'} values{unit}")
        if method["complete"]:
            voice.say("           that sum to the target's score minus that of the baseline (complete)")
        voice.say(f"  options  {', '.join(f'{key}={value}' for key, value in method['options'].items()) or 'none'}")
        if method["failings"]:
            voice.say(f"  beware   {method['failings']}")
        voice.say(f"  source   {method['citation'] or 'none'}\n")
    voice.answer({"status": OK, "methods": entries})
    return OK


def fitting(path: Path, voice: Voice) -> int:
    """Every method for a plan: does it apply, what does it cost."""
    from auditor.cli_run import read_plan
    from auditor.run.method_costs import method_costs

    costs = method_costs(read_plan(path, {}))
    head = f"For {costs.cases:,} cases of up to {costs.features:,} features; rows of the model per case."
    voice.say(f"{head}\n\n  {'method':<24} {'forwards':>12} {'backwards':>12} {'time':>10}")
    for name, cost in costs.methods.items():
        voice.say(_line(name, cost))
    voice.say("\n* in the plan, with its options; the others with their defaults. `auditor methods` says what each is.")
    voice.answer({"status": OK, "plan": str(path), **_facts(costs)})
    return OK


def _line(name: str, cost: MethodCost) -> str:
    from auditor.cli_forecast import duration

    begin = f"{'*' if cost.in_plan else ' '} {name:<24}"
    if cost.seconds is None:
        return f"{begin} does not apply: {cost.facts.reason}"
    return f"{begin} {cost.facts.forwards:>12,} {cost.facts.backwards:>12,} {duration(cost.seconds):>10}"


def _facts(costs: MethodCosts) -> dict[str, Any]:
    from auditor import registry

    entries = []
    for name, cost in costs.methods.items():
        fact = cost.facts
        rows = {"forwards": fact.forwards, "backwards": fact.backwards} if fact.applies else None
        own = {"options": fact.options, "cost": rows and {"features": costs.features, **rows}, "seconds": cost.seconds}
        kind = registry.load("explain", name, "METHOD")
        entries.append(
            {**described(name, kind()), **own, "in_plan": cost.in_plan, "applies": fact.applies, "reason": fact.reason}
        )
    shape = {"cases": costs.cases, "features": costs.features, "rows_per_coalition": dict(costs.draws)}
    return {**shape, "methods": entries}


def described(name: str, method: Any) -> dict[str, Any]:
    """A method as it describes itself, with its options and its cost for `FEATURES` features."""
    forwards, backwards = method.cost(FEATURES)
    return {
        "name": name,
        "title": method.title,
        "citation": method.citation,
        "failings": method.failings,
        "needs": sorted(method.needs),
        "complete": method.complete,
        "signed": method.signed,
        "unit": method.unit,
        "options": {field.name: getattr(method, field.name) for field in dataclasses.fields(method) if field.init},
        "cost": {"features": FEATURES, "forwards": forwards, "backwards": backwards},
    }
