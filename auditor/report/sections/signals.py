"""Annex: signals of every kind that rules were run for, and of each kind without one whether it was looked for at all."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.findings import Finding
from auditor.evidence.results import Estimate, NotEvaluated, Table
from auditor.judge.signals import LABELS, MOST, NO_INPUTS, PROXY, RANKINGS, Q
from auditor.report.material import Material
from auditor.report.printable import shorten
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import sentence

KIND = "Signals"
TITLE = "What did rules find that a person should look at?"
MOST_ROWS = 20
_KINDS = (
    (PROXY, "Inputs that tell a group", "proxy_auc"),
    (LABELS, "Labels that differ from what the model is sure of", "label_excess"),
    (RANKINGS, "Rankings that differ between groups", "ranking_difference"),
)


_NOTHING = {
    PROXY: "the plan declares no groups",
    LABELS: "labels were not compared with the model's probabilities",
    RANKINGS: "the plan declares no groups",
}
_MEANS = (
    "Shares are means over cases, each case counting alike; a class's ranking adds up magnitudes instead, so both shares of a "
    "feature can lie above or below the one it has there."
)


@dataclass(frozen=True)
class Family:
    """One kind of signal."""

    title: str
    said: str
    """How many tests there were and how many are signals, or why there were none."""
    table: TableView | None


@dataclass(frozen=True)
class Signals:
    """All kinds."""

    intro: str
    families: tuple[Family, ...]


def context(material: Material) -> Signals:
    """The annex from the record."""
    taken = {one.statement: one.id for one in material.report.findings if one.kind == "finding"}
    return Signals(
        intro=(
            f"A signal is raised by a rule, not by a person: within each kind, p-values are adjusted for their number "
            f"(Benjamini and Hochberg, q = {Q:.2f}), so about one signal in ten is expected to be chance. A signal becomes a "
            "finding only when a person takes it up by its id; a gate that fails is a finding by itself."
        ),
        families=tuple(_family(material, kind, title, name, taken) for kind, title, name in _KINDS),
    )


def _family(material: Material, kind: str, title: str, name: str, taken: dict[str, str]) -> Family:
    found = [one for one in material.report.findings if one.kind == "signal" and one.id.startswith(f"{kind}-")]
    tests = _tests(material, name)
    if not tests:
        gaps = dict.fromkeys(one.reason for one in material.results.named(name) if isinstance(one, NotEvaluated))
        reason = "; ".join(list(gaps)[:3]) or _NOTHING[kind]
        return Family(title, sentence(f"Not looked for: {reason}"), None)
    said = tests_sentence(tests, len(found), _held_back(material, kind))
    return Family(title, f"{said} {_MEANS}" if kind == RANKINGS and found else said, _table(found, taken))


def tests_sentence(tests: int, found: int, held_back: str) -> str:
    """'33 tests; 2 are signals.'; with many the number that is listed at most."""
    looked = "1 test" if tests == 1 else f"{tests:,} tests"
    if held_back:
        return f"{looked}; no signal is raised: {held_back}."
    if not found:
        return f"{looked}; none is a signal."
    most = f", the clearest {MOST} are kept" if found >= MOST else ""
    return f"{looked}; 1 is a signal." if found == 1 else f"{looked}; {found:,} are signals{most}."


def _tests(material: Material, name: str) -> int:
    count = 0
    for one in material.results.named(name):
        if isinstance(one, Table):
            count += len(one.rows)
        elif isinstance(one, Estimate):
            count += one.slice.get("feature") not in NO_INPUTS
    return count


def _held_back(material: Material, kind: str) -> str:
    """Why nothing of a kind can be a signal whatever was measured; '' where it can."""
    usable = any(method.verdict.style in ("ok", "open") for method in material.methods)
    primary = material.primary is not None and material.primary.verdict.style in ("ok", "open")
    if kind == RANKINGS and not primary:
        return "the primary method is not one to rely on"
    return "no method is one to rely on, so no input counts as ranked first" if kind == PROXY and not usable else ""


def _table(found: list[Finding], taken: dict[str, str]) -> TableView | None:
    if not found:
        return None
    rows: list[tuple[Cell, ...]] = [
        (
            one.id,
            one.statement,
            one.decided_on.rpartition("adjusted p ")[2].removeprefix("= "),
            shorten(taken.get(one.statement, "nobody yet"), 30),
        )
        for one in found[:MOST_ROWS]
    ]
    left = len(found) - MOST_ROWS
    note = f"{left:,} more in the attached report.json." if left > 0 else ""
    return TableView(
        "Signals, the clearest first", columns("Signal", "What was seen", "Adjusted p", "Taken up as"), tuple(rows), note
    )
