"""One finished run for all tests of this folder; tests that change it copy it first."""

from __future__ import annotations

import pytest

from auditor.publish.finished import FinishedRun
from tests.publish import a_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    return a_run.write(tmp_path_factory.mktemp("published") / "digits")
