"""Abbreviations that the pages use, in full; the definitions say what the figures mean."""

from __future__ import annotations

from collections.abc import Collection

_EVERYWHERE = (
    ("n, m", "number of rows, number of independent units"),
    ("pt", "percentage points"),
    ("SHA-256", "secure hash algorithm with 256 bits: a fingerprint of a file or table"),
    ("PDF/A-3a, PDF/UA-1", "ISO 19005-3 (archiving, tagged) and ISO 14289-1 (universal accessibility)"),
    ("JSON, CSV, HTML", "formats of data, tables and pages that programs read"),
)
_BY_RESULT = (
    ("ROC AUC", "area under the receiver operating characteristic curve", ("roc_auc", "proxy_auc")),
    ("F1", "harmonic mean of precision and recall", ("f1", "macro_f1", "micro_f1")),
    ("BCa", "bias-corrected and accelerated bootstrap", ("balanced_accuracy", "macro_f1")),
    ("nat", "unit of information with base e: 1 nat is 1.44 bits", ("log_loss",)),
)
_BY_METHOD = (
    ("SHAP", "Shapley additive explanations", ("kernel_shap", "deeplift_shap")),
    ("LIME", "local interpretable model-agnostic explanations", ("lime",)),
    ("RISE", "randomised input sampling for explanation", ("rise",)),
    ("LRP", "layer-wise relevance propagation", ("lrp",)),
    ("Grad-CAM", "gradient-weighted class activation mapping", ("gradcam", "gradcam_pp")),
    ("DeepLIFT", "deep learning important features", ("deeplift", "deeplift_shap")),
)


def abbreviations(results: Collection[str], methods: Collection[str]) -> tuple[tuple[str, str], ...]:
    """(abbreviation, in full) of those that a report with these results and methods uses, in alphabetical order."""
    found = [*_EVERYWHERE]
    found += [(short, full) for short, full, names in _BY_RESULT if set(names) & set(results)]
    found += [(short, full) for short, full, names in _BY_METHOD if set(names) & set(methods)]
    return tuple(sorted(found, key=lambda one: one[0].lower()))
