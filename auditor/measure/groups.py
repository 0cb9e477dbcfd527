"""Every headline result by declared group and intersection. Small groups are named as gaps or withheld, never dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from auditor.evidence.results import NotEvaluated, Ranking, Result, Samples, Table
from auditor.measure import calibration, discrimination, faithfulness, performance, rankings
from auditor.measure._decisions import MOST_CLASSES, decisions
from auditor.measure._group_cells import Attribute, Group, Remembering, attributes, part, withheld
from auditor.measure._group_class_cells import TOLD_BY_LABELS, cell, cells_kept_back
from auditor.measure._group_confidence import overconfidence_difference
from auditor.measure._group_contrasts import CONTRASTS, contrasts, worst_of_all
from auditor.measure._group_scores import score_differences
from auditor.measure._results import estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.intervals import proportion

NAMES = ("group_counts", "selection_rate", "false_positive_rate", *CONTRASTS)
READS = ("samples", "predictions")
OVERALL = (
    *("accuracy", "balanced_accuracy", "macro_f1", "micro_f1", "hamming_loss"),
    *("log_loss", "brier_score", "overconfidence", "roc_auc"),
)
EXPLAINED = ("normalised_margin", "faithfulness_margin", "feature_ranking")


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file; nothing where the plan declares no groups."""
    if not study.plan.groups:
        return
    study = replace(study, reader=Remembering(study.reader.run), tables={})
    found = tuple(replace(one, kept_back=cells_kept_back(study, one)) for one in attributes(study))
    yield from _of_all(study)
    for attribute in found:
        where = {"attribute": attribute.name}
        if attribute.reason:
            yield from gaps(("group_counts", *CONTRASTS), where, attribute.reason)
            continue
        yield _counts(study, attribute)
        for group in attribute.groups:
            yield from _of_group(study, attribute, group, where | {"group": group.name})
        yield from contrasts(study, attribute)
        if len(attribute.evaluated) > 1:
            yield overconfidence_difference(study, attribute)
            yield from score_differences(study, attribute)
    yield from worst_of_all(study, found)


def _of_all(study: Study) -> Iterator[Result]:
    """Shares of all rows that no other measure makes, for comparison."""
    for decision in decisions(study):
        for name, domain, hit, population in decision.questions():
            if name in NAMES and domain.any():
                design = study.row_design(domain)
                outcome = proportion(design, hit[domain].astype(np.float64))
                yield estimate(name, decision.where, "fraction", study.samples(design, population), outcome)


def _counts(study: Study, attribute: Attribute) -> Table:
    rows = []
    for group in attribute.groups:
        numbers = (int(group.rows.sum()), int((group.rows & study.frame.labelled).sum()))
        rows.append((group.name, *((None, None) if group.withheld else numbers), group.reason or "evaluated"))
    frame = study.frame
    return Table(
        name="group_counts",
        slice={"attribute": attribute.name},
        unit="rows",
        samples=Samples(rows=len(frame.label), units=len(np.unique(frame.unit)), population="all evaluated rows"),
        columns=("group", "rows", "with a label", "status"),
        rows=tuple(rows),
    )


def _of_group(study: Study, attribute: Attribute, group: Group, where: dict[str, str]) -> Iterator[Result]:
    if group.reason:
        yield from _absent(study, group.reason, where)
        return
    own, back = part(study, group.rows), withheld(study.plan.disclosure.smallest_cell)
    for made in (performance.measure(own), calibration.overconfidence(own), discrimination.measure(own)):
        for result in made:
            if result.name in OVERALL and not result.slice:
                told = result.name in TOLD_BY_LABELS and _of_labels(attribute, group)
                yield gaps([result.name], where, back)[0] if told else _placed(result, where, group)
    yield from _shares(own, where, attribute, group)
    yield from _explained(own, where, group)


def _absent(study: Study, reason: str, where: dict[str, str]) -> Iterator[Result]:
    """A group that is not evaluated: a gap once, and under each name that a gate rests on, so that no gate passes it over."""
    yield from gaps(["accuracy", *(name for name in OVERALL if name != "accuracy" and name in study.gated)], where, reason)
    for decision in decisions(study):
        asked = [name for name, *_ in decision.questions() if name in study.gated]
        yield from gaps(asked, where | decision.where, reason)
    yield from gaps([name for name in EXPLAINED[:2] if name in study.gated], where | _analysis(study), reason)


def _analysis(study: Study) -> dict[str, str]:
    """Slice of what is measured of the primary analysis."""
    return {"method": study.plan.primary.method, "fill": study.plan.primary.fill or ""}


def _of_labels(attribute: Attribute, group: Group) -> bool:
    """Whether the rows of some class of the group are kept back."""
    return any(kind == "label" and name == group.name for kind, name, *_ in attribute.kept_back)


def _shares(own: Study, where: dict[str, str], attribute: Attribute, group: Group) -> Iterator[Result]:
    chosen = decisions(own)
    if len(own.frame.classes) > MOST_CLASSES:
        reason = f"{len(own.frame.classes):,} classes: by group only the class of an `operating_point` is looked at"
        yield from gaps(["selection_rate"], where, reason)
    for decision in chosen:
        for name, domain, hit, population in decision.questions():
            at = where | decision.where
            if cell(name, group.name, decision.where) in attribute.kept_back:
                yield from gaps([name], at, withheld(own.plan.disclosure.smallest_cell))
                continue
            if not domain.any():
                yield from gaps([name], at, f"no row of the group is among the {population}")
                continue
            design = own.row_design(domain)
            samples = own.samples(design, f"{population}, group {group.name}")
            yield estimate(name, at, "fraction", samples, proportion(design, hit[domain].astype(np.float64)))


def _explained(own: Study, where: dict[str, str], group: Group) -> Iterator[Result]:
    """Margin and rankings of the primary analysis, from the selected cases of the group, weighted to the group's rows."""
    prepared, primary = own.frame.prepared, own.plan.primary
    methods = tuple(fact for fact in prepared.methods if fact.name == primary.method and fact.applies)
    fills = tuple(fact for fact in prepared.fills if fact.name == primary.fill)
    if not methods:
        return
    own.frame = replace(own.frame, prepared=prepared.model_copy(update={"methods": methods, "fills": fills}))
    needed = {table for one in (faithfulness, rankings) for table in one.READS}
    cases = int(own.frame.selected.sum())
    reason = sizes.too_few(cases, sizes.MEAN, "explained cases in the group")
    if reason or not all(own.reader.has(table) for table in needed):
        told = [name for place, name in enumerate(EXPLAINED[:2]) if not place or name in own.gated]
        yield from gaps(told, where | _analysis(own), reason or "no attributions and curves were stored")
        return
    for made in (faithfulness.measure(own), rankings.measure(own) if len(own.frame.classes) <= MOST_CLASSES else ()):
        for result in made:
            if result.name in EXPLAINED:
                yield _placed(result, where, group)


def _placed(result: Result, where: dict[str, str], group: Group) -> Result:
    """The same result as one of the group."""
    changed: dict[str, object] = {"slice": where | result.slice}
    if not isinstance(result, NotEvaluated):
        population = f"{result.samples.population}, group {group.name}"
        changed["samples"] = result.samples.model_copy(update={"population": population})
    if isinstance(result, Ranking):
        changed["table"] = ""
    return result.model_copy(update=changed)
