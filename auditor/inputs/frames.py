"""Where an exception passed through the user's own code."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

_OURS = f"{Path(__file__).parents[1]}{os.sep}"


def user_frames(problem: BaseException) -> list[traceback.FrameSummary]:
    """Frames that are the user's own, outermost first; where there are none, all that are not this package's."""
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if not frame.filename.startswith(_OURS)]
    own = [f for f in frames if "site-packages" not in f.filename and not f.filename.startswith(("<", sys.base_prefix))]
    return own or frames
