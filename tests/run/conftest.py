"""One small finished run for all tests of this folder."""

import pytest

from auditor.run.audit import audit
from tests.run import small


@pytest.fixture(scope="package")
def finished(tmp_path_factory):
    """(plan file, run directory, bytes of report.json)."""
    folder = tmp_path_factory.mktemp("small")
    plan = small.write(folder)
    audit(plan, folder / "run")
    return plan, folder / "run", small.report_bytes(folder / "run")
