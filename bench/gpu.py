"""Agreement of a device with the CPU, and its speed; `bench/gpu.sh` sets DEVICE, SIZE and OUT and says what they are."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from _residual import residual
from road import direct, masks

import auditor
from auditor import attribute, faithfulness_curves
from auditor.inputs.randomness import normal, permutations, sample_keys, uniform
from auditor.methods import IntegratedGradients, KernelShap
from auditor.removal.imputation import impute

DEVICE, TINY, OUT = os.environ["DEVICE"], os.environ["SIZE"] == "tiny", Path(os.environ["OUT"])
EDGE, BATCH, REPEATS = (32, 2, 3) if TINY else (224, 32, 7)
Row = tuple[str, str, str, bool]


def wait() -> None:
    """Until the device has done what was asked of it."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def seconds(work: Callable[[], object]) -> float:
    """By the clock: the device computes while the CPU waits."""
    wait()
    start = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - start


def beside(name: str, bare: Callable[[], object], ours: Callable[[], object], bound: float, times: float = 1.0) -> Row:
    """Median of bare / ours over alternating repeats, after one warm-up of each; `times`: work ours does for one of bare's."""
    bare(), ours()
    found = sorted(times * seconds(bare) / seconds(ours) for _ in range(REPEATS))
    middle = statistics.median(found)
    measured = f"{middle:.3g} ({found[0]:.3g} to {found[-1]:.3g})"
    return (name, measured, "none: tiny sizes", True) if TINY else (name, measured, f"≥ {bound:g}", middle >= bound)


def at_most(name: str, value: float, bound: float) -> Row:
    """A difference, with its bound."""
    return name, f"{value:.2g}", f"≤ {bound:g}", value <= bound


def images(count: int) -> torch.Tensor:
    """Smooth random images [count, 3, EDGE, EDGE], on the CPU."""
    coarse = torch.randn(count, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.interpolate(coarse, (EDGE, EDGE), mode="bicubic")


def patches() -> torch.Tensor:
    """int64 [EDGE, EDGE]: an 8 × 8 grid."""
    side = torch.arange(EDGE) // (EDGE // 8)
    return side[:, None] * 8 + side[None]


def agreement() -> list[Row]:
    """The same numbers as on the CPU, and the same bits each time."""
    key, x = sample_keys([f"row {i}" for i in range(BATCH)]), images(BATCH)
    rows: list[Row] = []
    for name, draw in (("uniform numbers", uniform), ("normal numbers", normal)):
        far = (draw(key.to(DEVICE), "bench", 0, (999,)).cpu() - draw(key, "bench", 0, (999,))).abs().max()
        rows.append(at_most(f"{name}, largest difference from the CPU's", float(far), 0 if draw is uniform else 1e-12))
    unequal = (permutations(key.to(DEVICE), "bench", 0, 4, 999).cpu() != permutations(key, "bench", 0, 4, 999)).sum()
    rows.append(at_most("random orders, places that differ from the CPU's", float(unequal), 0))
    model, targets = residual(), None
    wide = (model(x).max() - model(x).min()).item()
    grid = patches()
    for name, method in (("integrated gradients", IntegratedGradients(steps=16)), ("Kernel SHAP", KernelShap(coalitions=256))):
        here = attribute(model, x, targets, method=method, features=grid.expand(3, -1, -1))
        moved = residual().to(DEVICE)
        there = [
            attribute(moved, x.to(DEVICE), targets, method=method, features=grid.expand(3, -1, -1).to(DEVICE)).cpu()
            for _ in range(2)
        ]
        rows.append(
            at_most(f"{name}, largest difference over the range of logits", float((here - there[0]).abs().max()) / wide, 1e-4)
        )
        rows.append(
            at_most(f"{name}, largest difference between two runs on the device", float((there[0] - there[1]).abs().max()), 0)
        )
    order = torch.rand(BATCH, EDGE, EDGE, generator=torch.Generator().manual_seed(1))
    curve = faithfulness_curves(model, x, order, features=grid, steps=8).deletion
    moved_curve = faithfulness_curves(residual().to(DEVICE), x.to(DEVICE), order.to(DEVICE), features=grid.to(DEVICE), steps=8)
    rows.append(
        at_most(
            "deletion curves, largest difference of a probability",
            float((curve - moved_curve.deletion.cpu()).abs().max()),
            1e-4,
        )
    )
    return rows


def speed() -> list[Row]:
    """Beside the least work that could do the same on the same device."""
    model, x, steps = residual().to(DEVICE), images(BATCH).to(DEVICE), 4 if TINY else 14
    targets, grid = model(x).argmax(1).detach(), patches().to(DEVICE)
    order = torch.rand(BATCH, 8, 8, generator=torch.Generator().manual_seed(1)).to(DEVICE)
    order = order.repeat_interleave(EDGE // 8, 1).repeat_interleave(EDGE // 8, 2)

    def forwards() -> None:
        with torch.no_grad():
            for _ in range(2 * (steps - 1) + 2):
                model(x)

    def both() -> None:
        for _ in range(16):
            leaf = x.clone().requires_grad_()
            torch.autograd.grad(model(leaf).gather(1, targets[:, None]).sum(), leaf)

    nodes = IntegratedGradients(steps=16)
    return [
        beside(
            "deletion and insertion curves, beside bare forward passes",
            forwards,
            lambda: faithfulness_curves(model, x, order, targets, features=grid, steps=steps),
            0.95,
        ),
        beside(
            "integrated gradients, 16 nodes, beside bare passes forward and back",
            both,
            lambda: attribute(model, x, targets, method=nodes),
            0.97,
        ),
    ]


def memory() -> list[Row]:
    """Peak memory of the device at many nodes over that at few."""
    if DEVICE != "cuda":
        return []
    model, x, peaks = residual().to(DEVICE), images(BATCH).to(DEVICE), []
    for nodes in (16, 512):
        torch.cuda.reset_peak_memory_stats()
        attribute(model, x, method=IntegratedGradients(steps=nodes))
        peaks.append(torch.cuda.max_memory_allocated())
    return [at_most("integrated gradients, peak memory at 512 nodes over that at 16", peaks[1] / peaks[0], 1.05)]


def road() -> list[Row]:
    """Beside scipy's sparse direct solver on one CPU thread; the mix of bench/road.py."""
    draw = np.random.default_rng(1)
    image = draw.standard_normal((3, 224, 224))
    count = 2 if TINY else 64
    chosen = list(masks().items())[: 2 if TINY else None]
    batch = torch.from_numpy(image).float().expand(count, -1, -1, -1).to(DEVICE)
    kept = [torch.from_numpy(mask).expand(count, -1, -1).to(DEVICE) for _, mask in chosen]
    worst = max(
        float(np.abs(impute(batch, many)[0].double().cpu().numpy() - direct(image, mask)).max() / np.ptp(image))
        for (_, mask), many in zip(chosen, kept, strict=True)
    )
    bare = lambda: [direct(image, mask) for _, mask in chosen]  # noqa: E731
    ours = lambda: [impute(batch, many) for many in kept]  # noqa: E731
    bound = 20 if DEVICE == "cuda" else 0.5
    return [
        at_most("ROAD, largest error over the range of the image", worst, 1e-4),
        beside(f"ROAD, {len(chosen)} masks of 224² pixels, times scipy's speed per image", bare, ours, bound, count),
    ]


def main() -> int:
    """Write the table; 1 where a bound is not kept."""
    name = torch.cuda.get_device_name(0) if DEVICE == "cuda" else platform.processor() or platform.machine()
    rows = [*agreement(), *speed(), *memory(), *road()]
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    lines = [
        "# Measured on a GPU" if DEVICE == "cuda" else "# The GPU bench, tried without one",
        "",
        f"{day}; {name}; torch {torch.__version__}, Python {platform.python_version()}, auditor {auditor.__version__}; "
        f"images of {EDGE} × {EDGE}, batches of {BATCH}. Ratios: median of {REPEATS} alternating repeats by the clock, with "
        "the smallest and the largest; above 1 ours is faster. Made by `bench/gpu.sh`.",
        "",
        "| what | measured | bound | kept |",
        "| --- | --- | --- | --- |",
        *(f"| {what} | {value} | {bound} | {'yes' if ok else '**no**'} |" for what, value, bound, ok in rows),
    ]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0 if all(row[3] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
