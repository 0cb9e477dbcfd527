"""Non-inferiority: a result may fall by at most a margin stated beforehand; three outcomes, on the whole interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from auditor.errors import AuditError, did_you_mean
from auditor.evidence.comparison import Change, Verdict
from auditor.evidence.results import Estimate
from auditor.judge.changes.sentences import GAP, change_sentence, judged_sentence
from auditor.judge.outcome import outcome, rows_to_decide
from auditor.judge.simultaneous import widened
from auditor.measure.statistics import sizes

DEFAULT = {"accuracy": 0.01}
"""Convention: where nobody states a margin, one percentage point of accuracy."""
CONVENTION = "default of the tool (convention)"
STATED = "stated by whoever ran the comparison"

JUDGED = (
    *("accuracy", "balanced_accuracy", "macro_f1", "micro_f1", "recall", "precision", "f1", "log_loss", "brier_score"),
    *("hamming_loss", "insertion_auc", "faithfulness_margin", "normalised_margin"),
    *("roc_auc", "average_precision", "mean_average_precision", "specificity"),
)
"""Results that a margin can be set on; the others have no direction, or no interval to decide on."""
_UNIT_ONE = frozenset(JUDGED) - {"log_loss", "brier_score", "faithfulness_margin", "normalised_margin", "insertion_auc"}
_WORDS: dict[str, Verdict] = {"met": "no regression shown", "not met": "regression", "inconclusive": "inconclusive"}
_WORST: tuple[Verdict, ...] = ("regression", "inconclusive", "not evaluated", "no regression shown")


def read_margins(given: Sequence[str]) -> tuple[dict[str, float], str]:
    """(result → margin, who stated them) from texts such as 'accuracy=0.01', or '0.01' for accuracy.

    Raises:
        AuditError: a margin is no number, negative, or on a result that cannot be judged.
    """
    if not given:
        return dict(DEFAULT), CONVENTION
    found: dict[str, float] = {}
    for text in given:
        name, equals, number = text.rpartition("=")
        name = name.strip() if equals else "accuracy"
        if name not in JUDGED:
            raise _not_judged(name or text)
        found[name] = _number(name, number)
    return found, STATED


def margin_mistakes(margins: Mapping[str, float]) -> list[AuditError]:
    """What is wrong with the margins of a plan: each result has a direction, each margin is a loss it can have."""
    found = []
    for name, margin in margins.items():
        try:
            if name not in JUDGED:
                raise _not_judged(name)
            _number(name, str(margin))
        except AuditError as mistake:
            found.append(mistake)
    return found


def _not_judged(name: str) -> AuditError:
    return AuditError(
        "No margin can be set on this result.",
        found=name,
        expected="a result with a direction and a paired interval",
        fix=did_you_mean(name, JUDGED),
    )


def loss(name: str, margin: float) -> str:
    """A margin in the unit of its result: '1 pt' of a fraction."""
    return f"{100 * margin:g}{GAP}pt" if name in _UNIT_ONE else f"{margin:g}"


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0 or (name in _UNIT_ONE and value > 1):
        percent = name in _UNIT_ONE and 1 < value <= 100
        raise AuditError(
            f"The margin of {name} is not a loss that could be accepted.",
            found=text,
            expected="a fraction from 0 to 1" if name in _UNIT_ONE else "a number, 0 or more",
            fix=f"write {name}={value / 100:g}" if percent else f"for example {name}=0.01",
        )
    return value


def judged(changes: Iterable[Change], margins: Mapping[str, float], primary: Mapping[str, str]) -> tuple[Change, ...]:
    """The changes with statements; those on which a margin is stated with their outcome.

    Args:
        margins: result → largest loss accepted.
        primary: method and fill of the new audit's primary analysis, which a margin on an explanation result means.
    """
    every = tuple(changes)
    found = []
    for one in every:
        aimed = one.name in margins and all(one.slice[key] == value for key, value in primary.items() if key in one.slice)
        update: dict[str, object] = {"statement": change_sentence(one)}
        if aimed:
            items = sum(other.name == one.name and other.slice.keys() == one.slice.keys() == {"class"} for other in every)
            update |= _judged(one, margins[one.name], max(items, 1))
        found.append(one.model_copy(update=update))
    return tuple(found)


def _judged(change: Change, margin: float, items: int) -> dict[str, object]:
    verdict, next_step = _decided(change, margin, items)
    statement = f"{change_sentence(change)} {judged_sentence(change, margin, verdict, items)}".strip()
    return {"margin": margin, "outcome": verdict, "next_step": next_step, "statement": statement}


def _decided(change: Change, margin: float, items: int) -> tuple[Verdict, str]:
    found = change.difference
    if not isinstance(found, Estimate):
        return "not evaluated", f"Supply what is missing: {found.reason}."
    if found.samples.rows < sizes.PROPORTION_GATED:
        reason = f"{found.samples.rows:,} shared samples, at least {sizes.PROPORTION_GATED} are needed"
        return "not evaluated", f"Evaluate more samples in both audits ({reason})."
    if change.equal:
        return "no regression shown", ""
    if found.interval is None:
        return "not evaluated", "Evaluate more samples in both audits: too few differ for an interval."
    interval = widened(found.interval, found.value, items)
    sign = -1.0 if change.better == "lower" else 1.0
    low, high = sorted((sign * interval.low, sign * interval.high))
    verdict = _WORDS[outcome(low, high, -margin, None)]
    if verdict == "no regression shown":
        return verdict, ""
    if verdict == "regression":
        return verdict, "Keep the old release, or have its owner accept the loss with a reason."
    rows = rows_to_decide(sign * found.value, low, high, -margin, found.samples.rows)
    if rows is None:
        return verdict, "The difference lies on the margin; more samples are unlikely to decide. Review the margin."
    return verdict, (
        f"If the difference stays as it is, about {rows:,} shared samples would decide it (now {found.samples.rows:,})."
    )


def worst(changes: Iterable[Change]) -> Verdict:
    """The worst outcome of the judged results; "not evaluated" where none was judged."""
    words = {change.outcome for change in changes}
    return next((word for word in _WORST if word in words), "not evaluated")


def exit_status(verdict: Verdict) -> int:
    """1 regression, 3 inconclusive or not evaluated, 0 no regression shown."""
    return {"regression": 1, "no regression shown": 0}.get(verdict, 3)
