"""A report made by hand: every kind of result, gaps among them, and the files it names. No torch, no measuring."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from auditor.evidence.atomic import write_atomically
from auditor.evidence.findings import Finding
from auditor.evidence.record import canonical_json, sha256
from auditor.report.record import Exemplar, Report
from tests.report.sample_facts import prepared
from tests.report.sample_results import DIGITS, METHODS, patches, results


def plan(**changed: Any) -> dict[str, Any]:
    """The resolved plan."""
    return {
        "name": "digits",
        "model": {
            "name": "digit-cnn",
            "version": "1.3.0",
            "description": "Convolutional network for handwritten digits",
            "classes": DIGITS,
        },
        "data": {"name": "mnist-5k", "version": "0.23", "description": "5,000 scanned digits"},
        "primary": {"method": "integrated_gradients", "fill": "mean", "score": "probability", "steps": 20},
        "seen_in_training": "unknown",
        "groups": [],
        "examples": "full",
        "gates": [{"result": "accuracy", "at_least": 0.98, "chosen_by": "release engineer"}],
        "declared": {
            "intended_purpose": {
                "statement": "Reading digits on scanned forms; a clerk checks each reading.",
                "role": "product owner",
                "date": "2026-11-03",
                "name": "",
            },
        },
        "report": {"title": "", "language": "en", "paper": "A4"},
    } | changed


def findings() -> tuple[Finding, ...]:
    """Gates of three outcomes and two verdicts."""
    verdicts = {
        "integrated_gradients": "Do not rely on: dependence on the weights was not evaluated, so it is not shown.",
        "saliency": "With caution: stability was not evaluated.",
    }
    gates = (
        ("accuracy", "met", 0.9912, 0.9885, 0.9939, "≥ 0.98", {}),
        ("overconfidence", "not met", 0.031, 0.024, 0.038, "≤ 0.02", {}),
        ("recall", "inconclusive", 0.962, 0.931, 0.98, "≥ 0.95", {"class": "3"}),
    )
    return (
        *(
            Finding(
                id=f"gate {name}",
                kind="gate",
                status=status,
                statement=name,
                results=((name, by),),
                value=value,
                low=low,
                high=high,
                bound=bound,
                unit="fraction",
                next_step="" if status == "met" else "Collect more rows of this class.",
            )
            for name, status, value, low, high, bound, by in gates
        ),
        *(
            Finding(
                id=f"verdict {method}",
                kind="verdict",
                status="not evaluated",
                statement=text,
                results=(("normalised_margin", {"method": method, "fill": "mean"}),),
            )
            for method, text in verdicts.items()
        ),
    )


def exemplars(run: Path, with_files: bool) -> tuple[tuple[Exemplar, ...], dict[str, str]]:
    """Nine cases and, where asked, their files."""
    generator = np.random.default_rng(5)
    found, files = [], {}
    groups = ("right", "right", "right", "wrong", "wrong", "wrong", "borderline", "borderline", "borderline")
    for number, group in enumerate(groups):
        path = f"exemplars/{number}.npz" if with_files else ""
        if with_files:
            ring = np.hypot(*np.meshgrid(np.arange(28) - 14, np.arange(28) - 14))
            image = (255 * np.exp(-(((ring - 7) / 2.2) ** 2))).astype(np.uint8)
            coarse = generator.normal(0, 1, (7, 7)) * (np.kron(np.ones((7, 7)), np.ones((1, 1))))
            maps = {f"map:{name}": np.kron(coarse, np.ones((4, 4))).astype(np.float32) for name in METHODS[:4]}
            sink = io.BytesIO()
            np.savez(sink, image=image, **maps)  # type: ignore[arg-type]
            write_atomically(run / path, sink.getvalue())
            files[path] = sha256(sink.getvalue())
        top = {name: tuple((patches()[7 * k + number % 7], 0.2 - 0.03 * k) for k in range(5)) for name in METHODS[:4]}
        found.append(
            Exemplar(
                sample_id=f"{number:02d}f3a9c11b2c{number}",
                rule=f"{group}, confidence nearest the median of its class",
                group=group,
                label=number,
                predicted=number if group == "right" else (number + 5) % 10,
                probability=0.981,
                top=top,
                file=path,
            )
        )
    return tuple(found), files


def write(run: Path, **changed: Any) -> Report:
    """Write report.json and its files into `run`; `changed` replaces fields of the report. Returns the report."""
    run.mkdir(parents=True, exist_ok=True)
    the_plan = changed.pop("plan", plan())
    shown, files = exemplars(run, with_files=the_plan.get("examples") == "full")
    fields: dict[str, Any] = {
        "plan": the_plan,
        "prepared": prepared(),
        "evidence": {"samples": sha256(b"samples"), "curves": sha256(b"curves")},
        "protocols": {},
        "results": results(),
        "findings": findings(),
        "thresholds_sha256": sha256(b"gates"),
        "exemplars": shown if the_plan.get("examples") != "none" else (),
        "files": files,
    }
    report = Report(**(fields | changed))
    write_atomically(run / "report.json", canonical_json(report))
    return report
