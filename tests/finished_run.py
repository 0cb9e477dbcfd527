"""A small finished run made by hand, without a model: enough of one for what reads runs."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pyarrow as pa

from auditor.evidence.facts import DataFacts, Environment, FeatureFacts, ModelFacts, Prepared
from auditor.evidence.findings import Finding, Status
from auditor.evidence.manifest import write_manifest
from auditor.evidence.record import canonical_json, sha256
from auditor.evidence.results import Estimate, Samples
from auditor.evidence.schema import PREDICTIONS
from auditor.evidence.store import Reader, shard_path, table_sha256, write_shard
from auditor.report.record import Report

TABLE = b"feature,rank\na,1\n"


def prepared() -> Prepared:
    model = ModelFacts(
        name="net",
        version="1",
        type="Net",
        classes=("a", "b"),
        head="softmax",
        output="logits",
        parameters=1,
        trainable=1,
        state_sha256="0" * 64,
        dtype="float32",
        input_shape=(2,),
        can=(),
        reasons={},
        layers=(),
        built="from the plan",
    )
    data = DataFacts(
        name="set",
        modality="tabular",
        supplied=2,
        evaluated=2,
        excluded={},
        labelled=2,
        label_counts=(1, 1),
        predicted_counts=(1, 1),
        duplicates=0,
        decoded_sha256="0" * 64,
        unit="",
        units=2,
        sampling="unknown",
        seen_in_training="unknown",
        minimum=0,
        maximum=1,
        ids="plain",
    )
    machine = Environment(
        auditor="0", packages={}, python="3", platform="Linux", device="cpu", threads=1, rows=2, determinism={}
    )
    features = FeatureFacts(kind="columns", names=("x", "y"), grid=None, description="columns")
    return Prepared(
        plan_sha256="0" * 64,
        thresholds_sha256="0" * 64,
        model=model,
        data=data,
        features=features,
        files=(),
        strata=(),
        fills=(),
        methods=(),
        exemplars=(),
        steps=2,
        environment=machine,
        seed=0,
    )


def gate(status: Status, number: int) -> Finding:
    return Finding(
        id=f"gate-{number}",
        kind="gate",
        status=status,
        statement=f"Accuracy is such that gate {number} is {status}.",
        results=(("accuracy", {}),),
        next_step="" if status == "met" else f"repair gate {number}",
    )


def report_of(run: Path, statuses: tuple[Status, ...]) -> Report:
    samples = Samples(rows=2, units=2, population="all evaluated rows")
    return Report(
        plan={"name": "small", "gates": []},
        prepared=prepared(),
        evidence={"predictions": table_sha256(Reader(run).table("predictions"))},
        protocols={},
        results=(Estimate(name="accuracy", unit="fraction", samples=samples, value=0.5, no_interval="two rows"),),
        findings=tuple(gate(status, number) for number, status in enumerate(statuses, 1)),
        thresholds_sha256="0" * 64,
        exemplars=(),
        files={"tables/ranking.csv": sha256(TABLE)},
    )


def write_pdf(path: Path, report: bytes, named: str, plan: bytes, **more: bytes) -> None:
    """A PDF of one empty page that carries what a report carries."""
    with pikepdf.new() as document:
        document.add_blank_page()
        document.docinfo["/Keywords"] = f"report-id:{named}"
        files = {
            "report.json": report,
            "plan.json": plan,
            **{name.replace("__", "."): content for name, content in more.items()},
        }
        for name, content in files.items():
            document.attachments[name] = pikepdf.AttachedFileSpec(document, content, filename=name)
        document.save(path, deterministic_id=True)


def finished_run(run: Path, statuses: tuple[Status, ...] = ("met",)) -> Report:
    """Write a whole run directory and return its report."""
    rows = {"sample_id": ["0", "1"], "variant": ["", ""], "logits": [[0.0, 1.0], [1.0, 0.0]], "error": ["", ""]}
    write_shard(shard_path(run, "predictions", "clean", 0, 2), pa.table(rows, schema=PREDICTIONS))
    (run / "evidence" / "prepared.json").write_bytes(canonical_json(prepared()))
    (run / "evidence" / "plan.json").write_bytes(b"{}")
    (run / "plan.yaml").write_bytes(b"name: small\n")
    (run / "tables").mkdir()
    (run / "tables" / "ranking.csv").write_bytes(TABLE)
    report = report_of(run, statuses)
    stored = canonical_json(report)
    (run / "report.json").write_bytes(stored)
    (run / "report.html").write_text(f"<!doctype html><code>{report.id}</code>")
    write_pdf(run / "report.pdf", stored, report.id, canonical_json(report.plan), **{"tables-ranking__csv": TABLE})
    write_manifest(run)
    return report
