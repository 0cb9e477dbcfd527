"""Differences and ratios between groups, and the worst group; intervals hold whichever groups turn out to be the extremes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from auditor.evidence.results import Estimate, Result, Samples
from auditor.measure._decisions import decisions
from auditor.measure._frame import Bools, Floats
from auditor.measure._group_cells import Attribute, withheld
from auditor.measure._group_class_cells import KINDS, cell
from auditor.measure._results import estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics import sizes, two_groups
from auditor.measure.statistics.design import Design, design_effect
from auditor.measure.statistics.intervals import Bounded, Outcome, Unbounded, checked, proportion
from auditor.measure.statistics.two_groups import Extreme, Share
from auditor.measure.statistics.wilson import effective_count

CONTRASTS = ("group_difference", "group_ratio", "impact_ratio", "worst_group")
WORST = {"accuracy": 1, "recall": 1, "precision": 1, "false_positive_rate": -1}
"""Shares of which the worst group is named: 1 where the lowest is worst, -1 where the highest is."""
EVENTS = 5
"""Hits, and rows that are none, that each group of a ratio needs."""


@dataclass(frozen=True)
class Series:
    """One share in every group that has enough rows; `left`: group → why it is left out."""

    of: str
    where: dict[str, str]
    parts: Mapping[str, tuple[Design, Floats]]
    left: dict[str, str]

    @property
    def notes(self) -> list[str]:
        """Groups that are left out, with the reason."""
        return [f"Left out: {name} ({why})." for name, why in self.left.items()]

    def samples(self) -> Samples:
        """Rows of all groups compared; a row is in one group of each attribute and is counted once."""
        designs = [design for design, _ in self.parts.values()]
        attributes: dict[str, list[Design]] = {}
        for name, (design, _) in self.parts.items():
            attributes.setdefault("" if self.where else name.partition(": ")[0], []).append(design)
        return Samples(
            rows=max((sum(design.rows for design in own) for own in attributes.values()), default=0),
            units=max((sum(design.units for design in own) for own in attributes.values()), default=0),
            population=f"{len(designs)} groups",
            weighted=any(design_effect(design.weights) > 1 + 1e-12 for design in designs),
        )


def contrasts(study: Study, attribute: Attribute) -> Iterator[Result]:
    """Largest difference, smallest ratio and worst group of each share."""
    where = {"attribute": attribute.name}
    if len(attribute.evaluated) < 2:
        large = len(attribute.evaluated)
        reason = f"{large} of {len(attribute.groups)} groups of {attribute.name} {'is' if large == 1 else 'are'} large enough"
        yield from gaps(CONTRASTS, where, reason)
        return
    for series in _series(study, attribute, where):
        yield _difference(series)
        yield _ratio(series)
        if series.of in WORST:
            yield _worst(series)


def worst_of_all(study: Study, found: Sequence[Attribute]) -> Iterator[Result]:
    """The lowest accuracy of all groups of all columns and intersections: page one's figure."""
    parts: dict[str, tuple[Design, Floats]] = {}
    left: dict[str, str] = {}
    for attribute in found:
        series = _accuracy(study, attribute, {}) if not attribute.reason else None
        for name, own in series.parts.items() if series else ():
            parts[f"{attribute.name}: {name}"] = own
        left |= {f"{attribute.name}: {name}": why for name, why in (series.left if series else {}).items()}
        if attribute.reason:
            left[attribute.name] = attribute.reason
    yield _worst(Series("accuracy", {}, parts, left), alone=True)


def _series(study: Study, attribute: Attribute, where: dict[str, str]) -> Iterator[Series]:
    yield _accuracy(study, attribute, where)
    chosen = decisions(study)
    for decision in chosen:
        for name, domain, hit, _ in decision.questions():
            yield _cut(study, attribute, name, where | decision.where, domain, hit)


def _accuracy(study: Study, attribute: Attribute, where: dict[str, str]) -> Series:
    return _cut(study, attribute, "accuracy", where, study.frame.labelled, study.frame.correct > 0)


def _cut(study: Study, attribute: Attribute, of: str, where: dict[str, str], domain: Bools, hit: Bools) -> Series:
    parts: dict[str, tuple[Design, Floats]] = {}
    left = {group.name: group.reason for group in attribute.groups if group.reason}
    for group in attribute.evaluated:
        if of in KINDS and cell(of, group.name, where) in attribute.kept_back:
            left[group.name] = withheld(study.plan.disclosure.smallest_cell)
            continue
        rows = domain & group.rows
        reason = sizes.too_few(int(rows.sum()), sizes.PROPORTION, "rows in the denominator")
        design = None if reason else study.row_design(rows)
        if design is None or design.units < sizes.UNITS < design.rows:
            left[group.name] = reason or "too few independent units"
        else:
            parts[group.name] = (design, hit[rows].astype(np.float64))
    return Series(of, where, parts, left)


def _bounded(series: Series, level: float) -> dict[str, Bounded]:
    found = {name: proportion(*own, level) for name, own in series.parts.items()}
    return {name: outcome for name, outcome in found.items() if isinstance(outcome, Bounded)}


def too_few_groups(series: Series) -> str:
    """Why nothing is compared."""
    left = "; ".join(f"{name} ({why})" for name, why in series.left.items())
    return f"fewer than two groups have enough rows: {left}".rstrip(": ")


def _difference(series: Series) -> Result:
    name, where = CONTRASTS[0], series.where | {"of": series.of}
    if len(series.parts) < 2:
        return gaps([name], where, too_few_groups(series))[0]
    level = two_groups.pair_level(len(series.parts))
    own = _bounded(series, level)
    limits = {(a, b): two_groups.difference_limits(own[a], own[b]) for a, b in combinations(own, 2)}
    extreme = two_groups.largest_gap(limits, {group: one.value for group, one in own.items()})
    how = f"Newcombe, hybrid score, of {len(limits)} pairs, each at {100 * level:.4g} %"
    return told(name, where, series, extreme, how, "Highest: {}; lowest: {}.")


def _ratio(series: Series) -> Result:
    name = "impact_ratio" if series.of == "selection_rate" else "group_ratio"
    where = series.where if name == "impact_ratio" else series.where | {"of": series.of}
    shares, left = {}, dict(series.left)
    rates = {group: float(design.moments(hits[:, None])[0][0]) for group, (design, hits) in series.parts.items()}
    for group, (design, hits) in series.parts.items():
        least = int(min(hits.sum(), len(hits) - hits.sum()))
        if least < EVENTS:
            left[group] = f"{least} {'hits' if hits.sum() == least else 'rows without a hit'}, at least {EVENTS} are needed"
        else:
            shares[group] = _share(design, hits)
    kept_only = Series(series.of, series.where, {group: series.parts[group] for group in shares}, left)
    if len(shares) < 2:
        return gaps([name], where, too_few_groups(kept_only))[0]
    kept = [share.value for share in shares.values()]
    beyond = [group for group in series.parts if group not in shares and not min(kept) <= rates[group] <= max(kept)]
    if beyond:
        why = "; ".join(f"{group}: {left[group]}" for group in beyond)
        return gaps([name], where, f"the group with the highest or lowest share has too few events for a ratio ({why})")[0]
    level = two_groups.pair_level(len(shares))
    extreme = two_groups.smallest_ratio(shares, level)
    pairs = len(shares) * (len(shares) - 1) // 2
    how = f"Miettinen–Nurminen score, of {pairs} pairs, each at {100 * level:.4g} %"
    return told(name, where, kept_only, extreme, how, "Lowest share: {}; highest: {}.", unit="ratio")


def _share(design: Design, hits: Floats) -> Share:
    mean, error = design.moments(hits[:, None])
    effect, value = design_effect(design.weights), float(mean[0])
    if effect < 1 + 1e-12 and design.units == design.rows:
        return Share(value, design.rows)
    return Share(value, effective_count(value, float(error[0]) ** 2, design.rows, design.units, effect))


def _worst(series: Series, alone: bool = False) -> Result:
    name = CONTRASTS[3]
    where = series.where if alone else series.where | {"of": series.of}
    if len(series.parts) < 2:
        return gaps([name], where, too_few_groups(series))[0]
    sign, level = WORST[series.of], two_groups.single_level(len(series.parts))
    extreme = two_groups.lowest(_bounded(series, level), sign)
    word = "lowest" if sign > 0 else "highest"
    how = f"{word} of {len(series.parts)} Wilson intervals, each at {100 * level:.4g} %"
    made = told(name, where, series, extreme, how, f"{word.capitalize()} observed of {len(series.parts)} groups: {{}}.")
    if not isinstance(made, Estimate):
        return made
    design = series.parts[extreme.between[0]][0]  # the value is that of one group
    population = f"lowest of {len(series.parts)} groups" if sign > 0 else f"highest of {len(series.parts)} groups"
    whom = {"rows": design.rows, "units": design.units, "population": population}
    return made.model_copy(update={"samples": made.samples.model_copy(update=whom)})


def told(
    name: str, where: dict[str, str], series: Series, extreme: Extreme, how: str, said: str, *, unit: str = "fraction"
) -> Result:  # fmt: skip
    """An extreme as a result; `said`: a sentence with room for the groups it was found at."""
    outcome: Outcome = checked(extreme.value, extreme.low, extreme.high, how)
    if isinstance(outcome, Unbounded):
        outcome = Unbounded(f"{outcome.reason}; {' '.join(series.notes)}".rstrip("; "))
    notes = [said.format(*extreme.between), *series.notes]
    return estimate(name, where, unit, series.samples(), outcome, notes=notes)
