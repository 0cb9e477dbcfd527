"""One kind of each: what the other kinds of audit look like, small enough for a test."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from auditor.evidence.atomic import write_atomically
from auditor.evidence.facts import FeatureFacts
from auditor.evidence.store import Reader
from tests.measure.synthetic_kinds import Kind

COLUMNS = FeatureFacts(kind="columns", names=tuple(f"column {j}" for j in range(8)), grid=None, description="columns")
WORDS = ("free", "meeting", "invoice", "winner", "tomorrow", "report", "click", "thanks", "the", "and", "<b>bold</b>", "naïve")


def _shares(rows: int, classes: int, features: int, seed: int) -> np.ndarray:
    """[rows, classes, features]: contributions with a template per class."""
    generator = np.random.default_rng(seed)
    return generator.gamma(0.6, 1.0, (classes, features))[None] * generator.gamma(4.0, 0.25, (rows, classes, features)) * 1.5


def several_labels(rows: int = 600, unknown: int = 0, seed: int = 1) -> Kind:
    """Five labels of unequal frequency; the last `unknown` rows have none that is known."""
    generator = np.random.default_rng(seed)
    truth = generator.random((rows, 5)) < np.array([0.6, 0.4, 0.3, 0.2, 0.1])
    logits = (np.where(truth, 1.5, -1.8) + generator.normal(0, 1.4, truth.shape)).astype(np.float32)
    labels: list[list[int] | None] = [np.flatnonzero(row).tolist() for row in truth]
    labels[rows - unknown :] = [None] * unknown
    own = _shares(rows, 5, 8, seed)
    classes = ("cat", "dog", "bird", "fish", "horse")
    return Kind(classes, logits, np.full(rows, -1), COLUMNS, lambda row, c: own[row, c], head="sigmoid", labels=labels)


def one_logit(rows: int = 600, seed: int = 2) -> Kind:
    """Columns (-z, z) with head sigmoid."""
    generator = np.random.default_rng(seed)
    label = (generator.random(rows) < 0.4).astype(np.int64)
    z = (2.2 * label - 1.0 + generator.normal(0, 1.3, rows)).astype(np.float32)
    own = _shares(rows, 2, 8, seed)
    logits = np.stack([-z, z], axis=1)
    return Kind(("ham", "spam"), logits, label, COLUMNS, lambda row, c: own[row, c], head="sigmoid")


def ensemble(rows: int = 500, members: int = 3, seed: int = 3) -> Kind:
    """Three classes; members are the mean logits and noise of their own."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 3, rows)
    base = generator.normal(0, 1, (rows, 3)) + 2.0 * np.eye(3)[label]
    own_logits = base + generator.normal(0, 0.8, (members, rows, 3))
    own = _shares(rows, 3, 8, seed)
    return Kind(("a", "b", "c"), own_logits.mean(axis=0), label, COLUMNS, lambda row, c: own[row, c], members=own_logits)


def words(rows: int = 600, seed: int = 4) -> Kind:
    """Texts of 3 to 30 words; the first four words matter for their class, one word in ten is rare."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, rows)
    names, own = [], []
    for _ in range(rows):
        length = int(generator.integers(3, 31))
        rare = [f"rare{generator.integers(2000)}" if generator.random() < 0.1 else None for _ in range(length)]
        text = tuple(r or WORDS[generator.integers(len(WORDS))] for r in rare)
        names.append(text)
        base = np.array([2.0 if word in ("free", "winner") else 1.0 if word == "click" else 0.1 for word in text])
        own.append(base * generator.gamma(8.0, 0.125, length))
    logits = np.stack([-1.5 * (2 * label - 1), 1.5 * (2 * label - 1)], axis=1) + generator.normal(0, 1, (rows, 2))
    features = FeatureFacts(kind="words", names=(), most=30, grid=None, description="words")
    return Kind(("ham", "spam"), logits, label, features, lambda row, _: own[row], modality="text", names=names)


def segments(rows: int = 400, seed: int = 5) -> Kind:
    """Pictures cut into 4 to 12 segments, numbered in each picture for itself."""
    generator = np.random.default_rng(seed)
    kind = words(rows, seed)
    counts = generator.integers(4, 13, rows)
    kind.names = [tuple(f"segment {j + 1}" for j in range(n)) for n in counts]
    own = [generator.gamma(1.0, 0.6, n) for n in counts]
    kind.contribution = lambda row, _: own[row]
    kind.features = FeatureFacts(kind="segments", names=(), most=12, grid=None, description="segments")
    kind.modality = "image"
    return kind


def windows(rows: int = 400, equal: bool = True, seed: int = 6) -> Kind:
    """Three channels in windows of ten steps; three windows each, or two to five where lengths differ."""
    generator = np.random.default_rng(seed)
    kind = words(rows, seed)
    kind.modality = "series"
    counts = np.full(rows, 3) if equal else generator.integers(2, 6, rows)
    per_row = [tuple(f"channel {c + 1}, steps {10 * w + 1}–{10 * w + 10}" for c in range(3) for w in range(n)) for n in counts]
    own = [generator.gamma(1.0, 0.4, len(row)) * np.where(np.arange(len(row)) == 1, 4.0, 1.0) for row in per_row]
    kind.contribution = lambda row, _: own[row]
    kind.names = None if equal else per_row
    kind.features = FeatureFacts(
        kind="windows", names=per_row[0] if equal else (), most=0 if equal else 15, grid=None, description="windows"
    )
    return kind


def keep_examples(run: Path, kind: Kind, full: str) -> None:
    """Write the exemplars' files of a run; `full`: "text" or "series"."""
    reader = Reader(run)
    stored = {(row["sample_id"], row["method"]): row for row in reader.table("attributions").to_pylist()}
    generator = np.random.default_rng(0)
    for number, fact in enumerate(reader.prepared.exemplars):
        rows = {method: stored[fact.sample_id, method] for method in kind.methods}
        names = rows[kind.methods[0]]["names"] or list(kind.features.names)
        arrays: dict[str, np.ndarray] = {}
        if full == "text":
            text, spans = "", []
            for name in names:
                text += " " if text else "\u200eSubject:\t"
                spans.append((len(text), len(text) + len(name)))
                text += name.capitalize()
            arrays |= {"text": np.array(text + " \U0001f600!"), "spans": np.array(spans, dtype=np.int64).reshape(-1, 2)}
            arrays |= {f"values:{method}": np.asarray(row["values"], np.float32) for method, row in rows.items()}
        else:
            steps = 10 * (len(names) // 3)
            arrays["series"] = np.cumsum(generator.normal(0, 1, (3, steps)), axis=1).astype(np.float32)
            for method, row in rows.items():
                arrays[f"map:{method}"] = np.repeat(np.reshape(row["values"], (3, -1)), 10, axis=1).astype(np.float32)
        sink = io.BytesIO()
        np.savez(sink, **arrays)  # type: ignore[arg-type]
        write_atomically(run / "exemplars" / f"{number}.npz", sink.getvalue())
