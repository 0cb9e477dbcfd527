"""A whole comparison in a few sentences, most important first."""

from __future__ import annotations

from auditor.evidence.comparison import Comparison
from auditor.judge.changes.margins import loss
from auditor.judge.changes.sentences import samples

_MOST_STATEMENTS = 2


def summary(made: Comparison) -> tuple[str, ...]:
    """The comparison in sentences, most important first."""
    if made.unchanged:
        same = "Nothing changed: the model, the data, the plan and the thresholds are the same"
        return (f"{same}, and every output of the {samples(made.pairing.pairs)} is equal.", *_conditions(made))
    lines = [_verdict(made), *_judged_lines(made)]
    first = next((c for c in made.changes if c.name == "accuracy"), None)
    if first is not None and first.statement not in lines:
        lines.append(first.statement)
    return (*lines, _flips(made), *_model(made), *_gates(made), *_rankings(made), *_data(made), *_conditions(made))


def _verdict(made: Comparison) -> str:
    margins = ", ".join(f"{name.replace('_', ' ')} {loss(name, value)}" for name, value in made.margins.items())
    words = {
        "regression": "Regression",
        "inconclusive": "Inconclusive: these samples do not decide whether there is a regression",
        "not evaluated": "Not evaluated: no result could be judged",
        "no regression shown": "No regression shown",
    }
    return f"{words[made.outcome]} (accepted losses: {margins}; {made.margins_from})."


def _judged_lines(made: Comparison) -> list[str]:
    """The statements of the worst outcome, at most two, and how many more there are."""
    found = [c for c in made.changes if c.outcome == made.outcome != "no regression shown"]
    more = len(found) - _MOST_STATEMENTS
    return [c.statement for c in found[:_MOST_STATEMENTS]] + ([f"{more:,} more results: {made.outcome}."] if more > 0 else [])


def _flips(made: Comparison) -> str:
    flips, pairs = made.flips, samples(made.pairing.pairs)
    if flips.largest == 0:
        return f"Every output of the {pairs} is equal, bit by bit."
    if flips.same == made.pairing.pairs:
        return f"No prediction of the {pairs} differs; single outputs do, by at most {flips.largest:.2g}."
    known = f"{flips.to_wrong:,} turned from right to wrong, {flips.to_right:,} from wrong to right"
    wrong = f"{flips.other_wrong:,} wrong in both, differently" if flips.other_wrong else ""
    unlabelled = f"{flips.unlabelled:,} without a label" if flips.unlabelled else ""
    rest = "".join(f", {text}" for text in (wrong, unlabelled) if text)
    moved = made.pairing.pairs - flips.same
    return f"Of the {pairs}, {moved:,} {'is' if moved == 1 else 'are'} predicted otherwise: {known}{rest}."


def _model(made: Comparison) -> list[str]:
    return [] if made.old.model_sha256 != made.new.model_sha256 else ["The model's weights are the same in both audits."]


def _gates(made: Comparison) -> list[str]:
    count = len(made.gates)
    more = f"; {count - 3:,} more" if count > 3 else ""
    return (
        [f"{count} gate{'' if count == 1 else 's'} changed: {'; '.join(g.gate for g in made.gates[:3])}{more}."]
        if count
        else []
    )


def _rankings(made: Comparison) -> list[str]:
    moved = [one for one in made.rankings if any(f.sure for f in (*one.gained, *one.lost))]
    if not moved:
        return []
    one = moved[0]
    names = [f.feature for f in (*one.gained, *one.lost) if f.sure]
    more = f"; {len(moved) - 1} more classes or methods" if len(moved) > 1 else ""
    return [
        f"First features changed by more than sampling explains: class {one.of}, {one.method}: {', '.join(names[:3])}{more}."
    ]


def _data(made: Comparison) -> list[str]:
    pairing = made.pairing
    left = [(pairing.only_old, "only in the old"), (pairing.only_new, "only in the new audit")]
    parts = [f"{count:,} {words}" for count, words in left if count]
    return [f"Samples without a partner, left out of every difference: {', '.join(parts)}."] if parts else []


def _conditions(made: Comparison) -> list[str]:
    found = []
    if made.plan:
        found.append(f"The plan differs in {len(made.plan)} place{'' if len(made.plan) == 1 else 's'}: {made.plan[0]}.")
    if made.versions:
        said = [f"{one.what} {one.old}, now {one.new}" for one in made.versions[:3]]
        found.append(f"Made with other versions or machines: {'; '.join(said)}.")
    return found
