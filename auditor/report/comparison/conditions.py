"""What stands behind a comparison: what else differs, results without a paired difference, how samples were matched."""

from __future__ import annotations

from auditor.evidence.comparison import Comparison
from auditor.evidence.results import Estimate
from auditor.judge.changes.margins import loss
from auditor.judge.changes.sentences import digits_for, level
from auditor.report.comparison.measured import MOST_ROWS, WHERE, Body, slice_parts
from auditor.report.numbers import count, digest
from auditor.report.printable import shorten
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import title


def plan_line(line: str) -> tuple[str, str, str]:
    """'primary.steps: 20, now 10' → its key and both values."""
    key, _, values = line.partition(": ")
    old, _, new = values.rpartition(", now ")
    return key, old, new


def conditions(made: Comparison) -> Body:
    """What of model, data, machine and plan differs."""
    tables = [
        TableView(caption, columns("Fact", "Old", "New"), tuple((d.what, _text(d.old), _text(d.new)) for d in found))
        for caption, found in (("Model", made.model), ("Data", made.data), ("Versions and machine", made.versions))
        if found
    ]
    if made.plan:
        rows, note = cut([tuple(shorten(part, 90) for part in plan_line(line)) for line in made.plan], MOST_ROWS, WHERE)
        tables.append(TableView("Plan", columns("$Key", "$Old", "$New"), rows, note))
    return (() if tables else ("Nothing else differs: model, data, plan, versions and machine are the same.",)), tuple(tables)


def _text(value: str) -> str:
    return digest(value, 16) if len(value) == 64 else shorten(value, 90) or "–"


def beside(made: Comparison) -> Body:
    """Estimates of both reports without a paired difference."""
    if not made.beside:
        return ("Every estimate of both reports is among the paired differences above.",), ()
    differing = [one for one in made.beside if one.old != one.new]
    text = (
        f"{count(len(made.beside))} more estimates stand in both reports, each over its own samples, so without a paired "
        f"difference; {count(len(differing))} have another value."
    )
    rows: list[tuple[Cell, ...]] = []
    for one in differing:
        digits = digits_for(one.old, one.new, one.unit)
        old, new = (level(value, one.unit, digits) for value in (one.old, one.new))
        rows.append((shorten(", ".join([title(one.name), *slice_parts(made, one.slice)]), 90), old, new))
    kept, note = cut(rows, 25, WHERE)
    return (text,), (TableView("As each report has them", columns("Result", "#Old", "#New"), kept, note),) if rows else ()


def procedure(made: Comparison) -> Body:
    """How samples were matched and intervals made."""
    pairing = made.pairing
    rows = [
        ("Matched by", pairing.by),
        ("Shared samples, with a label", f"{count(pairing.pairs)}, {count(pairing.labelled)}"),
        ("Evaluated in one audit only", f"old {count(pairing.only_old)}, new {count(pairing.only_new)}"),
        ("Same id, other input or label", count(pairing.other_content)),
        ("Shared, but excluded by one audit", count(pairing.lost)),
        ("Losses accepted", "; ".join(f"{title(name)} {loss(name, value)}" for name, value in made.margins.items())),
        ("Margins stated by", made.margins_from),
        ("Old report id", made.old.report_id),
        ("New report id", made.new.report_id),
    ]
    how = dict.fromkeys(
        c.difference.interval.how.split(",")[0]
        for c in made.changes
        if isinstance(c.difference, Estimate) and c.difference.interval is not None
    )
    text = (
        "Every difference is new minus old over the same samples; its interval comes from the differences of the pairs, whole "
        "independent units resampled together. A regression needs the whole interval beyond the accepted loss; where it "
        "reaches across, the outcome is inconclusive.",
        f"Intervals: {'; '.join(how) or 'none was needed'}.",
    )
    return text, (TableView("Matching and margins", columns("Fact", "Value"), tuple(rows)),)
