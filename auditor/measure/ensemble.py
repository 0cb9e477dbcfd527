"""How far the members of an ensemble agree: what they predict, how sure they are, and what they attribute it to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from auditor.evidence.results import Result
from auditor.measure._cases import Located, PerSample, lists, locate
from auditor.measure._frame import Bools, Floats, Ints, log_probabilities
from auditor.measure._label_sets import sigmoid
from auditor.measure._results import estimate, gaps, span_of
from auditor.measure._study import Study
from auditor.measure.statistics.intervals import means, proportion

PREDICTED = ("member_accuracy", "member_differs", "members_disagreement", "members_pairwise_disagreement", "members_spread")
EXPLAINED = ("members_rank_correlation", "members_attribution_spread")
NAMES = (*PREDICTED, *EXPLAINED)
READS = ("samples", "predictions")
PROTOCOL = "members"
POPULATION = "all evaluated rows with a prediction of every member"
Logits = NDArray[np.float32]
LEAST_FEATURES = 5
"""Features below which a rank correlation says nothing; as for weight-randomised copies."""


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file; nothing for a single model."""
    count = len(study.frame.prepared.model.members)
    if not count:
        return
    logits, complete = _logits(study, count)
    if not complete.any():
        yield from gaps(PREDICTED, {}, "no row has a prediction of every member")
    else:
        yield from _predicted(study, logits[:, complete], complete)
    if study.reader.has("attributions"):
        yield from _explained(study, count)
    else:
        yield from gaps(EXPLAINED, {}, "the evidence holds no table `attributions`")


def _logits(study: Study, count: int) -> tuple[Logits, Bools]:
    """(logits [members, rows, classes], bool [rows]: whether every member has them)."""
    frame, classes = study.frame, len(study.frame.classes)
    table = study.reader.table("predictions")
    table = table.filter(pc.equal(pc.list_value_length(table["logits"]), classes))
    out, complete = np.zeros((count, len(frame.label), classes), dtype=np.float32), np.ones(len(frame.label), dtype=bool)
    for member in range(count):
        own = table.filter(pc.equal(table["variant"], f"member:{member}"))
        row = np.asarray(pc.fill_null(pc.index_in(own["sample_id"], value_set=frame.ids), -1), dtype=np.int64)
        flat, _ = lists(own, "logits", np.flatnonzero(row >= 0))
        out[member, row[row >= 0]] = flat.reshape(-1, classes)
        complete &= np.isin(np.arange(len(complete)), row)
    return out, complete


def _predicted(study: Study, logits: Logits, complete: Bools) -> Iterator[Result]:
    frame, names = study.frame, member_names(study)
    design = study.row_design(complete)
    samples = study.samples(design, POPULATION)
    answers = [_answer(study, own) for own in logits]
    whole = _answer(study, frame.logits[complete])
    known = (frame.labelled & complete)[complete]
    for name, answer in zip(names, answers, strict=True):
        where = {"member": name}
        if known.any():
            inner = study.row_design(frame.labelled & complete)
            hits = _right(study, answer, complete)[known].astype(np.float64)
            yield estimate(
                "member_accuracy",
                where,
                "fraction",
                study.samples(inner, POPULATION),
                proportion(inner, hits),
                protocol=PROTOCOL,
            )
        else:
            yield from gaps(["member_accuracy"], where, "no evaluated row has a label")
        differs = proportion(design, _differ(answer, whole).astype(np.float64))
        yield estimate("member_differs", where, "fraction", samples, differs, protocol=PROTOCOL)
    pairs = [_differ(first, second) for first, second in combinations(answers, 2)]
    disagree = np.any(pairs, axis=0).astype(np.float64)
    yield estimate("members_disagreement", {}, "fraction", samples, proportion(design, disagree), protocol=PROTOCOL)
    values = np.stack([np.mean(pairs, axis=0), _spread(study, logits, frame.predicted[complete])], axis=1)
    outcomes, _, _ = means(design, values, study.resamples(*PREDICTED[3:]), study.seed)
    for name, unit, outcome in zip(PREDICTED[3:], ("fraction", "probability"), outcomes, strict=True):
        yield estimate(name, {}, unit, samples, outcome, protocol=PROTOCOL)


def member_names(study: Study) -> tuple[str, ...]:
    """Names of the members, all different: a name that stands twice gets its place."""
    names = [member.name for member in study.frame.prepared.model.members]
    return tuple(name if name and names.count(name) == 1 else f"{name} #{place}".strip() for place, name in enumerate(names))


def _answer(study: Study, logits: Logits) -> Ints:
    """[rows, 1], the class of the largest logit; with several labels [rows, classes], whether each is predicted."""
    if study.frame.sets is None:
        return np.asarray(logits.argmax(axis=1)[:, None], dtype=np.int64)
    return np.asarray(sigmoid(logits) >= study.frame.sets.threshold, dtype=np.int64)


def _differ(first: Ints, second: Ints) -> Bools:
    return np.asarray((first != second).any(axis=1))


def _right(study: Study, answer: Ints, complete: Bools) -> Bools:
    frame = study.frame
    truth = frame.label[complete, None] if frame.sets is None else frame.sets.truth[complete]
    return ~_differ(answer, truth.astype(np.int64))


def _spread(study: Study, logits: Logits, predicted: Ints) -> Floats:
    """[rows]: standard deviation between members of the probability of the ensemble's predicted class."""
    head, index = study.frame.prepared.model.head, np.arange(len(predicted))
    own = [np.exp(log_probabilities(one.astype(np.float64), head))[index, predicted] for one in logits]
    return np.asarray(np.std(own, axis=0, ddof=1)) if len(own) > 1 else np.zeros(len(predicted))


def _explained(study: Study, count: int) -> Iterator[Result]:
    located = locate(study.frame, study.attributions, ("method", "variant"), members=True)
    for fact in study.frame.prepared.methods:
        where = {"method": fact.name}
        parts = [located.groups.get((fact.name, f"member:{member}"), np.empty(0, np.int64)) for member in range(count)]
        have = np.full((count, len(located.cases.row)), -1)
        for member, rows in enumerate(parts):
            have[member, located.place[rows]] = rows
        whole = np.flatnonzero((have >= 0).all(axis=0))
        if not len(whole) or count < 2:
            reason = fact.reason or "no case has the attributions of every member"
            yield from gaps(EXPLAINED, where, "one member has nothing to agree with" if count < 2 else reason)
            continue
        values = np.array([_agreement(located, have[:, case]) for case in whole.tolist()])
        for name, unit, column in zip(EXPLAINED, ("correlation", "ratio"), values.T, strict=True):
            per_case = np.full(len(located.cases.row), np.nan)
            per_case[whole] = column
            yield _case_mean(study, located, fact.name, (name, unit), per_case)


def _agreement(located: Located, rows: Ints) -> tuple[float, float]:
    """(mean Spearman correlation over the pairs of members, spread over magnitude) of one case; NaN where undefined.

    Spread: sum over features of the standard deviation between members, over the sum of their mean magnitudes.
    """
    from scipy.stats import rankdata

    flat, widths = lists(located.table, "values", rows)
    if (widths != widths[0]).any():
        return np.nan, np.nan
    values = flat.reshape(len(rows), -1)
    size = np.abs(values).mean(axis=0).sum()
    spread = float(values.std(axis=0, ddof=1).sum() / size) if size > 0 else np.nan
    if widths[0] < LEAST_FEATURES:
        return np.nan, spread
    rank = rankdata(values, axis=1)
    rank -= rank.mean(axis=1, keepdims=True)
    length = np.sqrt(np.square(rank).sum(axis=1))
    if (length == 0).any():
        return np.nan, spread
    products = (rank @ rank.T) / np.outer(length, length)
    return float(products[np.triu_indices(len(rows), 1)].mean()), spread


def _case_mean(study: Study, located: Located, method: str, what: tuple[str, str], values: Floats) -> Result:
    """Mean over the cases [cases] where it is defined; `what`: name and unit."""
    (name, unit), where = what, {"method": method}
    defined = np.isfinite(values)
    reason = f"fewer than {LEAST_FEATURES} features, all attributions equal, or a member's are missing"
    if not defined.any():
        return gaps([name], where, f"undefined for every case: {reason}")[0]
    by_sample = PerSample(located.cases.row[defined])
    design = study.case_design(by_sample.row)
    mean, within = by_sample.mean(values[defined, None]), [span_of(name, unit)]
    outcomes, _, _ = means(design, mean, study.resamples(name), study.seed, within=within)
    left = int((~defined).sum())
    notes = [*([f"{left:,} cases left out: {reason}."] if left else []), *by_sample.notes]
    samples = study.samples(design, "selected cases, weighted to all evaluated rows")
    return estimate(name, where, unit, samples, outcomes[0], protocol=PROTOCOL, notes=notes)
