"""Mean: a removed element takes the mean of the reference rows at its own place."""

from __future__ import annotations

from auditor.errors import AuditError
from auditor.removal.fill import ReferenceFill
from auditor.removal.material import Material


def mean(material: Material) -> ReferenceFill:
    """Element-wise mean of the reference rows, added in float64."""
    if material.rows is None:
        raise AuditError(
            "The fill `mean` needs reference data.",
            found="a bare call without any",
            expected="a tensor of one sample's shape",
            fix="pass fill=reference.mean(0), the mean of your own reference rows",
        )
    count = len(material.rows)
    average = material.rows.double().mean(dim=0).float()
    return ReferenceFill("mean", average, f"the element-wise mean of {count:,} reference rows of the evaluation set")


FILL = mean
