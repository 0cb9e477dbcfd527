"""Tiny audits with planted secrets: a value, a word, an id, a file name, an EXIF tag, a place of the machine."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image

ID, WORD, NAME, TAG = "ZQIDONE", "zqsecretword", "zqsmith", "ZQEXIFTAG"
VALUE = 48151.625
SECRETS = (ID, WORD, NAME, TAG)

SUBJECT = """
import torch
from torch import nn


class Series(torch.utils.data.Dataset):
    def __len__(self):
        return 60

    def __getitem__(self, i):
        x = torch.randn(2, 12, generator=torch.Generator().manual_seed(i))
        if i == 7:
            x[0, 3] = 48151.625
        return {"input": x, "label": i % 2, "id": "ZQIDONE" if i == 7 else f"s{i}"}


class Bag(nn.Module):
    def __init__(self, words):
        super().__init__()
        torch.manual_seed(1)
        self.words, self.head = nn.EmbeddingBag(words, 4), nn.Linear(4, 2)

    def forward(self, input_ids):
        return self.head(self.words(input_ids))


def series():
    return Series()


def bag(words):
    return Bag(words)


def net(inputs, outputs=2):
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, 4), nn.Tanh(), nn.Linear(4, outputs))
"""


def write(folder: Path, modality: str, mode: str, rest: str = "") -> Path:
    """Write data, code and plan of one modality; the data are named by their absolute path."""
    folder.mkdir(parents=True)
    (folder / "subject.py").write_text(SUBJECT)
    model, data = _WRITERS[modality](folder)
    primary = "occlusion" if modality == "text" else "saliency"
    (folder / "audit.yaml").write_text(
        f"name: private\nmodel:\n  name: net\n  factory: {folder}/subject.py:{model}\n  classes: [a, b]\n"
        f"data:\n  name: set\n  modality: {modality}\n{data}"
        f"methods: [{primary}, random]\nprimary: {{method: {primary}, steps: 2}}\nsamples: 60\nthreads: 1\n"
        f"trust: {{enabled: false}}\nexamples: {mode}\n{rest}"
    )
    return folder / "audit.yaml"


def _tabular(folder: Path) -> tuple[str, str]:
    generator = np.random.default_rng(0)
    with (folder / "rows.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["income", "age", "sex", "who", "y"])
        for i in range(60):
            income = VALUE if i == 7 else round(float(generator.normal(30, 5)), 3)
            age = round(float(generator.normal(40, 9)), 2)
            lines.writerow([income, age, "FM"[i % 2], ID if i == 7 else f"r{i}", "ab"[i % 2]])
    table = "  table: {numeric: [income, age], label: y, id: who, ignored: []}\n"
    return "net\n  arguments: {inputs: 2}", f"  path: {folder}/rows.csv\n{table}"


def _text(folder: Path) -> tuple[str, str]:
    generator, words = np.random.default_rng(0), [f"w{i}" for i in range(12)]
    with (folder / "rows.jsonl").open("w") as file:
        for i in range(60):
            said = " ".join(generator.choice(words, 9)) + (f" {WORD}" if i == 7 else "")
            file.write(json.dumps({"text": said, "label": "ab"[i % 2], "id": ID if i == 7 else f"t{i}"}) + "\n")
    (folder / "words.txt").write_text("\n".join(["<pad>", "<unk>", "<mask>", *words, WORD]) + "\n")
    reading = f"  text: {{label: label, id: id, vocabulary: {folder}/words.txt}}\n"
    return "bag\n  arguments: {words: 16}", f"  path: {folder}/rows.jsonl\n{reading}"


def _image(folder: Path) -> tuple[str, str]:
    generator = np.random.default_rng(0)
    for i in range(60):
        place = folder / "pictures" / "ab"[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        exif[0x010E] = TAG
        picture = Image.fromarray(generator.integers(0, 255, (6, 6, 3), dtype=np.uint8))
        picture.save(place / (f"{NAME}.jpg" if i == 7 else f"p{i}.jpg"), exif=exif)
    return "net\n  arguments: {inputs: 108}", f"  path: {folder}/pictures\n  features: {{kind: grid, size: 3}}\n"


def _series(folder: Path) -> tuple[str, str]:
    return "net\n  arguments: {inputs: 24}", f"  factory: {folder}/subject.py:series\n"


_WRITERS = {"tabular": _tabular, "text": _text, "image": _image, "series": _series}
