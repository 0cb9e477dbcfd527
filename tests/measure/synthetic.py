"""A run directory as a real audit leaves it, from a generator: ten digits, 7 × 7 patches, three methods. No torch."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.evidence.atomic import write_atomically
from auditor.evidence.facts import ExemplarFact, Stratum
from auditor.evidence.record import canonical_json, sha256
from auditor.evidence.schema import TABLES
from auditor.evidence.store import shard_path, write_shard
from tests.measure.synthetic_facts import CLASSES, FEATURES, METHODS, STEPS, plan_of, prepared_of
from tests.measure.synthetic_game import attributed, removed_counts, score_curve


@dataclass
class Synthetic:
    """What the generator drew, beside what the evidence says."""

    rows: int
    selected: int
    seed: int
    methods: tuple[str, ...] = METHODS
    unit_size: int = 1
    error_rate: float = 0.03
    generator: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.generator = np.random.default_rng(self.seed)
        count = len(CLASSES)
        self.label = self.generator.integers(0, count, self.rows)
        logits = self.generator.normal(0.0, 1.0, (self.rows, count))
        logits[np.arange(self.rows), self.label] += self.generator.gamma(9.0, 1.0, self.rows)
        wrong = self.generator.random(self.rows) < self.error_rate
        logits[wrong, (self.label[wrong] + 1) % count] += self.generator.gamma(9.0, 1.5, int(wrong.sum()))
        self.logits = logits.astype(np.float32)
        self.predicted = self.logits.argmax(axis=1)
        shifted = np.exp(self.logits - self.logits.max(axis=1, keepdims=True), dtype=np.float64)
        self.probabilities = shifted / shifted.sum(axis=1, keepdims=True)
        self.ids = [hashlib.sha256(f"{self.seed}:{row}".encode()).hexdigest()[:16] for row in range(self.rows)]
        self.select()

    def select(self) -> None:
        """Stratify by predicted class × right/wrong; all wrong rows up to a tenth, the rest right ones."""
        self.stratum = [
            f"predicted {CLASSES[p]}, {'right' if p == y else 'wrong'}" for p, y in zip(self.predicted, self.label, strict=True)
        ]
        self.weight = np.zeros(self.rows)
        self.position = np.zeros(self.rows, dtype=np.int64)
        self.strata: list[Stratum] = []
        per_class = max(1, self.selected // len(CLASSES))
        for index in range(len(CLASSES)):
            wrong = np.flatnonzero((self.predicted == index) & (self.label != index))
            right = np.flatnonzero((self.predicted == index) & (self.label == index))
            taken_wrong = min(len(wrong), max(1, per_class // 10))
            for members, take, is_right in ((wrong, taken_wrong, False), (right, per_class - taken_wrong, True)):
                order = self.generator.permutation(members)
                self.position[order] = np.arange(len(order))
                take = min(take, len(order))
                if take:
                    self.weight[order[:take]] = len(order) / take
                self.strata.append(Stratum(predicted=index, right=is_right, rows=len(order), selected=take))
        self.cases = np.flatnonzero(self.weight > 0)

    def contributions(self) -> np.ndarray:
        """[cases, features], logits: an additive game, a template per class plus noise of the case."""
        templates = np.random.default_rng(12345).gamma(0.4, 1.0, (len(CLASSES), len(FEATURES)))
        own = templates[self.predicted[self.cases]] * self.generator.gamma(4.0, 0.25, (len(self.cases), len(FEATURES)))
        clean = self.probabilities[self.cases, self.predicted[self.cases]]
        target = np.log(clean / (1 - clean).clip(1e-9)) + 2.5  # logit at the empty input: -2.5
        return own * (target / own.sum(axis=1))[:, None]


def write_run(
    path: Path,
    rows: int = 2000,
    selected: int = 500,
    seed: int = 0,
    *,
    methods: tuple[str, ...] = METHODS,
    gates: tuple[dict[str, object], ...] = (),
    unit_size: int = 1,
    error_rate: float = 0.03,
    extra: dict[str, object] | None = None,
) -> Path:
    """Write a complete run directory (evidence, exemplars, plan) and return its path.

    Args:
        rows, selected, seed: size of the evaluation set, of the explained part, and the generator's seed.
        methods: names; "saliency" is weaker than "integrated_gradients", "random" knows nothing.
        gates: gates of the plan.
        unit_size: rows per independent unit; 1 declares none.
        extra: further keys of the plan.
    """
    data = Synthetic(rows, selected, seed, methods, unit_size, error_rate)
    plan = plan_of(data, gates, extra or {})
    contributions = data.contributions()
    write_atomically(path / "evidence" / "plan.json", canonical_json(plan))
    write_atomically(path / "evidence" / "prepared.json", canonical_json(prepared_of(data, plan, _exemplars(data))))
    tables = {
        "samples": _samples(data),
        "predictions": _predictions(data),
        **_explained(data, contributions),
    }
    for name, table in tables.items():
        write_shard(shard_path(path, name, "synthetic", 0, table.num_rows), table)
    _write_exemplars(path, data, contributions)
    return path


def _exemplars(data: Synthetic) -> list[ExemplarFact]:
    right = [case for case in data.cases if data.predicted[case] == data.label[case]]
    wrong = [case for case in data.cases if data.predicted[case] != data.label[case]]
    margin = np.sort(data.probabilities, axis=1)
    near = sorted(right, key=lambda case: margin[case, -1] - margin[case, -2])[:2]
    chosen = [(case, "right", "right, confidence nearest the median of its class") for case in right[:4]]
    chosen += [(case, "wrong", "wrong, highest confidence") for case in wrong[:3]]
    chosen += [(case, "borderline", "smallest difference between the two largest probabilities") for case in near]
    return [ExemplarFact(sample_id=data.ids[case], group=group, rule=rule) for case, group, rule in chosen]


def replace_table(run: Path, name: str, rows: list[dict[str, object]]) -> None:
    """Put other rows in the place of a table."""
    for path in (run / "evidence" / name).glob("*.parquet"):
        path.unlink()
    write_shard(shard_path(run, name, "replaced", 0, len(rows)), pa.Table.from_pylist(rows, schema=TABLES[name]))


def _samples(data: Synthetic) -> pa.Table:
    columns = {
        "sample_id": data.ids,
        "digest": [sha256(identity.encode()) for identity in data.ids],
        "label": data.label,
        "predicted": data.predicted,
        "stratum": data.stratum,
        "position": data.position,
        "weight": data.weight,
        "unit": data.ids if data.unit_size == 1 else [f"writer {row // data.unit_size}" for row in range(data.rows)],
        "groups": [[] for _ in data.ids],
        "error": [""] * data.rows,
    }
    columns.setdefault("labels", pa.nulls(len(columns["sample_id"]), pa.list_(pa.int64())))
    return pa.table(columns, schema=TABLES["samples"])


def _predictions(data: Synthetic) -> pa.Table:
    empty = [""] * data.rows
    return pa.table(
        {"sample_id": data.ids, "variant": empty, "logits": list(data.logits), "error": empty}, schema=TABLES["predictions"]
    )


def _explained(data: Synthetic, contributions: np.ndarray) -> dict[str, pa.Table]:
    """Attributions, curves and checks of every selected case."""
    attributions: list[dict[str, object]] = []
    curves: list[dict[str, object]] = []
    checks: list[dict[str, object]] = []
    removed = removed_counts(len(FEATURES), STEPS)
    for place, case in enumerate(data.cases):
        key = {"sample_id": data.ids[case], "target": int(data.predicted[case]), "variant": "", "draw": ""}
        own = contributions[place]
        for method in data.methods:
            values = attributed(data.generator, method, own)
            attributions.append(
                {**key, "method": method, "fill": "", "order": "", "values": values, "names": None, "error": ""}
            )
            order = np.argsort(-values, kind="stable")
            for name, sequence in (("descending", order), ("ascending", order[::-1])):
                curves.append(_curve(key, method, name, removed, score_curve(own, sequence, removed)))
            checks.append(_check(key, method, "mean", "tie_share", float(data.generator.random() < 0.1) * 0.05))
            if method == "integrated_gradients":
                difference = float(own.sum())
                gap = difference * data.generator.normal(0, 0.01)
                checks.append(_check(key, method, "", "completeness_gap", gap))
                checks.append(_check(key, method, "", "completeness_difference", difference))
        for pair in range(5):
            order = data.generator.permutation(len(FEATURES))
            for number, sequence in ((2 * pair, order), (2 * pair + 1, order[::-1])):
                curves.append(_curve(key, "", f"random:{number}", removed, score_curve(own, sequence, removed)))
    return {
        "attributions": pa.Table.from_pylist(attributions, schema=TABLES["attributions"]),
        "curves": pa.Table.from_pylist(curves, schema=TABLES["curves"]),
        "checks": pa.Table.from_pylist(checks, schema=TABLES["checks"]),
    }


def _curve(key: dict[str, object], method: str, order: str, removed: np.ndarray, score: np.ndarray) -> dict[str, object]:
    return {**key, "method": method, "fill": "mean", "order": order, "removed": removed, "score": score, "error": ""}


def _check(key: dict[str, object], method: str, fill: str, name: str, value: float) -> dict[str, object]:
    return {**key, "method": method, "fill": fill, "order": "", "name": name, "value": value}


def _write_exemplars(path: Path, data: Synthetic, contributions: np.ndarray) -> None:
    place_of = {data.ids[case]: place for place, case in enumerate(data.cases)}
    for number, fact in enumerate(_exemplars(data)):
        place = place_of[fact.sample_id]
        own = contributions[place].reshape(7, 7)
        picture = (255 * np.kron(own / own.max(), np.ones((4, 4)))).astype(np.uint8)
        maps = {f"map:{method}": np.kron(own, np.ones((4, 4))).astype(np.float32) for method in data.methods}
        sink = io.BytesIO()
        np.savez(sink, image=picture, **maps)  # type: ignore[arg-type]
        write_atomically(path / "exemplars" / f"{number}.npz", sink.getvalue())
