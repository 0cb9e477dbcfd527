"""Section: results by declared group, the differences between groups, and inputs that tell a group. Only with groups."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import Estimate, NotEvaluated, Result, Table
from auditor.report.figures import group_dots
from auditor.report.figures._style import Picture
from auditor.report.figures.member_dots import Dot
from auditor.report.group_proxies import proxy_views
from auditor.report.group_sentences import (
    difference_sentence,
    group_values,
    measure_words,
    ratio_sentence,
    worst_sentence,
)
from auditor.report.material import Material
from auditor.report.numbers import count, narrow, percent
from auditor.report.printable import distinct
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import sentence

KIND = "Groups"
TITLE = "For whom is it right less often?"
MOST_DRAWN = 24
SCORES = ("balanced_accuracy", "roc_auc")
MEASURED = ("selection_rate", "recall", "false_positive_rate", "precision", "accuracy", "overconfidence", *SCORES)
_SHARES = ("selection_rate", "recall", "false_positive_rate", "precision")


@dataclass(frozen=True)
class ByAttribute:
    """One declared column or intersection."""

    name: str
    sentences: tuple[str, ...]
    picture: Picture | None
    table: TableView | None


@dataclass(frozen=True)
class Groups:
    """Results by group."""

    intro: str
    worst: str
    """Lowest accuracy of all groups."""
    attributes: tuple[ByAttribute, ...]
    how_to_read: str
    proxies: TableView | None
    proxy_sentences: tuple[str, ...]
    proxies_note: str


def context(material: Material) -> Groups | None:
    """The section from the record; None where the plan declares no groups."""
    if not material.plan("groups", default=()):
        return None
    found = list(material.results.named("group_counts"))
    proxies, said, note = proxy_views(material)
    declared = ", ".join(material.plan("groups"))
    shown = _decision(material)
    return Groups(
        intro=f"Declared groups: {declared}. {_decided(shown)} Groups that were not declared were not examined.",
        worst=worst_sentence(material.results.estimate("worst_group"), "accuracy", _everywhere(material, found)),
        attributes=tuple(_attribute(material, one, shown) for one in found if isinstance(one, Table | NotEvaluated)),
        how_to_read=(
            "How to read this: each dot is a group, the bar its 95\u00a0% interval, the dashed line all rows. Intervals of "
            "differences, ratios and worst groups hold whichever groups turn out to be the extremes. A difference does not say "
            "why it is there, and a small one is not proof of equal treatment: groups can differ in what is not measured here."
        ),
        proxies=proxies,
        proxy_sentences=said,
        proxies_note=note,
    )


def _everywhere(material: Material, found: list[Result]) -> dict[str, float]:
    """'sex Male' → accuracy, of all groups of all columns."""
    values: dict[str, float] = {}
    for one in found:
        name = one.slice.get("attribute", "")
        groups = {str(row[0]): f"{name} {row[0]}" for row in one.rows} if isinstance(one, Table) else {}
        values |= group_values(material.results, name, "accuracy", {}, groups)
    return values


def _decision(material: Material) -> dict[str, str]:
    """Slice of the decision that is shown: the plan's operating point, else the second of two classes, else none."""
    point = material.plan("operating_point")
    if point:
        return {"class": str(point["class"]), "threshold": f"{float(point['threshold']):g}"}
    return {"class": material.classes[1]} if len(material.classes) == 2 else {}


def _decided(shown: dict[str, str]) -> str:
    if "threshold" in shown:
        return f"Decisions are for {shown['class']} at the plan's threshold {shown['threshold']}."
    return f"Decisions are for {shown['class']}, as the model predicts." if shown else ""


def _attribute(material: Material, counts: Table | NotEvaluated, shown: dict[str, str]) -> ByAttribute:
    name = counts.slice.get("attribute", "")
    if isinstance(counts, NotEvaluated):
        return ByAttribute(name, (sentence(f"Not evaluated: {counts.reason}"),), None, None)
    stored = tuple(str(row[0]) for row in counts.rows)
    groups = dict(zip(stored, distinct(stored, 28), strict=True))
    return ByAttribute(
        name=name,
        sentences=_sentences(material, name, groups, shown),
        picture=_picture(material, name, groups, shown),
        table=_table(material, counts, groups, shown),
    )


def _sentences(material: Material, name: str, groups: dict[str, str], shown: dict[str, str]) -> tuple[str, ...]:
    results, where = material.results, {"attribute": name}
    if isinstance(results.estimate("worst_group", where), NotEvaluated) and not _has(material, "group_difference", where):
        reason = next((gap.reason for gap in results.gaps() if gap.name == "group_difference" and gap.slice == where), "")
        return (sentence(f"Not compared: {reason}"),) if reason else ()
    label = material.labels[material.classes.index(shown["class"])] if shown else ""
    values = {of: group_values(results, name, of, shown if of in _SHARES else {}, groups) for of in MEASURED}
    said = [worst_sentence(results.estimate("worst_group", {**where, "of": "accuracy"}), "accuracy", values["accuracy"])]
    for of in ("accuracy", *SCORES, *(_SHARES if shown else ()), "overconfidence"):
        by = shown if of in _SHARES else {}
        found = results.estimate("group_difference", {**where, **by, "of": of})
        said.append(difference_sentence(found, measure_words(of, label), values.get(of, {})))
    if shown:
        rate = measure_words("selection_rate", label)
        said.append(ratio_sentence(results.estimate("impact_ratio", {**where, **shown}), rate, values["selection_rate"]))
    return tuple(said)


def _has(material: Material, name: str, where: dict[str, str]) -> bool:
    return any(where.items() <= one.slice.items() and one.slice != where for one in material.results.named(name))


def _picture(material: Material, name: str, groups: dict[str, str], shown: dict[str, str]) -> Picture | None:
    if len(groups) > MOST_DRAWN:
        return None
    panels = []
    for of, title in (("accuracy", material.title("accuracy")), ("selection_rate", "Decided for"), ("recall", "Recall")):
        by = shown if of != "accuracy" else {}
        if of != "accuracy" and not shown:
            continue
        dots = tuple(_dot(material.results.estimate(of, {"attribute": name, "group": one, **by})) for one in groups)
        whole = material.results.estimate(of, by)
        if any(dots):
            panels.append((title, whole.value if isinstance(whole, Estimate) else None, dots))
    return group_dots.draw(name, tuple(groups.values()), tuple(panels)) if panels else None


def _dot(result: Estimate | NotEvaluated) -> Dot | None:
    if not isinstance(result, Estimate) or result.interval is None:
        return None
    return "", result.value, result.interval.low, result.interval.high


def _table(material: Material, counts: Table, groups: dict[str, str], shown: dict[str, str]) -> TableView:
    rows: list[tuple[Cell, ...]] = []
    reasons: dict[str, list[str]] = {}
    for stored, number, _, status in counts.rows:
        by = {"attribute": str(counts.slice["attribute"]), "group": str(stored)}
        if status != "evaluated":
            reasons.setdefault(str(status), []).append(groups[str(stored)])
        found = [material.results.estimate("accuracy", by)]
        if shown:
            found += [material.results.estimate(of, {**by, **shown}) for of in _SHARES]
        else:
            found += [material.results.estimate(of, by) for of in ("balanced_accuracy", "macro_f1", "overconfidence")]
        written = "withheld" if number is None else count(int(number))
        rows.append((groups[str(stored)], written, *(_cell(one) for one in found)))
    named = (
        ("Decided for", "Recall", "False positives", "Precision") if shown else ("Balanced", "Macro F1", "Confidence − acc.")
    )
    heads = columns("Group", "#Rows", f"#{material.title('accuracy')}", *(f"#{name}" for name in named))
    small = any("–" in row for row in rows if row[2] != "–")
    note = " ".join(f"{', '.join(names)}: {why}." for why, names in reasons.items())
    note = (
        f"{note} –: too few rows to divide by; section {material.sections.get('limits', '')} says how many.".strip()
        if small
        else note
    )
    return TableView(f"By {counts.slice['attribute']}, in per cent (95 % interval)", heads, tuple(rows), note)


def _cell(result: Estimate | NotEvaluated) -> str:
    """'92.8 (92.1–93.5)'; a dash where it is not evaluated, which the note or the annex explains."""
    if not isinstance(result, Estimate):
        return "–"
    signed = result.name == "overconfidence"
    value = percent(result.value, sign=signed)
    if result.interval is None:
        return value
    low, high = (percent(limit, sign=signed, guard=False) for limit in (result.interval.low, result.interval.high))
    return f"{value} ({narrow(f'{low} to {high}')})"
