"""The whole self-test, or some parts of it: part by part, on several processes, each part kept as soon as it is done."""

from __future__ import annotations

import datetime
import os
import platform
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from pydantic import ValidationError

from auditor.evidence.atomic import write_atomically
from auditor.evidence.provenance import platform_text, version
from auditor.evidence.record import canonical_json, sha256
from auditor.evidence.selftest import Mode, SelftestCheck, SelftestRecord
from auditor.selftest.catalogue import cells
from auditor.selftest.cell import SEED, Cell
from auditor.selftest.tolerance import Tally

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Blocks = Callable[[str, Sequence[int]], Iterator[Tally]]
Begun = tuple[Tally | None, Iterator[Tally]]


@dataclass(frozen=True)
class Parts:
    """What is done of a self-test that may have been interrupted: one small file per part."""

    folder: Path

    def read(self, cell: Cell) -> Tally | None:
        """The tally of a part, None where there is none that can be read."""
        try:
            return Tally.model_validate_json((self.folder / f"{cell.name}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, cell: Cell, tally: Tally) -> None:
        """Store it."""
        write_atomically(self.folder / f"{cell.name}.json", canonical_json(tally))

    def clear(self) -> None:
        """Delete all of them, once a record holds what they say."""
        for path in self.folder.glob("*.json"):
            path.unlink()
        self.folder.rmdir()


def versions() -> dict[str, str]:
    """What the numbers depend on."""
    packages = {name: version(name) for name in ("auditor", "numpy", "scipy", "torch", "scikit-learn")}
    return {**packages, "python": platform.python_version(), "platform": platform_text()}


def parts_of(folder: Path, mode: Mode) -> Parts:
    """The parts of one mode under the versions installed now: others would mix what cannot be mixed."""
    key = sha256(canonical_json({"mode": mode, "versions": versions(), "seed": SEED}))[:12]
    return Parts(folder / f"selftest-parts-{mode}-{key}")


def run(
    chosen: Sequence[Cell], mode: Mode, parts: Parts, workers: int, tell: Callable[[Cell, list[SelftestCheck]], None]
) -> tuple[SelftestCheck, ...]:
    """Simulate what is not done yet.

    Args:
        workers: processes; 1: this one.
        tell: told the checks of each cell as they are done.
    """
    found: dict[str, list[SelftestCheck]] = {}
    missing = {cell.name: [package for package in cell.needs if not version(package)] for cell in chosen}
    order = chosen[::-1]  # what takes longest stands last in the catalogue: begun first, no process is left alone with it
    with _blocks(workers) as blocks:
        # all are begun before any is waited for, so that no process idles while the last block of a cell is computed
        begun = {cell.name: _begun(cell, mode, parts, blocks) for cell in order if not missing[cell.name]}
        for cell in order:
            found[cell.name] = (
                cell.checks(tally_of(cell, mode, parts, blocks, begun[cell.name]))
                if cell.name in begun
                else cell.not_run(f"{missing[cell.name][0]} is not installed")
            )
            tell(cell, found[cell.name])
    return tuple(check for cell in chosen for check in found[cell.name])


def _begun(cell: Cell, mode: Mode, parts: Parts, blocks: Blocks) -> Begun:
    """What is stored of a cell, and the blocks that it needs beyond."""
    tally = parts.read(cell)
    return tally, _beyond(cell, mode, tally, blocks)


def _beyond(cell: Cell, mode: Mode, tally: Tally | None, blocks: Blocks) -> Iterator[Tally]:
    done = 0 if tally is None else tally.repetitions // cell.block
    return blocks(cell.name, cell.blocks(cell.wanted(mode, tally))[done:])


def tally_of(cell: Cell, mode: Mode, parts: Parts, blocks: Blocks, begun: Begun) -> Tally:
    """All repetitions a cell needs; those that are stored are not made again."""
    tally, made = begun
    while tally is None or cell.wanted(mode, tally) > tally.repetitions:
        new = Tally.joined(made)
        tally = new if tally is None else Tally.joined([tally, new])
        parts.keep(cell, tally)
        made = _beyond(cell, mode, tally, blocks)
    return tally


def recorded(checks: tuple[SelftestCheck, ...], mode: Mode, folder: Path) -> tuple[SelftestRecord, Path]:
    """Write the record of a whole self-test; its date is the day it was completed."""
    today = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    record = SelftestRecord(date=today, mode=mode, versions=versions(), seed=SEED, checks=checks)
    path = folder / f"selftest-{today}-{mode}.json"
    write_atomically(path, record.model_dump_json(indent=1).encode())
    return record, path


@contextmanager
def _blocks(workers: int) -> Iterator[Blocks]:
    if workers == 1:
        yield lambda name, numbers: (_block(name, number) for number in numbers)
        return
    with ExitStack() as undo:
        _one_thread(undo)
        pool = undo.enter_context(ProcessPoolExecutor(workers, get_context("spawn"), _deaf))
        undo.callback(pool.shutdown, wait=True, cancel_futures=True)
        yield lambda name, numbers: pool.map(_block, [name] * len(numbers), numbers)


def _one_thread(undo: ExitStack) -> None:
    """Each process computes on one thread; they read the environment when they start."""
    before: Mapping[str, str | None] = {name: os.environ.get(name) for name in THREADS}
    for name in THREADS:
        os.environ[name] = "1"
    undo.callback(_restore, before)


def _restore(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _deaf() -> None:
    """Ctrl-C is for the process that started the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _block(name: str, number: int) -> Tally:
    return cells()[name].of_block(number)
