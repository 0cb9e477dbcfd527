"""Small transformers with random weights: torch's, hand-written, and those of the transformers library."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from auditor.inputs.model import TorchModel


class Written(nn.Module):
    """Two layers of attention written by hand over tokens [batch, 5, 6]: x ← x + A x V. The head reads `readout`.

    `added`: what each layer adds to its weights [heads, 5, 5], to take derivatives by differences.
    """

    def __init__(self, readout: str = "first", heads: int = 2) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.readout, self.heads, width = readout, heads, 6
        self.query = nn.ParameterList(torch.randn(heads, width, 3) for _ in "12")
        self.key = nn.ParameterList(torch.randn(heads, width, 3) for _ in "12")
        self.value = nn.ParameterList(torch.randn(heads, width, width) * 0.4 for _ in "12")
        self.head = nn.Linear(width, 3)
        self.added: list[Tensor | float] = [0.0, 0.0]
        self.weights: list[Tensor] = []

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        self.weights = []
        for query, key, value, added in zip(self.query, self.key, self.value, self.added, strict=True):
            per_head = x[:, None]
            scores = (per_head @ query) @ (per_head @ key).transpose(2, 3)
            if mask is not None:
                scores = scores.masked_fill(mask[:, None, None] == 0, float("-inf"))
            weights = torch.softmax(scores, -1)
            self.weights.append(weights.detach())
            x = x + ((weights + added) @ (per_head @ value)).sum(1)
        if self.readout == "mean":
            own = torch.ones_like(x[..., 0]) if mask is None else mask
            return self.head((x * own[..., None]).sum(1) / own.sum(1, keepdim=True))
        return self.head(x[:, 0 if self.readout == "first" else -1])


class Embedded(nn.Module):
    """Token numbers [batch, 5] into the hand-written layers."""

    def __init__(self, readout: str = "first") -> None:
        super().__init__()
        self.layers = Written(readout)
        self.words = nn.Embedding(30, 6)

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        return self.layers(self.words(input_ids), attention_mask)


def bert(attention: str = "eager") -> nn.Module:
    """A BERT of two layers over a vocabulary of 50, three classes."""
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    return BertForSequenceClassification(BertConfig(vocab_size=50, num_labels=3, attn_implementation=attention, **size)).eval()


def vit(attention: str = "eager") -> nn.Module:
    """A vision transformer of two layers, patches of 4 × 4 pixels, images of 1 × 16 × 16, three classes."""
    from transformers import ViTConfig, ViTForImageClassification

    torch.manual_seed(0)
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    image = {"image_size": 16, "patch_size": 4, "num_channels": 1}
    config = ViTConfig(num_labels=3, attn_implementation=attention, **size, **image)
    return ViTForImageClassification(config).eval()


def texts(rows: int = 4, length: int = 10) -> dict[str, Tensor]:
    """Token numbers between two special ones, the second text padded."""
    ids = torch.randint(4, 50, (rows, length), generator=torch.Generator().manual_seed(1))
    ids[:, 0], ids[:, -1] = 2, 3
    mask = torch.ones(rows, length, dtype=torch.int64)
    ids[1, 6], ids[1, 7:], mask[1, 7:] = 3, 0, 0
    return {"input_ids": ids, "attention_mask": mask}


def tried(module: nn.Module, inputs: dict[str, Tensor], classes: int = 3) -> TorchModel:
    """A model as an audit has it once it is borrowed: arguments chosen, probed."""
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    model = TorchModel(module, tuple("abcdefg"[:classes]))
    model.choose_arguments(inputs)
    model.probe(inputs)
    return model
