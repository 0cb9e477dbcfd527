"""Kernel SHAP against captum's and shap's with the same coalitions: time, and error against values of high precision."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import statistics

import numpy as np
import shap
import torch
from _ratio import cpu
from captum.attr import KernelShap as CaptumKernelShap
from torch import nn

from auditor import attribute
from auditor.methods import KernelShap, PermutationShapley

torch.set_num_threads(1)
SAMPLES, FEATURES, COALITIONS, REPEATS = 64, 20, 512, 7
FEW = 4  # samples captum and shap are timed on in each repeat; both explain one sample after the other


def main() -> None:
    """Print speed ratios with their spread, and each one's root mean square error."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(FEATURES, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 5)).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    x = torch.randn(SAMPLES, FEATURES, generator=torch.Generator().manual_seed(1))
    targets = model(x).argmax(1)
    captum = CaptumKernelShap(model)

    def ours() -> torch.Tensor:
        return attribute(model, x, targets, method=KernelShap(coalitions=COALITIONS))

    def theirs_captum(rows: range) -> torch.Tensor:
        # captum counts the full and the empty coalition among its samples
        found = [captum.attribute(x[i : i + 1], target=targets[i : i + 1], n_samples=COALITIONS + 2) for i in rows]
        return torch.cat(found)

    def theirs_shap(rows: range) -> torch.Tensor:
        found = []
        for i in rows:
            target = int(targets[i])
            explainer = shap.KernelExplainer(lambda a, t=target: model(torch.from_numpy(a).float())[:, t].numpy(), BACKGROUND)
            row = x[i].numpy().astype(np.float64)
            # without the selection of 10 features that is its default: it is quicker and closer to the Shapley values so
            found.append(explainer.shap_values(row, nsamples=COALITIONS, l1_reg=False, silent=True))
        return torch.from_numpy(np.stack(found)).float()

    few = range(FEW)
    ours(), theirs_captum(few), theirs_shap(few)
    ratios: dict[str, list[float]] = {"captum": [], "shap": []}
    for _ in range(REPEATS):
        own = cpu(ours)
        ratios["captum"].append(cpu(lambda: theirs_captum(few)) * SAMPLES / FEW / own)
        ratios["shap"].append(cpu(lambda: theirs_shap(few)) * SAMPLES / FEW / own)
    for name, bound in (("captum", 80), ("shap", 12)):
        found = ratios[name]
        spread = f"median of {REPEATS}, {min(found):.1f} to {max(found):.1f}; bound {bound}"
        print(f"Kernel SHAP: {statistics.median(found):.1f} times as fast as {name}'s ({spread})")

    precise = attribute(model, x, targets, method=PermutationShapley(permutations=20_000))
    torch.manual_seed(0)
    np.random.seed(0)
    everyone = range(SAMPLES)
    for name, values in (("ours", ours()), ("captum", theirs_captum(everyone)), ("shap", theirs_shap(everyone))):
        print(f"root mean square error of {name}: {(values - precise).square().mean().sqrt().item():.5f}")
    print(f"(values from 20,000 orders; mean magnitude {precise.abs().mean().item():.4f})")


BACKGROUND = np.zeros((1, FEATURES))

if __name__ == "__main__":
    main()
