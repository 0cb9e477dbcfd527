"""What the comparison page shows: page one, then one part per question."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.comparison import Change, Comparison
from auditor.judge.changes.sentences import cells
from auditor.report.comparison.conditions import beside, conditions, procedure
from auditor.report.comparison.measured import (
    METHOD,
    WHERE,
    Body,
    accepted,
    explanations,
    named,
    performance,
    rankings,
    told,
    turned,
)
from auditor.report.numbers import count, digest
from auditor.report.printable import shorten
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import Status

STATUS = {
    "regression": Status("✕", "regression", "no"),
    "inconclusive": Status("?", "inconclusive", "open"),
    "not evaluated": Status("–", "not evaluated", "off"),
    "no regression shown": Status("✓", "no regression shown", "ok"),
}
"""In the order in which judged results are listed: failed first."""

BOUNDARY = (
    "This page presents differences between two audits on the samples that both evaluated. It is not a conformity assessment, "
    "certification or approval of a release. Intervals describe sampling of evaluation units only."
)


@dataclass(frozen=True)
class Front:
    """Page one."""

    title: str
    head: str
    """Running head of every page."""
    report_short: str
    sides: tuple[tuple[str, str, str], ...]
    """(heading, text, digest) of the old audit, the new one, and what they share."""
    status: Status
    unchanged: bool
    judged: TableView | None
    """Results with a margin, failed first."""
    next_steps: tuple[str, ...]
    short: tuple[str, ...]
    """The comparison in sentences."""
    boundary: str


@dataclass(frozen=True)
class Part:
    """One part of the body."""

    name: str
    """Anchor."""
    number: str
    kind: str
    title: str
    text: tuple[str, ...]
    tables: tuple[TableView, ...]


def front(made: Comparison) -> Front:
    """Page one from the record."""
    judged = _judged(made)
    names = [shorten(one.model, 40) for one in (made.old, made.new)]
    shared = f"{count(made.pairing.pairs)} samples, matched by {made.pairing.by}"
    return Front(
        title=f"{names[1]} compared with {names[0]}" if names[0] != names[1] else f"Two audits of {names[0]}",
        head=f"Comparison: {names[1]}",
        report_short=digest(made.id),
        sides=(
            ("Old audit", f"{names[0]}, {count(made.old.rows)} rows", digest(made.old.report_id)),
            ("New audit", f"{names[1]}, {count(made.new.rows)} rows", digest(made.new.report_id)),
            ("Shared", shared, ""),
        ),
        status=STATUS[made.outcome],
        unchanged=made.unchanged,
        judged=judged_table(made, 10, WHERE),
        next_steps=tuple(dict.fromkeys(c.next_step for c in judged if c.next_step))[:3],
        short=tuple(told(made, text) for text in made.summary),
        boundary=BOUNDARY,
    )


def _judged(made: Comparison) -> list[Change]:
    order = list(STATUS)
    return sorted((c for c in made.changes if c.outcome), key=lambda c: order.index(c.outcome))


def judged_table(made: Comparison, most: int = 12, where: str = "the attached report.json") -> TableView | None:
    """Results with a margin, failed first; None where none was judged."""
    rows: list[tuple[Cell, ...]] = [
        (STATUS[c.outcome], named(c, made), *cells(c), accepted(c)) for c in _judged(made) if c.outcome and c.margin is not None
    ]
    heads = columns("Outcome", "Result", "#Old", "#New", "#Difference (95 % interval)", "#Loss accepted")
    kept, note = cut(rows, most, where)
    return TableView("Results with a margin, failed first", heads, kept, note) if rows else None


def shared_parts(made: Comparison, most: int, where: str) -> tuple[tuple[str, Body], ...]:
    """(title, body) of what a report shows of a comparison: what differs; the rest is `where`."""
    moved = made.model_copy(update={"changes": tuple(one for one in made.changes if not one.equal)})
    explained, by_label = (_equal(made, of_method) for of_method in (True, False))
    return (
        ("How much better or worse is it on the same samples?", by_label or performance(moved, most, where)),
        ("Which predictions turned?", turned(made)),
        ("Do explanations hold as well as before?", explained or explanations(moved, most, where)),
        ("What drives a class now that did not before?", rankings(made, most, where)),
        ("Which gates changed?", _gates(made)),
        ("What else differs between the two audits?", conditions(made)),
    )


def _equal(made: Comparison, of_method: bool) -> Body | None:
    """What to say where no result of a kind differs in any sample; None where one does."""
    some = [one for one in made.changes if (METHOD in one.slice) == of_method]
    if not some or not all(one.equal for one in some):
        return None
    return (f"{count(len(some))} results are equal in every shared sample.",), ()


def parts(made: Comparison) -> tuple[Part, ...]:
    """The body, numbered in order; a part with nothing to say says so."""
    found = (
        ("results", "Performance", "How much better or worse is it on the same samples?", *performance(made)),
        ("flips", "Predictions", "Which predictions turned?", *turned(made)),
        ("explanations", "Explanations", "Do explanations hold as well as before?", *explanations(made)),
        ("rankings", "Rankings", "What drives a class now that did not before?", *rankings(made)),
        ("gates", "Gates", "Which gates changed?", *_gates(made)),
        ("conditions", "Conditions", "What else differs between the two audits?", *conditions(made)),
        ("beside", "Other results", "What do both reports hold besides?", *beside(made)),
        ("procedure", "Procedure", "How was this compared?", *procedure(made)),
    )
    return tuple(Part(name, str(n), kind, said, text, tables) for n, (name, kind, said, text, tables) in enumerate(found, 1))


def _gates(made: Comparison) -> Body:
    same = made.old.thresholds_sha256 == made.new.thresholds_sha256
    text = "The thresholds are the same in both audits." if same else "The thresholds differ between the two audits."
    if not made.gates:
        return (text, "No gate has another outcome."), ()
    rows = tuple((shorten(one.gate, 60), one.old, one.new) for one in made.gates)
    return (text,), (TableView("Gates that changed", columns("Gate", "Old", "New"), rows),)
