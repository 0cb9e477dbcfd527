"""Page one: which model and data, what was met, four figures, whether the explanations can be believed, the main limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

from markupsafe import escape

from auditor.evidence.results import Curve, Estimate, NotEvaluated
from auditor.report.class_strip import strip
from auditor.report.figures import small_curve
from auditor.report.figures._style import Picture
from auditor.report.gates import GateRow, gate_rows, reasons_note, thresholds_note
from auditor.report.language.translate import say
from auditor.report.material import Material
from auditor.report.numbers import count, digest, short_count
from auditor.report.page_one import ROOMS, TIGHT, Room, first_words, fits, main_limits, page
from auditor.report.printable import opening, shorten
from auditor.report.sections.change import change_line
from auditor.report.sections.robustness import worst_where
from auditor.report.shown import Shown, shown
from auditor.report.verdicts import verdict_reason
from auditor.report.view import Statement
from auditor.report.words import MANDATORY, NO_GATES, NOT_CAUSES, SAMPLING_ONLY, Status

KIND = "Model audit"
TITLE = "Summary"


@dataclass(frozen=True)
class Headline:
    """One of the four figures."""

    shown: Shown
    note: str
    """A line that belongs beside the figure; '' for none."""


@dataclass(frozen=True)
class Trust:
    """May the explanations be believed?"""

    verdict: Status
    method: str
    text: str
    """Normalised margin against random order, with its interval."""
    reason: str
    """Why the verdict is what it is."""
    curve: Picture | None


@dataclass(frozen=True)
class Summary:
    """Page one."""

    title: str
    head: str
    """Running head of every page."""
    report_short: str
    """First groups of the report id."""
    lead: str
    model: str
    model_digest: str
    data: str
    data_digest: str
    purpose: Statement | None
    gates: tuple[GateRow, ...]
    """Failed first; as many as fit."""
    no_gates: str
    """The fixed sentence when there are no gates, else ''."""
    gates_note: str
    headlines: tuple[Headline, ...]
    """Accuracy, overconfidence, worst group, worst corruption; never another figure in their place."""
    sampling_only: str
    trust: Trust | None
    change: str
    """What changed since the release before, in one line; '' where the plan names none."""
    maps: Picture | None
    maps_title: str
    limits: tuple[str, ...]
    boundary: str
    """What this report is not, what it is valid for, and that attributions are no causes."""


def context(material: Material) -> Summary:
    """Page one from the record; free statements and small print, then gates, are cut until it keeps to its words."""
    whole, gates, template = _whole(material), gate_rows(material), page()
    for room in ROOMS:
        if room == ROOMS[TIGHT]:
            maps, maps_title = strip(material, 2)
            whole = replace(whole, maps=maps, maps_title=maps_title, limits=whole.limits[-3:])
        made = _within(material, whole, gates, room)
        if fits(made, template):
            break
    return made


def _within(material: Material, whole: Summary, gates: tuple[GateRow, ...], room: Room) -> Summary:
    """Page one cut to a room."""
    purpose, trust, words = whole.purpose, whole.trust, room.words
    note = thresholds_note(material, gates, gates[room.gates :], brief=room.small > 0)
    reasons = reasons_note(gates[: room.gates]) if room.small < 2 else ""
    return replace(
        whole,
        lead=_lead(material, words),
        purpose=purpose and replace(purpose, text=opening(first_words(purpose.text, words), 7 * words)),
        trust=trust and replace(trust, reason=first_words(say(trust.reason), 2 * words + 6)),
        change=first_words(say(whole.change), 3 * words + 6),
        gates=gates[: room.gates],
        gates_note=f"{reasons} {note}".strip(),
        boundary=whole.boundary.removesuffix(f" {NOT_CAUSES}") if room.small else whole.boundary,
    )


def _whole(material: Material) -> Summary:
    prepared = material.report.prepared
    model, data = prepared.model, prepared.data
    title = shorten(material.plan("report", "title", default="") or f"{model.name} {model.version}".strip(), 44)
    said = material.statement("intended_purpose")
    maps, maps_title = strip(material, 3)
    return Summary(
        title=title,
        head=f"Audit of {shorten(f'{model.name} {model.version}'.strip(), 40)}",
        report_short=digest(material.report_id),
        lead="",
        model=f"{shorten(model.type, 30)}, {short_count(model.parameters)} parameters",
        model_digest=digest(model.state_sha256),
        data=f"{shorten(data.name, 52)}, {count(data.evaluated)} rows, "
        f"{len(model.classes):,} {'labels' if model.multi_label else 'classes'}",
        data_digest=digest(data.decoded_sha256),
        purpose=said and replace(said, by=shorten(said.by, 40)),
        gates=(),
        no_gates="" if gate_rows(material) else NO_GATES,
        gates_note="",
        headlines=_headlines(material),
        sampling_only=SAMPLING_ONLY,
        trust=_trust(material),
        change=change_line(material),
        maps=maps,
        maps_title=maps_title,
        limits=main_limits(material),
        boundary=f"{MANDATORY} Valid for these hashes only. {NOT_CAUSES}",
    )


def _lead(material: Material, words: int) -> str:
    described = str(material.plan("model", "description", default="")).strip()
    first = described.split(". ")[0].rstrip(".")
    if not first:
        return "Audit of a classifier."
    return escape(opening(first_words(f"{first}.", words), 110))  # in the owner's own words in every language


def _headlines(material: Material) -> tuple[Headline, ...]:
    seen = material.plan("seen_in_training", default=material.report.prepared.data.seen_in_training)
    beside = {
        "unknown": "Independence of test from training data: not examined",
        "no": "Plan states: rows not seen in training; not examined",
        "yes": "Plan states: rows were seen in training",
    }
    groups = "no groups declared" if not material.plan("groups", default=()) else "not in this report"
    slots = (
        ("accuracy", material.title("accuracy"), False, beside.get(seen, beside["unknown"]), ""),
        ("overconfidence", "Overconfidence", True, "", ""),
        ("worst_group", "Worst group, accuracy", False, _whose(material), groups),
        ("worst_corruption", "Worst corruption, drop", True, worst_where(material), "no corruptions planned"),
    )
    return tuple(Headline(_slot(material, name, said, points, absent), note) for name, said, points, note, absent in slots)


def _whose(material: Material) -> str:
    """'lowest of 7 groups: sex Male'."""
    worst = material.results.estimate("worst_group")
    said = worst.notes[0] if isinstance(worst, Estimate) and worst.notes else ""
    return shorten(say(said.replace("Lowest observed of", "Lowest of").rstrip(".")), 48)


def _slot(material: Material, name: str, said: str, points: bool, absent: str) -> Shown:
    found = material.results.estimate(name)
    if isinstance(found, NotEvaluated) and absent:
        found = NotEvaluated(
            name=name, reason=next((gap.reason for gap in material.results.gaps() if gap.name == name), absent)
        )
    return shown(found, said, points=points)


def _trust(material: Material) -> Trust | None:
    method = material.primary
    if method is None:
        return None
    by = {"method": method.name, "fill": material.fill}
    margin = material.results.estimate("normalised_margin", by)
    if isinstance(margin, NotEvaluated):
        text = f"Faithfulness: not evaluated ({margin.reason})."
    else:
        figure = shown(margin, unit="")
        text = f"{_against_random(margin)}: normalised margin {figure.value} ({figure.line})."
    curve = material.results.curve("deletion_curve", by)
    control = material.results.curve("deletion_curve", {"control": "random", "fill": material.fill})
    picture = None
    if isinstance(curve, Curve):
        picture = small_curve.draw(method.title, material.score, curve, control if isinstance(control, Curve) else None)
    reason = verdict_reason(method.finding)
    if "individual" not in reason:  # the best verdict says so itself
        text = f"{text} Not for individual reasons."
    return Trust(method.verdict, method.title, text, reason, picture)


def _against_random(margin: Estimate) -> str:
    low, high = (margin.interval.low, margin.interval.high) if margin.interval else (0.0, 0.0)
    if low > 0:
        return "Beats random order"
    return "Worse than random order" if high < 0 else "Not shown to differ from random order"
