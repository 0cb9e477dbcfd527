"""Methods beside orders that never see the model, and under further fills: margins on the same cases and points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._again import asked, mean_of, whole
from auditor.measure._margins import Margins
from auditor.measure._results import gaps
from auditor.measure._study import Study

NAMES = ("model_free_margin", "control_margin", "margin_under_fill")
READS = ("samples", "predictions", "curves")
PROTOCOL = "controls"
WORDS = {"magnitude": "|x − fill|", "centre": "nearest the centre of the image", "position": "earliest first"}


def measure(study: Study) -> Iterator[Result]:
    """The controls' own margins, each method's margin over each of them, and its margin under each further fill."""
    prepared = study.frame.prepared
    trust, fill, score = prepared.trust, prepared.fills[0].name if prepared.fills else "", study.plan.primary.score
    if not trust.orders and not trust.fills:
        yield from gaps(NAMES, {}, whole(study, "magnitude"))
        return
    margins = Margins(study)
    controls = {order: margins.control(fill, order) for order in trust.orders}
    for order, values in controls.items():
        where = {"control": order, "fill": fill}
        note = [f"The order {WORDS[order]} never sees the model."]
        yield mean_of(study, (NAMES[0], where, score), margins.cases, values, PROTOCOL, note)
    if "magnitude" in trust.reasons and "magnitude" not in controls:
        yield from gaps(NAMES[:1], {"control": "magnitude", "fill": fill}, trust.reasons["magnitude"])
    for method, reason in asked(study):
        own = margins.own(method, fill)
        for order, values in controls.items():
            where = {"method": method, "control": order, "fill": fill}
            if reason or not np.isfinite(own).any():
                yield from gaps(NAMES[1:2], where, reason or "no curves were stored for this method")
                continue
            yield mean_of(study, (NAMES[1], where, score), margins.cases, own - values, PROTOCOL, [])
        for other in (one.name for one in trust.fills):
            where = {"method": method, "fill": other}
            if reason:
                yield from gaps(NAMES[2:], where, reason)
                continue
            yield mean_of(study, (NAMES[2], where, score), margins.cases, margins.variant(method, "", other), PROTOCOL, [])
