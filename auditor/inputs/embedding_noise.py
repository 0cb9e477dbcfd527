"""A copy of a model whose words lie a little elsewhere: the noise of inputs that are whole numbers.

To the number of a word nothing small can be added. To the vector the model reads for it there can, so every vector of the
vocabulary is moved by normal noise; a word has the same noise wherever it comes, for every method and in every removal.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from auditor.inputs.ensemble import Ensemble
from auditor.inputs.model import NotAvailable, TorchModel
from auditor.inputs.randomness import normal, sample_keys

_AT_ONCE = 1 << 22  # numbers drawn together: their generator needs several times their size


def moved_embedding(model: TorchModel, number: int, seed: int, share: float) -> TorchModel:
    """A copy of the model with noise on the vectors of its vocabulary; the model itself is not touched.

    Args:
        model: reads whole numbers through the layer `model.embedding`.
        number: of the draw, from 1.
        seed: the plan's.
        share: standard deviation of the noise at each of a vector's numbers, as a share of that number's over the vocabulary.

    Raises:
        NotAvailable: that layer is no nn.Embedding; `noise_problem` says beforehand what stands against it.
    """
    found = copy.copy(model)
    found.module = copy.deepcopy(model.module)
    layer = found.module.get_submodule(model.embedding)
    if not isinstance(layer, nn.Embedding):
        raise NotAvailable(noise_problem(model))
    with torch.no_grad():
        weight: Tensor = layer.weight
        count = weight.numel()
        keys = (sample_keys([f"{model.embedding}:{first}"]) for first in range(0, count, _AT_ONCE))
        sizes = (min(_AT_ONCE, count - first) for first in range(0, count, _AT_ONCE))
        purpose = f"embedding noise {number}"
        drawn = torch.cat([normal(key, purpose, seed, (n,))[0] for key, n in zip(keys, sizes, strict=True)])
        exact = weight.detach().cpu().double()
        noise = share * exact.std(dim=0, correction=0) * drawn.reshape(weight.shape)
        if layer.padding_idx is not None:
            noise[layer.padding_idx] = 0.0
        weight.copy_(exact + noise)
    return found


def noise_problem(model: TorchModel) -> str:
    """Why no noise can be added to the words a model reads; '' where it can."""
    if isinstance(model.module, Ensemble):
        return "the members of an ensemble read words through layers of their own"
    layer = model.module.get_submodule(model.embedding) if model.embedding else None
    if not isinstance(layer, nn.Embedding) or not layer.weight.is_floating_point():
        return "the model reads whole numbers, and not through an nn.Embedding whose vectors could be moved a little"
    try:
        copy.deepcopy(model.module)
    except Exception as error:  # the model's own code decides how it is copied, and how that fails
        return f"the model cannot be copied: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    return ""
