"""Columns of the evidence tables. Long by key, list-valued by step or feature, never a column per method.

A stored audit is read by later versions: columns may be added, never renamed or given another meaning.
"""

from __future__ import annotations

import pyarrow as pa

KEY = ("sample_id", "target", "method", "variant", "fill", "order", "draw")
"""Key of every long table; a column that does not apply is "" (target: -1).

variant: "" | "member:2" | "randomised:3" | "corruption:blur:2" | "input_noise:1" | "seed:1" (the method's own draws with
    another seed) | "other_class" (of a class drawn for the case; `target` stays the case's) | "model_free:magnitude" (mean
    |x - fill| per feature, under the method "")
order: "" | "descending" | "ascending" (by the method's attribution) | "random:0" … ("random:2j+1" reverses "random:2j")
    and in `controls` "magnitude", "centre", "position", each with its reverse "magnitude, reversed" …
"""

RANDOM_ORDERS = 10
"""Random control orders per case: five antithetic pairs (order and its reverse)."""

_KEY_FIELDS = [
    pa.field("sample_id", pa.string()),
    pa.field("target", pa.int64()),
    *(pa.field(name, pa.string()) for name in KEY[2:]),
]

SAMPLES = pa.schema(
    [
        pa.field("sample_id", pa.string()),  # keyed hash, or plain where the plan says so
        pa.field("digest", pa.string()),  # (keyed) SHA-256 of the decoded input and label
        pa.field("label", pa.int64()),  # -1: unknown, and always with several labels
        pa.field("predicted", pa.int64()),  # class of the largest logit; -1: no prediction (see error)
        pa.field("stratum", pa.string()),  # "predicted 3, right"; "" when excluded
        pa.field("position", pa.int64()),  # place in the stratum's seeded prefix order, from 0
        pa.field("weight", pa.float64()),  # N_h / n_h where selected, else 0
        pa.field("unit", pa.string()),  # independent unit; the sample itself when none is declared
        pa.field("groups", pa.map_(pa.string(), pa.string())),
        pa.field("error", pa.string()),  # reason of exclusion, "" when evaluated
        pa.field("labels", pa.list_(pa.int64())),  # multi-label: classes that hold, null where unknown; else null
    ]
)
PREDICTIONS = pa.schema(
    [
        pa.field("sample_id", pa.string()),
        pa.field("variant", pa.string()),
        pa.field("logits", pa.list_(pa.float32())),  # [classes]; empty where the model failed
        pa.field("error", pa.string()),
    ]
)
ATTRIBUTIONS = pa.schema(
    [
        *_KEY_FIELDS,
        pa.field("values", pa.list_(pa.float32())),  # [features], in the method's unit; empty where it failed
        pa.field("names", pa.list_(pa.string())),  # null: the names in Prepared.features
        pa.field("error", pa.string()),
    ]
)
CURVES = pa.schema(
    [
        *_KEY_FIELDS,
        pa.field("removed", pa.list_(pa.int32())),  # features removed at each point, 0 … F
        pa.field("score", pa.list_(pa.float32())),  # the score (plan: probability) at each point; first = full, last = empty
        pa.field("error", pa.string()),
    ]
)
CHECKS = pa.schema([*_KEY_FIELDS, pa.field("name", pa.string()), pa.field("value", pa.float64())])
ACTIVATIONS = pa.schema(
    [
        pa.field("group", pa.string()),  # sample_id of the first of the cases computed together: sums are kept per such group
        pa.field("layer", pa.string()),  # dotted name of the module
        pa.field("call", pa.int64()),  # 1: the first time a forward pass calls it
        pa.field("rows", pa.int64()),  # cases of the group
        pa.field("values", pa.int64()),  # numbers the layer returned for them
        pa.field("zeros", pa.int64()),  # of these exactly 0
        pa.field("mean", pa.float64()),  # null where a value is NaN or infinite
        pa.field("squares", pa.float64()),  # sum of squared differences from `mean`; null as above
        pa.field("low", pa.list_(pa.float32())),  # [units], smallest value of each unit (channel, feature); [] if units vary
        pa.field("high", pa.list_(pa.float32())),  # [units], largest
    ]
)

INPUTS = pa.schema(  # of tables with declared groups, for the measure of proxies; never printed
    [
        pa.field("sample_id", pa.string()),
        pa.field("values", pa.list_(pa.float32())),  # [elements], as the model receives them
        pa.field("feature", pa.list_(pa.int64())),  # [elements], place in Prepared.features.names; -1: no feature
    ]
)

TABLES: dict[str, pa.Schema] = {
    "samples": SAMPLES,
    "predictions": PREDICTIONS,
    "attributions": ATTRIBUTIONS,
    "curves": CURVES,
    # Of a part of the cases, always scored on the audited model: model-free orders, further fills, and the orders of
    # randomised copies (their variant says which).
    "controls": CURVES,
    # Other tools' curves: fill is the preset, order "deletion" or "insertion", removed the pixels changed so far.
    "protocols": CURVES,
    "checks": CHECKS,
    "activations": ACTIVATIONS,
    "inputs": INPUTS,
}

SORTED_BY: dict[str, tuple[str, ...]] = {
    "samples": ("sample_id",),
    "predictions": ("sample_id", "variant"),
    "attributions": KEY,
    "curves": KEY,
    "controls": KEY,
    "protocols": KEY,
    "checks": (*KEY, "name"),
    "activations": ("group", "layer", "call"),
    "inputs": ("sample_id",),
}
