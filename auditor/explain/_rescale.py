"""Captum's DeepLIFT with every row and every layer by itself. Imported only where Captum is used.

Captum's rules for max pooling and softmax take numbers from row 0 or from all rows of a call (`grad_input[0]`,
`grad_input.sum()`), so a case's values would depend on its neighbours. And where one layer with a rule follows another
(ReLU, then max pooling), both hang their hooks on the same tensor and the first one reads the gradient before the second
has changed it, so values no longer add up.
"""

from __future__ import annotations

import torch
from captum.attr import DeepLift
from torch import Tensor, nn

POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)


class RowwiseDeepLift(DeepLift):  # type: ignore[misc]  # captum's types stop here
    """Shrikumar, Greenside & Kundaje, 2017, rescale rule, as Captum has it, but for what is said above."""

    def _register_hooks(self, module: nn.Module, attribute_to_layer_input: bool = True) -> None:
        before = len(self.forward_handles)
        super()._register_hooks(module, attribute_to_layer_input)
        if len(self.forward_handles) > before:  # a tensor of its own for the next layer's hook
            self.forward_handles.append(module.register_forward_hook(lambda part, inputs, output: output.clone()))

    def _backward_hook(self, module: nn.Module, grad_input: Tensor, grad_output: Tensor) -> Tensor:
        if not isinstance(module, (*POOLS, nn.Softmax)) or not self.satisfies_attribute_criteria(module):
            return super()._backward_hook(module, grad_input, grad_output)  # type: ignore[no-any-return]
        inside, outside = _change(module.input), _change(module.output)  # type: ignore[arg-type]
        still = inside.abs() < self.eps
        if isinstance(module, nn.Softmax):
            del module.input, module.output
            slope = torch.where(still, grad_input, grad_output * outside / inside)
            return slope - slope.flatten(1).mean(1).reshape(-1, *[1] * (slope.ndim - 1))
        return torch.where(still, grad_input, super()._backward_hook(module, grad_input, grad_output))


def _change(values: Tensor) -> Tensor:
    """Input minus baseline, for both halves of a call."""
    own, reference = values.chunk(2)
    return (own - reference).repeat(2, *[1] * (own.ndim - 1))
