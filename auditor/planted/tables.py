"""Tables: a linear model, inputs that the network never reads, and a column that holds the label."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from auditor.evidence.results import RankedFeature
from auditor.planted.audited import Planted, Rankings, found_first, rankings_of
from auditor.planted.training import drawn, initialised, trained

METHODS = ("integrated_gradients", "input_x_gradient", "occlusion", "kernel_shap", "saliency")
CLASSES = ("no", "yes")
LARGER = 1.5


def column(index: int) -> str:
    """Name of a column of data that have no names."""
    return f"column {index + 1}"


def linear(seed: int) -> list[bool]:
    """[methods]: a linear model of ten columns of equal spread; one weight is half as large again as the next."""
    generator = drawn(seed)
    weight = 0.2 + 0.8 * torch.rand(10, generator=generator)
    planted = int(torch.randint(10, (1,), generator=generator))
    weight[planted] = LARGER * weight.max()
    weight *= torch.randint(0, 2, (10,), generator=generator) * 2 - 1
    model = nn.Linear(10, 2)
    with torch.no_grad():
        model.weight.copy_(torch.stack([-weight, weight]) / 2)
        model.bias.zero_()
    inputs = torch.randn(200, 10, generator=generator)
    return _found(model, inputs, model(inputs).argmax(1), column(planted), seed)


def leaked(seed: int) -> list[bool]:
    """[methods]: a network trained on twelve columns, three of which tell a little and one nearly all of the label."""
    generator = drawn(seed)
    inputs, labels = torch.randn(700, 12, generator=generator), torch.randint(0, 2, (700,), generator=generator)
    columns = torch.randperm(12, generator=generator)[:4]
    inputs[:, columns[:3]] += 0.5 * (2 * labels[:, None] - 1)
    inputs[:, columns[3]] = (2 * labels - 1) + 0.4 * torch.randn(700, generator=generator)
    model = initialised(nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 2)), generator)
    model = trained(model, inputs[:400], labels[:400], 80)
    return _found(model, inputs[400:], labels[400:], column(int(columns[3])), seed)


def ignored(seed: int) -> list[bool]:
    """[methods]: a network reads eight of twelve columns; each of the other four ranks surely behind all eight."""
    generator = drawn(seed)
    model = initialised(nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 2)), generator)
    unread = torch.randperm(12, generator=generator)[:4].tolist()
    with torch.no_grad():
        model[0].weight[:, unread] = 0.0  # type: ignore[index]
    inputs = torch.randn(200, 12, generator=generator)
    with torch.no_grad():
        model[2].bias -= model(inputs).mean(0)  # type: ignore[index]  # both classes are predicted
    own = _rankings(model, inputs, model(inputs).argmax(1), seed)
    names = {column(index) for index in unread}
    return [all(_behind(own.get((method, label), ()), names) for label in CLASSES) for method in METHODS]


def _behind(items: Sequence[RankedFeature], names: set[str]) -> bool:
    """Whether all of these are ranked, each surely behind every other."""
    last = [one for one in items if one.feature in names]
    return len(last) == len(names) and all(one.low > len(items) - len(names) for one in last)


def _found(model: nn.Module, inputs: Tensor, labels: Tensor, feature: str, seed: int) -> list[bool]:
    own = _rankings(model, inputs, labels, seed)
    return [all(found_first(own.get((method, label), ()), feature) for label in CLASSES) for method in METHODS]


def _rankings(model: nn.Module, inputs: Tensor, labels: Tensor, seed: int) -> Rankings:
    return rankings_of(Planted(model, CLASSES, (inputs, labels), "tabular", {}), METHODS, seed)
