"""One simulation and the checks it serves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.evidence.selftest import Mode, SelftestCheck, Status
from auditor.selftest.tolerance import Rule, Tally, Values

SEED = 0
COVERED: Mapping[Mode, int] = {"quick": 400, "full": 2000}
AUDITS: Mapping[Mode, int] = {"quick": 200, "full": 1000}
MODELS: Mapping[Mode, int] = {"quick": 10, "full": 100}


@dataclass(frozen=True)
class Aim:
    """One check of a cell: a rule about some of its columns.

    Attributes:
        name: added to the cell's name; '' where the cell has one check.
        asked: what is simulated and asked, for the reader.
        columns: of what the cell returns; several are judged by the worst one.
        note: what the check means, where the table alone would mislead.
    """

    name: str
    asked: str
    rule: Rule
    columns: tuple[int, ...] = (0,)
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """One simulation. Repetitions come in blocks of fixed size, each with a seed of its own, so that any block, and any
    cell, can be computed alone and anywhere.

    Attributes:
        name: for `--only`.
        simulate: (seed, repetitions, **options) -> [repetitions, columns]; 1 where it held and 0 where not, or an error.
        options: of `simulate`.
        repetitions: by mode.
        block: repetitions that share one seed.
        needs: packages without which the cell cannot run.
    """

    name: str
    kind: str
    simulate: Callable[..., Values]
    aims: tuple[Aim, ...]
    options: Mapping[str, Any]
    repetitions: Mapping[Mode, int]
    block: int
    needs: tuple[str, ...] = ()

    def blocks(self, repetitions: int) -> list[int]:
        """Numbers of the blocks that hold so many repetitions."""
        return list(range(-(-repetitions // self.block)))

    def seed_of(self, block: int) -> int:
        """Seed of a block, from the name of the cell and its number alone."""
        digest = hashlib.sha256(f"{SEED}:{self.name}:{block}".encode()).digest()
        return int.from_bytes(digest[:4], "little") & 0x7FFFFFFF

    def of_block(self, block: int) -> Tally:
        """What one block gives."""
        return Tally.of(self.simulate(self.seed_of(block), self.block, **self.options))

    def wanted(self, mode: Mode, tally: Tally | None) -> int:
        """Repetitions to have, given those there are: more where a full test leaves a check undecided."""
        first = self.repetitions[mode]
        if tally is None or tally.repetitions < first or mode == "quick":
            return first
        undecided = [aim.rule.widest for aim in self.aims if aim.rule.judge(tally, aim.columns).status == "undecided"]
        return max([tally.repetitions, *undecided])

    def checks(self, tally: Tally) -> list[SelftestCheck]:
        """One line of the table for each aim."""
        lines = []
        for aim in self.aims:
            seen = aim.rule.judge(tally, aim.columns)
            lines.append(
                self._line(aim, tally.repetitions, seen.status, aim.note).model_copy(
                    update={"seen": seen.value, "interval": seen.interval, "level": seen.level}
                )
            )
        return lines

    def not_run(self, why: str) -> list[SelftestCheck]:
        """The same where the cell could not be run."""
        return [self._line(aim, 0, "not run", why) for aim in self.aims]

    def _line(self, aim: Aim, repetitions: int, status: Status, note: str) -> SelftestCheck:
        name = f"{self.name}/{aim.name}" if aim.name else self.name
        return SelftestCheck(
            name=name,
            kind=self.kind,
            asked=aim.asked,
            expected=aim.rule.words,
            repetitions=repetitions,
            status=status,
            note=note,
        )
