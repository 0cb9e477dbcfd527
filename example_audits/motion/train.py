"""Trains the network on BasicMotions' training recordings and writes its test recordings as the arrays that are audited.

A recording of ten seconds is cut into two windows of five. Run it as `python train.py`; it fills the folder `work` beside it.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from model import build
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy

WORK = Path(__file__).parent / "work"
CLASSES = ("Standing", "Running", "Walking", "Badminton")
STEPS, EPOCHS, BATCH, SEED = 50, 40, 16, 0


def read(part: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Windows float32 [n, 6, 50], their classes and recordings int64 [n], of "TRAIN" or "TEST"."""
    found = find_spec("aeon")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the package `aeon` is not installed; `make example-motion` fetches it, see packages.txt")
    file = Path(found.submodule_search_locations[0]) / "datasets" / "data" / "BasicMotions" / f"BasicMotions_{part}.ts"
    lines = [line for line in file.read_text(encoding="ascii").splitlines() if line and line[0] not in "#@"]
    rows = [line.split(":") for line in lines]  # six channels, each with its readings between commas, then the activity
    series = np.array([[channel.split(",") for channel in row[:-1]] for row in rows], np.float32)
    labels = np.array([CLASSES.index(row[-1]) for row in rows])
    windows = series.reshape(len(rows), 6, -1, STEPS).swapaxes(1, 2)
    count = windows.shape[1]
    return windows.reshape(-1, 6, STEPS), labels.repeat(count), np.arange(len(rows)).repeat(count)


def train(series: np.ndarray, labels: np.ndarray) -> torch.nn.Module:
    """Fit the network to windows [n, 6, 50] and classes [n]."""
    torch.manual_seed(SEED)
    network = build()
    network.mean.copy_(torch.from_numpy(series.mean((0, 2))[:, None]))
    network.std.copy_(torch.from_numpy(series.std((0, 2))[:, None]))
    inputs, targets = torch.from_numpy(series), torch.from_numpy(labels)
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(inputs)).split(BATCH):
            loss = cross_entropy(network(inputs[batch]), targets[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return network.eval()


def main() -> None:
    """Write work/windows.npz and work/model.safetensors."""
    torch.set_num_threads(1)  # one thread adds in one order: the weights are the same bytes every time
    WORK.mkdir(exist_ok=True)
    series, labels, recordings = read("TEST")
    ids = [f"recording {recording:02d}, half {half + 1}" for recording, half in zip(recordings, [0, 1] * 40, strict=True)]
    np.savez(WORK / "windows.npz", x=series, y=labels, unit=np.array([f"{r:02d}" for r in recordings]), ids=np.array(ids))
    known, classes, _ = read("TRAIN")
    network = train(known, classes)
    save_file(network.state_dict(), WORK / "model.safetensors")
    with torch.no_grad():
        right = network(torch.from_numpy(known)).argmax(1).numpy() == classes
    print(f"trained on {len(known)} windows, {right.mean():.1%} of them right; {len(series)} others to audit")


if __name__ == "__main__":
    main()
