"""Evidence to report.json: measure, judge, choose what to show. The same evidence gives the same bytes."""

from __future__ import annotations

from pathlib import Path

from auditor.evidence.atomic import write_atomically
from auditor.evidence.beforehand import read_beforehand
from auditor.evidence.facts import ExemplarFact
from auditor.evidence.model_summary import of_facts
from auditor.evidence.record import canonical_json, sha256
from auditor.evidence.robustness_facts import SHEET
from auditor.evidence.schema import TABLES
from auditor.evidence.store import Reader, table_sha256
from auditor.judge.verdict import primary_fill
from auditor.measure import Example, measure_all
from auditor.plan.digest import thresholds_sha256
from auditor.report.clauses import with_clauses
from auditor.report.judging import judged
from auditor.report.record import Exemplar, Report
from auditor.report.result_csv import RESULTS, results_csv
from auditor.report.stored_plan import stored_plan as stored_plan


def build_report(run: Path, earlier: Path | None = None) -> Report:
    """Measure and judge a run's evidence, write `report.json`, `model.json` and `tables/*.csv`, and return the report.

    Args:
        run: a run directory with `evidence/plan.json`, `evidence/prepared.json` and the tables.
        earlier: folder of the run the plan names as the one before; None: not at hand.

    Raises:
        AuditError: the folder holds no evidence of an audit, or a gate names no result.
    """
    reader = Reader(run)
    plan, written = stored_plan(run)
    prepared = reader.prepared
    resolved = plan.model_copy(update={"primary": plan.primary.model_copy(update={"fill": primary_fill(plan, prepared)})})
    measured = measure_all(reader, resolved, {gate.result for gate in plan.gates})
    exemplars = _exemplars(run, prepared.exemplars, measured.examples)
    tables = measured.tables | {RESULTS: results_csv(measured.results)}
    files = {path: sha256(content) for path, content in tables.items()}
    files |= {path: sha256((run / path).read_bytes()) for one in exemplars for path in (one.file, one.maps) if path}
    if prepared.robustness and plan.examples == "full" and (run / SHEET).is_file():
        files[SHEET] = sha256((run / SHEET).read_bytes())
    draft = Report(
        plan=written,
        prepared=prepared,
        evidence={name: table_sha256(reader.table(name)) for name in TABLES if reader.has(name)},
        protocols=measured.protocols,
        results=measured.results,
        findings=(),
        thresholds_sha256=thresholds_sha256(plan),
        exemplars=exemplars,
        files=dict(sorted(files.items())),
        beforehand=read_beforehand(run),
    )
    report, listed = with_clauses(run, judged(run, draft, resolved, earlier), resolved)
    for path, content in (tables | listed).items():
        write_atomically(run / path, content)
    write_atomically(run / "model.json", of_facts(prepared.model).to_json().encode())
    write_atomically(run / "report.json", canonical_json(report))
    return report


def _exemplars(run: Path, facts: tuple[ExemplarFact, ...], examples: dict[str, Example]) -> tuple[Exemplar, ...]:
    """The prepared examples that were evaluated, in their order; `file` names the picture where one was stored."""
    shown = []
    for number, fact in enumerate(facts):
        if fact.sample_id not in examples:
            continue
        example, file, maps = examples[fact.sample_id], f"exemplars/{number}.npz", f"exemplars/{number}-maps.npz"
        shown.append(
            Exemplar.model_validate(
                {
                    "sample_id": fact.sample_id,
                    "rule": fact.rule,
                    "group": fact.group,
                    "label": example.label,
                    "labels": example.labels,
                    "called": example.called,
                    "predicted": example.predicted,
                    "probability": example.probability,
                    "top": example.top,
                    "file": file if (run / file).is_file() else "",
                    "maps": maps if (run / maps).is_file() else "",
                }
            )
        )
    return tuple(shown)
