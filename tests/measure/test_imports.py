"""A plan is checked before anything is measured, and should not wait for what only measuring needs."""

from __future__ import annotations

import subprocess
import sys


def test_names_of_results_are_known_without_scipy_stats() -> None:
    asked = "import sys; from auditor.measure import known_names; print(len(known_names()), 'scipy.stats' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    count, loaded = done.stdout.split()
    assert int(count) > 50
    assert loaded == "False"
