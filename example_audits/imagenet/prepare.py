"""Writes the table of the photos that are audited: a copy of each file, and the number of its class from its name.

Run it as `python prepare.py`; it fills the folder `work` beside it.
"""

from __future__ import annotations

import csv
import shutil
from importlib.util import find_spec
from pathlib import Path

WORK = Path(__file__).parent / "work"


def photos() -> list[tuple[Path, int]]:
    """The 20 photos of the package `foolbox`, each with its class; finding them does not run the package."""
    found = find_spec("foolbox")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the package `foolbox` is not installed; `make example-imagenet` fetches it, see packages.txt")
    folder = Path(found.submodule_search_locations[0]) / "data"
    return [(path, int(path.stem.rsplit("_", 1)[1])) for path in sorted(folder.glob("imagenet_*.jpg"))]


def main() -> None:
    """Write work/photos.csv and the photos beside it."""
    WORK.mkdir(exist_ok=True)
    with (WORK / "photos.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "class"])
        for path, number in photos():
            shutil.copyfile(path, WORK / path.name)
            writer.writerow([path.name, number])
    print(f"{len(photos())} photos to audit")


if __name__ == "__main__":
    main()
