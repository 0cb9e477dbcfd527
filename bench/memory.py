"""Peak memory of integrated gradients with 16 and with 512 nodes, each in a process of its own: the same."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import resource
import subprocess
import sys

BATCH, SIDE = 8, 96


def peak(steps: int) -> float:
    """Resident memory at its highest in MiB, of a fresh process that explains one batch."""
    # One fixed threshold: glibc else raises it as blocks are freed and keeps holes, a tenth more from run to run.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    command = [sys.executable, __file__, str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


def explain(steps: int) -> None:
    """One batch through a small network; prints this process's peak in MiB."""
    import torch
    from torch import nn

    from auditor import attribute
    from auditor.methods import IntegratedGradients

    torch.set_num_threads(1)
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for inside, outside in ((3, 16), (16, 32), (32, 32)):
        layers += [nn.Conv2d(inside, outside, 3, 2, 1), nn.ReLU()]
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
    attribute(model, torch.randn(BATCH, 3, SIDE, SIDE), method=IntegratedGradients(steps=steps))
    unit = 1024 if sys.platform == "darwin" else 1  # bytes there, KiB here
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit / 1024)


def main() -> None:
    """Print both peaks, the larger over the smaller, and what keeping all nodes of one batch would have taken."""
    few, many = peak(16), peak(512)
    kept = 512 * BATCH * 3 * SIDE * SIDE * 4 / 2**20
    print(f"integrated gradients, peak memory: 16 nodes {few:.0f} MiB, 512 nodes {many:.0f} MiB, ratio {many / few:.3f};")
    print(f"the inputs of 512 nodes alone, kept at once, would be {kept:.0f} MiB; bound 1.05")


if __name__ == "__main__":
    explain(int(sys.argv[1])) if len(sys.argv) > 1 else main()
