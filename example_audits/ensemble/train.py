"""Trains five networks on one half of scikit-learn's digits and writes the other half as the arrays that are audited.

The members differ in their seed and in the rows they were drawn: each is fitted to 300 of the 898 training digits.
Run it as `python train.py`; it fills the folder `work` beside it.
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
MEMBERS, WIDTH, ROWS, EPOCHS, BATCH = 5, 8, 300, 30, 32


def read() -> tuple[np.ndarray, np.ndarray]:
    """All digits: float32 [1797, 1, 8, 8] from 0 to 1, and their labels int64 [1797]."""
    found = find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("scikit-learn is not installed; `make example-ensemble` fetches it, see packages.txt")
    file = Path(found.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
    values = np.loadtxt(file, delimiter=",")  # 64 grey levels from 0 to 16, then the digit
    return (values[:, :-1] / 16).reshape(-1, 1, 8, 8).astype(np.float32), values[:, -1].astype(np.int64)


def train(member: int, images: torch.Tensor, labels: torch.Tensor) -> torch.nn.Module:
    """Fit one member to its own draw of images [n, 1, 8, 8] and labels [n]."""
    torch.manual_seed(member)
    network = build(WIDTH)
    drawn = torch.randperm(len(images))[:ROWS]
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(EPOCHS):
        for batch in drawn[torch.randperm(ROWS)].split(BATCH):
            loss = cross_entropy(network(images[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return network.eval()


def main() -> None:
    """Write work/digits.npz and work/member-1.safetensors to work/member-5.safetensors."""
    torch.set_num_threads(1)  # one thread adds in one order: the weights are the same bytes every time
    WORK.mkdir(exist_ok=True)
    images, labels = read()
    half = len(images) // 2  # the file is in the order of its writers: the second half has other hands
    ids = np.array([f"row-{row:04d}" for row in range(half, len(images))])
    np.savez(WORK / "digits.npz", x=images[half:], y=labels[half:], ids=ids)
    for member in range(1, MEMBERS + 1):
        network = train(member, torch.from_numpy(images[:half]), torch.from_numpy(labels[:half]))
        save_file(network.state_dict(), WORK / f"member-{member}.safetensors")
    print(f"trained {MEMBERS} networks, each on {ROWS} of {half} digits; {len(images) - half} others to audit")


if __name__ == "__main__":
    main()
