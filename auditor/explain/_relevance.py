"""Captum's LRP without its side effects. Imported only where Captum is used."""

from __future__ import annotations

from captum.attr import LRP
from captum.attr._core.lrp import SUPPORTED_LAYERS_WITH_RULES, SUPPORTED_NON_LINEAR_LAYERS
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import Tensor, nn

THROUGH = (nn.Flatten, nn.Unflatten, nn.Identity, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
"""Layers that only hand values on (in evaluation mode): their gradient hands relevance on, no rule is needed."""


class _Relevance(LRP):  # type: ignore[misc]  # captum's types stop here
    """With one epsilon for all layers, and weights left alone: the epsilon rule changes none, so none are loaded back."""

    epsilon: float

    def _get_layers(self, model: nn.Module) -> None:
        self.layers = leaves(model)

    def _check_and_attach_rules(self) -> None:
        super()._check_and_attach_rules()
        for layer in self.layers:
            if isinstance(layer.rule, EpsilonRule):
                layer.rule.STABILITY_FACTOR = self.epsilon

    def _restore_state(self) -> None:
        return


def relevance(model: nn.Module, epsilon: float, points: Tensor, targets: Tensor) -> Tensor:
    """Relevance of the target logit at the points, [n, *shape]."""
    method = _Relevance(model)
    method.epsilon = epsilon
    return method.attribute(points, target=targets)  # type: ignore[no-any-return]


def leaves(module: nn.Module) -> list[nn.Module]:
    """Layers without children that need a rule, each once."""
    return [part for part in module.modules() if not any(part.children()) and not isinstance(part, THROUGH)]


def without_rule(module: nn.Module) -> str:
    """Which layer has no rule; "" where all have one."""
    names = {part: name for name, part in module.named_modules()}
    layers = leaves(module)
    for layer in layers:
        if type(layer) not in SUPPORTED_LAYERS_WITH_RULES and type(layer) not in SUPPORTED_NON_LINEAR_LAYERS:
            return f"LRP has no rule for {type(layer).__name__} (layer `{names[layer] or 'the model itself'}`)"
    return ""
