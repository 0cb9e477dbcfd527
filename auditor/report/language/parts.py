"""What sentences are put together from and no sentence holds: keys of slices, single words, and how a language joins parts."""

from __future__ import annotations

JOINED = (
    "{first}, {second}",
    "{first}; {second}",
    "{first}: {second}",
    "{first} ({second})",
    "{first}. {second}",
)
"""Places and punctuation only, so their translations say how a language punctuates."""
LIST, CLAUSES, COLON, BRACKET, SENTENCES = JOINED

SLICES = (
    "against",
    "attribute",
    "baseline",
    "class",
    "control",
    "corruption",
    "feature",
    "fill",
    "group",
    "label",
    "layer",
    "member",
    "method",
    "order",
    "other",
    "pair",
    "reference",
    "severity",
    "threshold",
    "top",
    "variant",
)
"""Keys of a result's slice: 'class 3'."""

WORDS = (
    "attention",
    "background",
    "gradient",
    "grid",
    "hooks",
    "zeros",
    "mean",
    "constant",
    "blur",
    "marginal",
    "noise",
    "mask token",
    "delete",
    "logit",
    "log odds",
    "on",
    "off",
    "evaluation mode",
    "hits",
    "open",
    "closed",
    "unknown",
    "not stated",
    "dropout and batch statistics",
    "magnitude",
    "centre",
    "position",
    "met",
    "inconclusive",
    "regression",
    "right",
    "wrong",
    "borderline",
    "pt",
    "gap",
    "score",
    "target",
    "seed",
    "steps",
    "features",
    "stability",
    "within",
    "area",
    "channels",
    "compared",
    "copies",
    "correlation",
    "disagree",
    "members",
    "of",
    "orders",
    "points",
    "relative",
    "similarity",
    "spread",
    "targets",
    "ties",
    "untouched",
    "weights",
    "code",
    "data",
    "model code",
    "model program",
    "model configuration",
    "tokenizer",
    "texts",
    "list of {n} images",
)
"""Capabilities, fills, scores, settings of the machine, keys of protocols."""

MACHINE = (
    "TF32 {state}",
    "cudnn benchmark {state}",
    "cudnn deterministic {state}",
    "dropout and batch statistics {state}",
    "precision {type}",
)
"""Settings of the machine with their values."""

PIECES = (
    "{role} of member {n}",
    "Lowest of {n} groups: {names}",
    "at least {value}",
    "at most {value}",
    "{n} classes",
    "{n} labels",
    "{n} rows",
    "{n} cases",
    "{n} samples",
)
"""Pieces that sections make from others, and numbers with what they count."""

RESULTS = (
    "Confident errors",
    "Expected calibration error if calibrated",
    "Expected calibration error p value",
    "Margin p value",
    "Precision recall curve",
    "Thin classes",
)
"""Names of results that are printed as they are, with spaces."""
