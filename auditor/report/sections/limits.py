"""Section: what must not be concluded, what was not measured, what was not stated."""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.report.material import TOPICS, Material
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import NOT_CAUSES, SAMPLING_ONLY, slices_words, title

KIND = "Limits"
TITLE = "What must not be concluded, and what was not measured?"
MOST_ROWS = 40
_DASHES = {
    *("precision", "recall", "specificity", "f1", "average_precision", "overconfidence"),
    *("selection_rate", "false_positive_rate"),
    *("deletion_auc", "insertion_auc", "faithfulness_margin", "normalised_margin", "beats_random_share"),
}
"""Results of which tables of the body print a dash and refer to this section for the reason."""


@dataclass(frozen=True)
class Limits:
    """Limits of the audit."""

    conclusions: tuple[str, ...]
    """What the figures do not support."""
    not_examined: tuple[str, ...]
    """Kinds of evidence this report has none of."""
    gaps: TableView | None
    """Every result that was not evaluated, grouped by reason."""
    no_gaps: str
    """What to say where they are not listed."""
    missing: tuple[str, ...]
    """Statements the owner did not give."""


def context(material: Material) -> Limits:
    """The section from the record."""
    data = material.report.prepared.data
    conclusions = [
        SAMPLING_ONLY,
        f"{NOT_CAUSES} They do not give the reasons of a single decision.",
        "Curves replace features by a fill; another fill can order methods differently.",
        "Figures hold for the model and data whose hashes are printed; any change voids them.",
    ]
    if data.seen_in_training == "unknown":
        conclusions.insert(
            1, "Independence of test from training data: not examined. If rows were seen in training, accuracy is too high."
        )
    not_examined = [
        "Security: deliberate attacks, poisoning, extraction. Not evaluated.",
        "Whether the evaluation set represents the population of use: no reference population was supplied.",
        "Errors of the labels.",
        "Change over time after this evaluation.",
    ]
    data = material.report.prepared.data
    absent = sum(not labelled + predicted for labelled, predicted in zip(data.label_counts, data.predicted_counts, strict=True))
    if absent:
        every = f"{absent:,} of the {len(data.label_counts):,} classes"
        not_examined.append(f"{every}: no row has the label, and none is predicted as such. Nothing is known of them.")
    if not material.plan("groups", default=()):
        not_examined.insert(0, "Differences between groups: no groups were declared.")
    if material.results.estimate("worst_corruption").kind == "not_evaluated":
        not_examined.insert(1, "Robustness under noise, blur or other disturbance: not evaluated.")
    return Limits(
        conclusions=tuple(conclusions),
        not_examined=tuple(not_examined),
        gaps=_gaps(material),
        no_gaps="Every planned result was evaluated.",
        missing=tuple(topic for key, topic in TOPICS.items() if material.statement(key) is None),
    )


def short(material: Material) -> Limits:
    """Without the list of results that were not evaluated; the full report has it."""
    made, left = context(material), len(material.results.gaps())
    said = f"{left:,} results were not evaluated; the full report lists them with their reasons."
    return replace(made, gaps=None, no_gaps=said if left else made.no_gaps)


def _gaps(material: Material) -> TableView | None:
    """One row per (name, reason); the slices it concerns in the second column."""
    grouped: dict[tuple[str, str], list[dict[str, str]]] = {}
    for gap in sorted(material.results.gaps(), key=lambda gap: gap.name not in _DASHES):
        grouped.setdefault((gap.name, gap.reason), []).append(gap.slice)
    if not grouped:
        return None
    rows: list[tuple[Cell, ...]] = [
        (title(name), slices_words([material.named(by) for by in slices]), reason or "no reason was given")
        for (name, reason), slices in grouped.items()
    ]
    left = len(rows) - MOST_ROWS
    note = f"{left:,} more kinds of gap in the attached report.json." if left > 0 else ""
    return TableView("Results that were not evaluated", columns("Result", "Where", "Reason"), tuple(rows[:MOST_ROWS]), note)
