"""What every short form of a report says, as Markdown lines: gates, headline figures, verdicts, limits, digests."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.publish.finished import FinishedRun
from auditor.publish.gate_outcomes import Outcome
from auditor.publish.markdown import table, text
from auditor.report.document import numbers
from auditor.report.gates import gate_rows
from auditor.report.material import Material
from auditor.report.sections import limits
from auditor.report.shown import shown
from auditor.report.words import MANDATORY, NO_GATES, NOT_CAUSES, STATUS, slice_words

HEADLINES = ("accuracy", "balanced_accuracy", "macro_f1", "log_loss", "brier_score", "overconfidence")
POINTS = frozenset({"overconfidence"})


def material_of(run: FinishedRun) -> Material:
    """The record for the parts of the report that print it; example pictures are left out."""
    return Material(run.report, run.report_id, {}, numbers())


def subject(run: FinishedRun) -> str:
    """'digit-cnn 1.3.0'."""
    model = run.report.prepared.model
    return f"{model.name} {model.version}".strip()


def counted(found: Iterable[Outcome]) -> str:
    """'2 met, 1 not met', or that there were no gates."""
    states = [("waived" if one.waiver else one.finding.status) for one in found if one.baseline != "absent"]
    said = [f"{states.count(word)} {word}" for word in (*STATUS, "waived") if word in states]
    return f"Gates: {', '.join(said)}." if said else NO_GATES


def gates(run: FinishedRun, found: tuple[Outcome, ...], plan: str = "") -> list[str]:
    """The gates as a table, failed first; with the line in the plan where it is known."""
    material = material_of(run)
    order = list(STATUS)
    present = sorted((one for one in found if one.baseline != "absent"), key=lambda one: order.index(one.finding.status))
    rows = []
    for one, row in zip(present, gate_rows(material), strict=True):
        state = f"{row.status.sign} {'waived, ' if one.waiver else ''}{row.status.word}"
        state += f" ({one.baseline})" if one.baseline in ("new", "updated") else ""
        place = [f"{text(plan)}, line {one.line}" if one.line else "–"] if plan else []
        rows.append(
            [state, text(row.name), text(row.result), text(row.bound), text(one.waiver or row.next_step) or "–", *place]
        )
    columns = ["Outcome", "Gate", "Result (95 % interval)", "Bound", "Next", *(["Set in"] if plan else [])]
    return table(columns, rows) if rows else []


def headlines(run: FinishedRun) -> list[str]:
    """The overall figures with interval and n; a gap with its reason."""
    material = material_of(run)
    rows = []
    for name in HEADLINES:
        one = shown(material.results.estimate(name), material.title(name), points=name in POINTS)
        interval = one.interval or (f"none: {one.no_interval}" if one.value else "–")
        rows.append([text(one.name), text(one.value or f"not evaluated: {one.reason}"), text(interval), text(one.n or "–")])
    return table(["Result", "Value", "95 % interval", "n"], rows)


def explanations(run: FinishedRun) -> list[str]:
    """Each method with its verdict and its margin over random orders."""
    material = material_of(run)
    rows = []
    for method in material.methods:
        if method.name == "random":
            continue
        by = {"method": method.name, "fill": material.fill}
        margin = shown(material.results.estimate("normalised_margin", by), unit="")
        rows.append([text(method.title), f"{method.verdict.sign} {text(method.verdict.word)}", text(margin.cell if margin.value
                     else f"not evaluated: {margin.reason}"), text(margin.n or "–")])  # fmt: skip
    return table(["Method", "Verdict", "Normalised margin over random orders (95 % interval)", "n"], rows) if rows else []


def limitations(run: FinishedRun) -> list[str]:
    """What must not be concluded, what was not examined, and how many results are gaps."""
    material = material_of(run)
    said, gaps = limits.context(material), material.results.gaps()
    found = [f"- {text(sentence)}" for sentence in (*said.conclusions, *said.not_examined)]
    names = list(dict.fromkeys(f"{material.title(gap.name)} ({slice_words(gap.slice) or 'overall'})" for gap in gaps))
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    if names:
        found.append(f"- Not evaluated, with reasons in the report: {text('; '.join(names[:6]))}{more}.")
    return found


def boundary() -> str:
    """What a report is not."""
    return f"{MANDATORY} {NOT_CAUSES}"
