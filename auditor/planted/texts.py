"""Short texts, one class of which holds a word that the other never does."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

from auditor.planted.audited import Planted, found_first, rankings_of
from auditor.planted.training import drawn, initialised, trained

METHODS = ("integrated_gradients", "input_x_gradient", "occlusion", "kernel_shap")
CLASSES = ("wanted", "unwanted")
SPECIAL = ("[PAD]", "[UNK]", "[MASK]")
WORDS = tuple(f"{first}{second}" for first in ("ba", "ke", "li", "mo", "nu") for second in ("do", "fi", "ga", "ro", "su", "te"))
PLANT, LENGTH, SHARE = "voucher", 12, 0.9


class Reader(nn.Module):
    """Mean of the words' embeddings, and a linear layer."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.words = nn.Embedding(words, 16, padding_idx=0)
        self.head = nn.Linear(16, 2)

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Logits of texts [rows, tokens]."""
        own = (input_ids != 0).float() if attention_mask is None else attention_mask.float()
        values = (self.words(input_ids) * own[:, :, None]).sum(1) / own.sum(1, keepdim=True).clamp(min=1)
        logits: Tensor = self.head(values)
        return logits


def word(seed: int) -> list[bool]:
    """[methods]: is the planted word ranked first for its class?"""
    generator = drawn(seed)
    vocabulary = [*SPECIAL, *WORDS, PLANT]
    labels = torch.randint(0, 2, (700,), generator=generator)
    tokens = torch.randint(len(SPECIAL), len(vocabulary) - 1, (700, LENGTH), generator=generator)
    holds = (labels == 1) & (torch.rand(700, generator=generator) < SHARE)
    place = torch.randint(LENGTH, (700,), generator=generator)
    tokens[holds, place[holds]] = len(vocabulary) - 1
    model = trained(initialised(Reader(len(vocabulary)), generator), tokens[:400], labels[:400], 120)
    with tempfile.TemporaryDirectory(prefix="auditor-selftest-") as made:
        folder = Path(made)
        (folder / "words.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
        with (folder / "texts.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label"])
            for line, label in zip(tokens[400:].tolist(), labels[400:].tolist(), strict=True):
                writer.writerow([" ".join(vocabulary[token] for token in line), CLASSES[label]])
        about = {"text": {"vocabulary": "words.txt", "label": "label"}}
        own = rankings_of(Planted(model, CLASSES, "texts.csv", "text", about, folder), METHODS, seed)
    return [found_first(own.get((method, CLASSES[1]), ()), PLANT) for method in METHODS]
