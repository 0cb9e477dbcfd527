"""Rows the model raises for: found by halving the call, left out by name. All other rows keep their place in their call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from auditor.errors import UserCodeError
from auditor.inputs.frames import user_frames
from auditor.removal.calls import Calls

RAISED = "the model raised"
"""How the reason of every such row begins."""

Fetch = Callable[[Sequence[int]], dict[str, Tensor]]


def logits_around(calls: Calls, fetch: Fetch, places: Sequence[int]) -> tuple[Tensor, dict[int, UserCodeError]]:
    """Logits of one call, where the model raises for some of its rows.

    Args:
        calls: of the model.
        fetch: forward arguments [n, *shape] of some places, fresh at each call.
        places: of the call's rows, at most `calls.rows`.

    Returns:
        float32 [n, classes], NaN where the model raised, and what it raised by place.

    Raises:
        UserCodeError: the model raises for the rows together, and for none of them alone.
    """
    try:
        return next(calls.logits([fetch(places)])), {}
    except UserCodeError as whole:
        silent = Calls(calls.model, calls.rows)
        failed = _failing(silent, fetch, places, whole)
        if not failed:
            raise
    good = [place for place in places if place not in failed]
    if not good:
        return torch.full((len(places), len(calls.model.classes)), torch.nan), failed
    # in the place of a failing row stands a good one: some products round by a row's place in the call
    logits = next(calls.logits([fetch([good[0] if place in failed else place for place in places])])).cpu()
    logits[[place in failed for place in places]] = torch.nan
    return logits, failed


def _failing(calls: Calls, fetch: Fetch, places: Sequence[int], error: UserCodeError) -> dict[int, UserCodeError]:
    if len(places) == 1:
        return {places[0]: error}
    found: dict[int, UserCodeError] = {}
    middle = len(places) // 2
    for half in (places[:middle], places[middle:]):
        try:
            next(calls.logits([fetch(half)]))
        except UserCodeError as raised:
            found |= _failing(calls, fetch, half, raised)
    return found


def reason(error: UserCodeError) -> str:
    """Why a row is left out, for the record: what was raised and where, without its text, which may quote the row."""
    cause = error.__cause__ or error
    frames = user_frames(cause)[-2:]
    where = " < ".join(f"{frame.name}, {Path(frame.filename).name} line {frame.lineno}" for frame in reversed(frames))
    return f"{RAISED} {type(cause).__name__}" + (f" (in {where})" if where else "")
