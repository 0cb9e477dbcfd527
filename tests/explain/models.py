"""Small networks whose attributions are known, and a look at a module that shows whatever a method may have left on it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from auditor.explain._context import Context
from auditor.functional_pieces import Pieces

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def two_classes(f):
    """A module whose class 0 has logit f(x) and class 1 logit -f(x)."""

    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            value = f(x)
            return torch.stack([value, -value], 1)

    return Model()


class OneConvolution(nn.Module):
    """3×3 ones twice (bias −50, −75), ReLU, eight numbers weighted +1 (five) and −1 (three), ReLU: four equal classes."""

    def __init__(self, inplace: bool = False, functional: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 2, 3)
        self.relu1 = nn.ReLU(inplace=inplace)
        self.fc1 = nn.Linear(8, 4)
        self.relu2 = nn.ReLU()
        self.functional = functional
        with torch.no_grad():
            self.conv1.weight.fill_(1)
            self.conv1.bias.copy_(torch.tensor([-50.0, -75.0]))
            self.fc1.weight.copy_(torch.tensor([1.0] * 5 + [-1.0] * 3).expand(4, 8))
            self.fc1.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        found = self.conv1(x)
        found = torch.relu_(found) if self.functional else self.relu1(found)
        return self.relu2(self.fc1(found.flatten(1)))


class TwoRelus(nn.Module):
    """Class 0: 2 relu(x1) + 2 relu(x2 − 1.5); class 1 its negative."""

    def __init__(self) -> None:
        super().__init__()
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        value = 2 * self.relu1(x[:, 0]) + 2 * self.relu2(x[:, 1] - 1.5)
        return torch.stack([value, -value], 1)


class Reused(nn.Module):
    """One ReLU module in two places."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.relu = nn.Linear(3, 4), nn.Linear(4, 2), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.second(self.relu(self.first(x))))


class Transformer(nn.Module):
    """Patches of 2 × 2 and a class token, two blocks that normalise first, a head on the class token."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = nn.Conv2d(1, 8, 2, 2)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.blocks = nn.Sequential(
            *(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True, norm_first=True) for _ in "12")
        )
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        patches = self.cut(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), patches], 1)
        return self.head(self.norm(self.blocks(tokens))[:, 0])


def network(seed: int = 0) -> nn.Sequential:
    """Convolution, ReLU, max pooling, dense layers: 1 × 8 × 8 inputs, three classes."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 16), nn.ReLU(), nn.Linear(16, 3)
    )


def context_of(model: nn.Module, x: Tensor, targets: Tensor | None = None, reference: Tensor | None = None) -> Context:
    """What a method gets in an audit, with every element a feature."""
    pieces = Pieces.of(model.eval().requires_grad_(False), x, targets, None, "zeros")
    pieces.model.probe({"x": x[:1]})
    return Context(pieces.model, pieces.calls, pieces.batch, {"zeros": pieces.fill}, "zeros", 0, reference)


def traces(model: nn.Module) -> dict[str, object]:
    """Everything a method could leave on a model: attributes, hooks, modes, requirements, gradients, values."""
    found: dict[str, object] = {}
    for name, part in model.named_modules():
        found[f"{name} attributes"] = sorted(part.__dict__)
        found[f"{name} own values"] = {key: value for key, value in part.__dict__.items() if key in ("rule", "output")}
        found[f"{name} hooks"] = [len(part.__dict__[hooks]) for hooks in HOOKS]
        found[f"{name} modes"] = (part.training, getattr(part, "inplace", None))
    for name, parameter in model.named_parameters():
        found[f"{name} tensor"] = (parameter.requires_grad, parameter.grad, parameter.data_ptr(), parameter.tolist())
    return found
