"""Run directories of the other kinds of audit: several labels, one logit, words, segments, series, ensembles. No torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.evidence.atomic import write_atomically
from auditor.evidence.facts import ExemplarFact, FeatureFacts, MemberFacts, Prepared, Stratum
from auditor.evidence.record import canonical_json, sha256
from auditor.evidence.schema import TABLES
from auditor.evidence.store import shard_path, write_shard
from auditor.plan import AuditPlan
from tests.measure.synthetic import write_run
from tests.measure.synthetic_game import attributed, removed_counts, score_curve

STEPS = 6


@dataclass
class Kind:
    """An evaluation set and what is true of it.

    Attributes:
        logits: [rows, classes]. label: int [rows], -1 unknown.
        labels: per row the classes that hold, None where unknown; None: one label per row.
        names: names of the features of each row; None: those of `features`.
        contribution: (row, target) -> [features of the row], logits; an additive game.
        members: [members, rows, classes] logits.
    """

    classes: tuple[str, ...]
    logits: np.ndarray
    label: np.ndarray
    features: FeatureFacts
    contribution: Callable[[int, int], np.ndarray]
    modality: str = "tabular"
    head: str = "softmax"
    labels: list[list[int] | None] | None = None
    threshold: float = 0.5
    names: list[tuple[str, ...]] | None = None
    members: np.ndarray | None = None
    methods: tuple[str, ...] = ("integrated_gradients", "saliency", "random")
    selected: int = 240
    weight: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.predicted = self.logits.argmax(axis=1)
        self.called = 1 / (1 + np.exp(-self.logits)) >= self.threshold
        self.weight = np.zeros(len(self.logits))
        self.strata: list[Stratum] = []
        self.stratum = [f"predicted {self.classes[p]}, {self._word(row)}" for row, p in enumerate(self.predicted)]
        groups = sorted(set(self.stratum))
        for name in groups:
            members = np.array([row for row, stratum in enumerate(self.stratum) if stratum == name])
            taken = members[: max(2, self.selected // len(groups))]
            self.weight[taken] = len(members) / len(taken)
            right = {"right": True, "wrong": False}.get(name.rsplit(", ", 1)[1])
            place = int(self.predicted[members[0]])
            self.strata.append(Stratum(predicted=place, right=right, rows=len(members), selected=len(taken)))

    def _word(self, row: int) -> str:
        if self.labels is not None:
            known = self.labels[row]
            if known is None:
                return "label unknown"
            return "right" if set(np.flatnonzero(self.called[row])) == set(known) else "wrong"
        if self.label[row] < 0:
            return "label unknown"
        return "right" if self.predicted[row] == self.label[row] else "wrong"

    def targets(self, row: int) -> list[int]:
        """Classes explained for a row: the predicted ones, at most three by probability, else the top one."""
        if self.labels is None or not self.called[row].any():
            return [int(self.predicted[row])]
        order = np.argsort(-self.logits[row], kind="stable")
        return [int(c) for c in order if self.called[row, c]][:3]


def write_kind(path: Path, kind: Kind, seed: int = 0, **extra: object) -> Path:
    """Write the run directory of a kind; `extra`: further keys of the plan. Returns its path."""
    write_run(path, 60, 10, seed, methods=kind.methods)  # the facts that all kinds share
    prepared = Prepared.model_validate_json((path / "evidence" / "prepared.json").read_bytes())
    plan = AuditPlan.model_validate_json((path / "evidence" / "plan.json").read_bytes())
    written = plan.model_dump(mode="json")
    written["model"] |= {"classes": kind.classes, "head": kind.head}
    written["data"] |= {"modality": kind.modality, "features": {}}
    written |= {"samples": kind.selected, **extra}
    for shard in (path / "evidence").rglob("*.parquet"):
        shard.unlink()
    for old in (path / "exemplars").glob("*.npz"):
        old.unlink()
    ids = [sha256(f"{seed}:{row}".encode())[:16] for row in range(len(kind.logits))]
    write_atomically(path / "evidence" / "plan.json", canonical_json(AuditPlan.model_validate(written)))
    write_atomically(path / "evidence" / "prepared.json", canonical_json(_prepared(kind, prepared, ids)))
    for name, rows in {"samples": _samples(kind, ids), "predictions": _predictions(kind, ids), **_explained(kind, ids)}.items():
        write_shard(shard_path(path, name, "kind", 0, len(rows)), pa.Table.from_pylist(rows, schema=TABLES[name]))
    return path


def _prepared(kind: Kind, base: Prepared, ids: list[str]) -> Prepared:
    counts = [int(sum(c in (labels or ()) for labels in kind.labels)) for c in range(len(kind.classes))] if kind.labels else []
    members = () if kind.members is None else range(len(kind.members))
    facts = tuple(
        MemberFacts(name=f"net {m}", type="Net", parameters=100 + m, state_sha256=sha256(f"{m}".encode())) for m in members
    )
    model = {
        "classes": kind.classes,
        "head": kind.head,
        "multi_label": kind.labels is not None,
        "threshold": kind.threshold,
        "members": facts,
        "combine": "mean_logit" if facts else "",
    }
    data = {
        "modality": kind.modality,
        "supplied": len(ids),
        "evaluated": len(ids),
        "labelled": len(ids),
        "label_counts": tuple(counts or np.bincount(kind.label[kind.label >= 0], minlength=len(kind.classes)).tolist()),
        "predicted_counts": tuple(np.bincount(kind.predicted, minlength=len(kind.classes)).tolist()),
        "units": len(ids),
    }
    chosen = np.flatnonzero(kind.weight > 0)[[0, 3, 6, 9]]
    examples = tuple(ExemplarFact(sample_id=ids[row], group="right", rule="right, most typical") for row in chosen)
    return base.model_copy(
        update={
            "model": base.model.model_copy(update=model),
            "data": base.data.model_copy(update=data),
            "features": kind.features,
            "strata": tuple(kind.strata),
            "exemplars": examples,
            "steps": min(STEPS, kind.features.most or len(kind.features.names)),
        }
    )


def _samples(kind: Kind, ids: list[str]) -> list[dict[str, object]]:
    return [
        {
            "sample_id": ids[row], "digest": "", "label": int(kind.label[row]), "predicted": int(kind.predicted[row]),
            "stratum": kind.stratum[row], "position": 0, "weight": float(kind.weight[row]), "unit": ids[row], "groups": [],
            "error": "", "labels": None if kind.labels is None else kind.labels[row],
        }
        for row in range(len(ids))
    ]  # fmt: skip


def _predictions(kind: Kind, ids: list[str]) -> list[dict[str, object]]:
    variants = {"": kind.logits} | {f"member:{m}": own for m, own in enumerate([] if kind.members is None else kind.members)}
    return [
        {"sample_id": ids[row], "variant": variant, "logits": values[row].astype(np.float32), "error": ""}
        for variant, values in variants.items()
        for row in range(len(ids))
    ]


def _explained(kind: Kind, ids: list[str]) -> dict[str, list[dict[str, object]]]:
    generator = np.random.default_rng(7)
    tables: dict[str, list[dict[str, object]]] = {"attributions": [], "curves": [], "checks": []}
    for row in np.flatnonzero(kind.weight > 0):
        for target in kind.targets(row):
            own = kind.contribution(int(row), target)
            removed = removed_counts(len(own), min(STEPS, len(own)))
            key = {"sample_id": ids[row], "target": target, "variant": "", "draw": "", "fill": "", "order": ""}
            names = None if kind.names is None else list(kind.names[row])
            for method in kind.methods:
                values = attributed(generator, method, own)
                stored = {**key, "method": method, "names": names, "error": ""}
                tables["attributions"].append({**stored, "values": values})
                for m in range(0 if kind.members is None else len(kind.members)):
                    noisy = values + generator.normal(0, 0.3 * np.abs(own).mean(), len(own))
                    tables["attributions"].append({**stored, "variant": f"member:{m}", "values": noisy})
                order = np.argsort(-values, kind="stable")
                for name, sequence in (("descending", order), ("ascending", order[::-1])):
                    tables["curves"].append(_curve(key, method, name, removed, score_curve(own, sequence, removed)))
                tables["checks"].append(
                    {**key, "method": method, "fill": "mean", "name": "tie_share", "value": float(generator.random() < 0.1)}
                )
            for pair in range(5):
                order = generator.permutation(len(own))
                for number, sequence in ((2 * pair, order), (2 * pair + 1, order[::-1])):
                    tables["curves"].append(_curve(key, "", f"random:{number}", removed, score_curve(own, sequence, removed)))
    return tables


def _curve(key: dict[str, object], method: str, order: str, removed: np.ndarray, score: np.ndarray) -> dict[str, object]:
    return {**key, "method": method, "fill": "mean", "order": order, "removed": removed, "score": score, "error": ""}
