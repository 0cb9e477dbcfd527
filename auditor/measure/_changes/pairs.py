"""Which samples of two audits are the same, and both audits' arrays in one order."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyarrow as pa

from auditor.evidence.comparison import Pairing
from auditor.evidence.identity import fingerprint, hashed_id, id_key, id_key_path
from auditor.evidence.store import Reader
from auditor.measure._changes.refusals import nothing_shared, other_keys, same_classes
from auditor.measure._frame import Frame, Ints, read_frame
from auditor.measure._study import Study
from auditor.plan import AuditPlan

By = Literal["auto", "id"]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Audit:
    """One finished audit, read."""

    reader: Reader
    plan: AuditPlan
    frame: Frame


@dataclass(frozen=True)
class Pairs:
    """The shared samples.

    Attributes:
        old, new: the same samples in the same order; `new` carries the joint strata, the units and the weights of both.
        study: sampling design over the pairs, as the new plan says.
        old_row, new_row: int [pairs], row of each pair in the whole frames.
    """

    before: Audit
    after: Audit
    old: Frame
    new: Frame
    study: Study
    old_row: Ints
    new_row: Ints
    pairing: Pairing


def read_audit(reader: Reader, plan: AuditPlan) -> Audit:
    """Read one run's predictions."""
    return Audit(reader, plan, read_frame(reader, plan))


def pair(before: Audit, after: Audit, by: By = "auto", gated: Iterable[str] = ()) -> Pairs:
    """Match two audits.

    Args:
        by: "auto": by id and content where ids can be compared, else by content; "id": by id alone, for releases that
            prepare their inputs differently (the labels must still be equal).
        gated: results judged against a margin; their intervals use more resamples.

    Raises:
        AuditError: other classes, ids hashed with different keys, or no shared sample.
    """
    same_classes(before.frame, after.frame)
    old, new, plain = _comparable(before, after)
    if by == "id" and not plain:
        raise other_keys(before.frame, after.frame)
    used: Literal["id and content", "content", "id"] = "id" if by == "id" else "id and content" if plain else "content"
    matched = _match([_key(used, line) for line in old], [_key(used, line) for line in new])
    ids = Counter(line[0] for line in old)
    known = {line[0] for line in new} if plain else set()
    content = _match([(line[0],) for line in old], [(line[0],) for line in new]) if plain else []
    other = sum(old[i][1] != new[j][1] for i, j in content)
    if not matched:
        raise nothing_shared(before.frame, after.frame, sum(ids[name] for name in ids if name in known), used)
    place = [{name: row for row, name in enumerate(a.frame.ids.to_pylist())} for a in (before, after)]
    stored = [a.reader.table("samples")["sample_id"].to_pylist() for a in (before, after)]
    rows = [(place[0].get(stored[0][i], -1), place[1].get(stored[1][j], -1)) for i, j in matched]
    both = np.array(sorted((n, o) for o, n in rows if o >= 0 and n >= 0), dtype=np.int64).reshape(-1, 2)
    new_row, old_row = both[:, 0], both[:, 1]
    if used == "id":
        keep = _same_labels(before.frame, after.frame, old_row, new_row)
        old_row, new_row = old_row[keep], new_row[keep]
    if not len(new_row):
        raise nothing_shared(before.frame, after.frame, len(matched), used)
    was, now = part_of(before.frame, old_row), part_of(after.frame, new_row)
    labelled = was.labelled & now.labelled
    pairing = Pairing(
        by=used,
        pairs=len(new_row),
        labelled=int(labelled.sum()),
        only_old=len(before.frame.label) - len(old_row),
        only_new=len(after.frame.label) - len(new_row),
        other_content=other,
        lost=sum((o < 0) != (n < 0) for o, n in rows),
    )
    now = _looked_at(before.frame, _joined(was, now, after.plan.prevalence))
    study = Study(after.reader, after.plan, now, frozenset(gated))
    return Pairs(before, after, was, now, study, old_row, new_row, pairing)


def _looked_at(was: Frame, now: Frame) -> Frame:
    """`now`, with room for every pair of looks at which the rules of both audits may have ended."""
    rules = [rule for rule in (was.prepared.sequential, now.prepared.sequential) if rule]
    if not rules:
        return now
    joint = rules[-1].model_copy(update={"planned": math.prod(rule.planned for rule in rules)})
    return replace(now, prepared=now.prepared.model_copy(update={"sequential": joint}))


def part_of(frame: Frame, rows: Ints) -> Frame:
    """Some rows of a frame, in the order given."""
    names = ("logits", "label", "predicted", "confidence", "log_loss", "brier", "stratum", "unit", "factor", "selected")
    cut = {name: getattr(frame, name)[rows] for name in names}
    sets = frame.sets and replace(
        frame.sets, logits=frame.sets.logits[rows], truth=frame.sets.truth[rows], known=frame.sets.known[rows]
    )
    return replace(frame, ids=frame.ids.take(pa.array(rows)), sets=sets, **cut)


def _joined(was: Frame, now: Frame, prevalence: dict[str, float] | None) -> Frame:
    """Strata, units and weights of the pairs: rows of one joint stratum were selected alike in both audits."""
    codes = was.stratum * len(now.strata) + now.stratum
    present, stratum = np.unique(codes, return_inverse=True)
    unit = min(was.unit, now.unit, key=lambda codes: len(np.unique(codes)))  # rows are no more independent than either says
    return replace(
        now,
        stratum=stratum,
        strata=tuple(f"{was.strata[c // len(now.strata)]} → {now.strata[c % len(now.strata)]}" for c in present.tolist()),
        unit=unit,
        independent=len(np.unique(unit)) == len(unit),
        selected=was.selected & now.selected,
        factor=_factor(now, prevalence),
    )


def _factor(frame: Frame, shares: dict[str, float] | None) -> np.ndarray:
    """q_c/(N_c/N) of each row's label among the pairs."""
    if not shares or frame.sets is not None:
        return np.ones(len(frame.label))
    counts = np.bincount(frame.label[frame.label >= 0], minlength=len(frame.classes))
    wanted = np.array([shares.get(name, 0.0) for name in frame.classes])
    ratio = np.divide(wanted * counts.sum(), counts, out=np.ones(len(counts)), where=counts > 0)
    return np.where(frame.label >= 0, ratio[np.maximum(frame.label, 0)], 1.0)


def _same_labels(old: Frame, new: Frame, old_row: Ints, new_row: Ints) -> np.ndarray:
    if old.sets is not None and new.sets is not None:
        return np.asarray((old.sets.truth[old_row] == new.sets.truth[new_row]).all(axis=1))
    return np.asarray(old.label[old_row] == new.label[new_row])


def _comparable(before: Audit, after: Audit) -> tuple[list[Key], list[Key], bool]:
    """(id, content digest) of every stored sample of both, and whether the ids can be compared."""
    lines: list[list[Key]] = []
    for audit in (before, after):
        table = audit.reader.table("samples")
        lines.append(list(zip(table["sample_id"].to_pylist(), table["digest"].to_pylist(), strict=True)))
    keys = [audit.frame.prepared.data.id_key for audit in (before, after)]
    if keys[0] == keys[1]:
        return lines[0], lines[1], True
    plain = keys.index("") if "" in keys else -1
    if plain >= 0 and id_key_path().exists() and fingerprint(id_key()) == keys[1 - plain]:
        secret = id_key()  # whoever holds the key may hash the plain ids of the other audit
        lines[plain] = [
            (hashed_id(secret, name), hmac.new(secret, digest.encode(), hashlib.sha256).hexdigest())
            for name, digest in lines[plain]
        ]
        return lines[0], lines[1], True
    return lines[0], lines[1], False


def _key(by: str, line: Key) -> Key:
    return line if by == "id and content" else (line[0],) if by == "id" else (line[1],)


def _match(old: list[Key], new: list[Key]) -> list[tuple[int, int]]:
    """Indices of equal keys; what occurs several times is paired in order."""
    waiting: dict[Key, list[int]] = defaultdict(list)
    for index in range(len(old) - 1, -1, -1):
        waiting[old[index]].append(index)
    return [(waiting[key].pop(), index) for index, key in enumerate(new) if waiting.get(key)]
