"""The README's promises: its snippets run as they are printed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

import auditor

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- (?P<name>[^>]+) -->\n```\w+\n(?P<text>.*?)```", re.DOTALL)
BLOCKS = {found["name"]: found["text"] for found in BLOCK.finditer(README)}
COLUMNS = 4


def flowers(rows: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Three clouds of points that a small network can tell apart."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, rows)
    centres = np.array([[5, 0, 0, 0], [0, 5, 0, 0], [0, 0, 5, 0]])
    points = centres[labels] + random.normal(size=(rows, COLUMNS))
    return torch.tensor(points, dtype=torch.float32), torch.tensor(labels)


@pytest.fixture(scope="module")
def trained() -> nn.Module:
    namespace: dict[str, object] = {}
    exec(BLOCKS["file: my_model.py"], namespace)
    torch.manual_seed(0)
    model = namespace["build"]()
    inputs, labels = flowers(300, seed=0)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(150):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimiser.step()
    return model.eval()


def test_the_five_minutes_end_with_a_report(tmp_path, trained):
    for name, text in BLOCKS.items():
        if name.startswith("file: "):
            (tmp_path / name.removeprefix("file: ")).write_text(text, encoding="utf-8")
    inputs, labels = flowers(120, seed=1)
    torch.save(trained.state_dict(), tmp_path / "weights.pt")
    np.savez(tmp_path / "test.npz", x=inputs.numpy(), y=labels.numpy())
    program, *arguments = shlex.split(BLOCKS["run"])
    assert program == "auditor"
    done = subprocess.run([sys.executable, "-m", "auditor", *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("report.html", "report.pdf"):
        assert f"audits/flowers/{name}" in done.stdout
        assert (tmp_path / "audits" / "flowers" / name).stat().st_size > 10_000


def test_the_notebook_lines_end_with_a_report(tmp_path, monkeypatch, trained):
    monkeypatch.chdir(tmp_path)
    exec(BLOCKS["notebook"], {"model": trained, "dataset": TensorDataset(*flowers(60, seed=2))})
    assert (tmp_path / "audits" / "notebook" / "report.html").exists()


def test_the_two_building_blocks_run_as_printed(trained, capsys):
    inputs, _ = flowers(6, seed=3)
    namespace = {"auditor": auditor, "model": trained, "inputs": inputs}
    exec(BLOCKS["functions"], namespace)
    assert namespace["attributions"].shape == (6, COLUMNS)
    assert len(capsys.readouterr().out) > 20


def test_every_file_the_readme_links_is_there():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links and all((ROOT / link).exists() for link in links)


def test_every_command_and_target_the_readme_names_exists():
    shown = subprocess.run([sys.executable, "-m", "auditor", "--help"], capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"`auditor (\w+)", README))
    assert commands and all(re.search(rf"^\W*{name}\b", shown, re.MULTILINE) for name in commands)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in set(re.findall(r"`make (\w+)", README)))
