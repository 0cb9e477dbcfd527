"""Mistakes in the rule under `samples`: a method or a fill whose curves the audit does not make, a width nothing can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.errors import AuditError, did_you_mean
from auditor.plan.bounds import DEFAULT_FILL, RANGES
from auditor.plan.mistakes import Mistake, shown
from auditor.plan.sample_fields import MARGIN
from auditor.plan.written import Values, method_names, number, texts, word


def sample_mistakes(values: Values) -> Iterator[Mistake]:
    """All of them, each with its place in the plan."""
    rule = values.get("samples")
    if not isinstance(rule, Mapping):
        return
    primary = word(values, "primary", "fill") or DEFAULT_FILL.get(word(values, "data", "modality", default="tabular"), "")
    made = {
        "method": tuple(dict.fromkeys(name for _, name in method_names(values))),
        "fill": tuple(dict.fromkeys([primary, *(name for _, name in texts(values, "fills"))])),
    }
    for key, names in made.items():
        given = rule.get(key)
        if isinstance(given, str) and names and given not in names:
            yield (
                ("samples", key),
                AuditError(
                    f"`samples` looks at the {key} `{shown(given)}`, which has no curves in this audit.",
                    found=shown(given),
                    expected=f"one of `{key}s`: {', '.join(names)}",
                    fix=did_you_mean(given, names),
                ),
            )
    result, wanted = rule.get("result", MARGIN), number(rule.get("half_width"))
    low, high = RANGES.get(str(result), (0.0, 0.0))
    if (
        wanted is not None
        and 0 < (high - low) / 2 <= wanted
        and word(values, "primary", "score", default="probability") == "probability"
    ):
        yield (
            ("samples", "half_width"),
            AuditError(
                f"Every interval of `{result}` is narrower than this: the first look would always be the last.",
                found=f"{wanted:g}",
                expected=f"less than {(high - low) / 2:g}, half of its range {low:g} to {high:g}",
                fix="0.02 is a usual width",
            ),
        )
