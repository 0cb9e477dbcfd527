"""Occlusion, RISE and LIME refuse options that make no sense."""

import pytest

from auditor.errors import AuditError
from auditor.methods import Lime, Occlusion, Rise


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Rise(masks=0), "an even number, at least 2"),
        (lambda: Rise(p=1.0), "above 0 and below 1"),
        (lambda: Rise(cells=0), "at least 1"),
        (lambda: Lime(coalitions="many"), "'many'"),
        (lambda: Lime(width=0), "above 0"),
        (lambda: Lime(ridge=True), "above 0"),
        (lambda: Occlusion(window=0), "at least 1"),
        (lambda: Occlusion(window=2, stride=3), "at most 2"),
    ],
)
def test_options_out_of_range_are_refused(make, words):
    with pytest.raises(AuditError, match=words):
        make()
