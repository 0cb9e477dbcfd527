"""The example notebook runs from its first cell to its last."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.ipynb"


@pytest.mark.filterwarnings("ignore")
def test_the_example_notebook_runs_and_shows_what_it_says(tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not [cell for cell in notebook.cells if cell.get("outputs")], "outputs are not stored"
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute(env={**os.environ, "PYTHONWARNINGS": "default"})
    shown = "\n".join(str(output) for cell in notebook.cells for output in cell.get("outputs", []))
    assert "Gates: 1 met." in shown
    assert "<th>Gate</th>" in shown
    assert "normalised_margin" in shown
    assert (tmp_path / "audits" / "notebook" / "report.html").is_file()
