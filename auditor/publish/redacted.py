"""A copy of a finished run that may be handed on: no inputs, pictures, texts or lists of single rows, and new ids.

What is left are the results as they were measured. Evidence tables keep their numbers under new ids, so that the results can be
measured again; without groups not even these are left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from auditor.evidence.atomic import write_atomically
from auditor.evidence.comparison import EXTREMES, Comparison
from auditor.evidence.facts import Prepared
from auditor.evidence.findings import Finding
from auditor.evidence.identity import fingerprint, hashed_id
from auditor.evidence.record import canonical_json, sha256
from auditor.evidence.redaction import Redaction, outwards, without_extremes
from auditor.evidence.results import NotEvaluated, Result
from auditor.evidence.schema import TABLES
from auditor.evidence.store import Reader, shard_path, table_sha256, write_shard
from auditor.plan import AuditPlan
from auditor.plan.stored import stored_plan
from auditor.plan.write import plan_yaml
from auditor.publish.finished import FinishedRun
from auditor.publish.redacted_words import without_order
from auditor.report.result_csv import RESULTS, results_csv

ROWS = ("label_issues", "confident_errors")
"""Results that list single rows."""
NO_ROWS = "withheld: a redacted copy lists no single row"
NO_GROUPS = "withheld: a redacted copy without groups holds no result by group"
_IDS = {"sample_id": "", "unit": "unit ", "digest": "digest ", "group": ""}
"""Columns of the tables that name a row -> what is put before the name when it is hashed, as where they were first hashed."""
NO_EXTREMES = {"old": "withheld", "new": "withheld"}
_LEFT_OUT = ("inputs",)
_BESIDE = ("findings.json", "frameworks.json", "evidence/beforehand.json")


def write_copy(run: FinishedRun, copy: Path, key: bytes | None, groups: bool = True) -> None:
    """Write everything of the copy but its pages and its manifest.

    Args:
        run: the finished run.
        copy: an empty folder.
        key: what ids are hashed with; None: they stay as they are.
        groups: whether results by group, and evidence tables, stay.
    """
    plan = _plan(run.report.plan, groups)
    prepared = _prepared(run.report.prepared, key)
    evidence = _tables(run.path, copy, key, prepared.features.kind == "words") if groups else {}
    write_atomically(copy / "evidence" / "plan.json", canonical_json(plan))
    write_atomically(copy / "evidence" / "prepared.json", canonical_json(prepared))
    for name in _BESIDE:
        if (run.path / name).is_file() and groups:
            write_atomically(copy / name, (run.path / name).read_bytes())
    results = _results(run.report.results, groups)
    files = {name: digest for name, digest in run.report.files.items() if not name.startswith("exemplars/")}
    contents = {name: (run.path / name).read_bytes() for name in (*files, "model.json") if (run.path / name).is_file()}
    if RESULTS in files:
        contents[RESULTS] = results_csv(results)
        files[RESULTS] = sha256(contents[RESULTS])
    for name, content in contents.items():
        write_atomically(copy / name, content)
    write_atomically(copy / "plan.yaml", plan_yaml(AuditPlan.model_validate(plan)).encode())
    report = run.report.model_copy(
        update={
            "plan": plan,
            "prepared": prepared,
            "evidence": evidence,
            "results": results,
            "findings": run.report.findings if groups else tuple(map(_without_groups, run.report.findings)),
            "exemplars": (),
            "files": files,
            "comparison": _comparison(run.report.comparison, groups),
            "redacted": Redaction(report_id=run.report_id, groups=groups, new_ids=key is not None),
        }
    )
    write_atomically(copy / "report.json", canonical_json(report))


def _plan(stored: Mapping[str, Any], groups: bool) -> dict[str, Any]:
    plan = stored_plan(AuditPlan.model_validate(stored)).model_dump(mode="json")
    changed: dict[str, Any] = {"examples": "none", "data": plan["data"] | {"ids": "hashed"}}
    if not groups:
        changed |= {"groups": [], "intersections": []}
    return plan | changed


def _prepared(facts: Prepared, key: bytes | None) -> Prepared:
    data: dict[str, Any] = {} if key is None else {"ids": "hashed", "id_key": fingerprint(key)}
    if facts.data.modality != "image":
        data |= {"minimum": outwards(facts.data.minimum, -1), "maximum": outwards(facts.data.maximum, 1)}
    return facts.model_copy(update={"data": facts.data.model_copy(update=data), "exemplars": ()})


def _tables(run: Path, copy: Path, key: bytes | None, words: bool) -> dict[str, str]:
    """Write the evidence tables under new ids; returns the digest of each."""
    reader, written = Reader(run), Reader(copy)
    digests = {}
    for name in TABLES:
        if name in _LEFT_OUT or not reader.has(name):
            continue
        table = reader.table(name)
        if words and name == "attributions":
            table = without_order(table)
        if name == "activations":
            table = without_extremes(table)
        if key is not None:
            table = _renamed(table, _hashing(key))
        write_shard(shard_path(copy, name, "all", 0, table.num_rows), table.cast(TABLES[name]))
        digests[name] = table_sha256(written.table(name))
    return digests


def _hashing(key: bytes) -> Callable[[str], str]:
    known: dict[str, str] = {}

    def hashed(name: str) -> str:
        if name not in known:
            known[name] = hashed_id(key, name)
        return known[name]

    return hashed


def _renamed(table: pa.Table, hashed: Callable[[str], str]) -> pa.Table:
    for column, before in _IDS.items():
        if column in table.column_names:
            names = [hashed(before + name) if name else name for name in table.column(column).to_pylist()]
            table = table.set_column(table.column_names.index(column), column, pa.array(names, pa.string()))
    return table


def _results(results: tuple[Result, ...], groups: bool) -> tuple[Result, ...]:
    kept: list[Result] = []
    for one in results:
        if one.name in ROWS:
            one = NotEvaluated(name=one.name, slice=one.slice, reason=NO_ROWS, withheld=True)
        elif not groups and one.name == "worst_group" and not one.slice:
            one = NotEvaluated(name=one.name, reason=NO_GROUPS, withheld=True)
        elif not groups and "attribute" in one.slice:
            continue
        kept.append(one)
    return tuple(kept)


def _without_groups(finding: Finding) -> Finding:
    """A finding on groups keeps its status: what was not met stays not met, without its numbers."""
    if not any(_on_groups(name, where) for name, where in finding.results):
        return finding
    names = ", ".join(sorted({name.replace("_", " ") for name, _ in finding.results}))
    said = f"On groups ({names}): {finding.status} in the report this copy was made from; the numbers are withheld here."
    return finding.model_copy(
        update={"statement": said, "value": None, "low": None, "high": None, "results": (), "criteria": (), "next_step": ""}
    )


def _comparison(made: Comparison | None, groups: bool) -> Comparison | None:
    """What changed since the release before, held to the same rule as the rest of the copy."""
    if made is None:
        return None
    hidden = {"examples_to_wrong": (), "examples_to_right": (), "withheld": NO_ROWS.removeprefix("withheld: ")}
    extremes = tuple(one.model_copy(update=NO_EXTREMES) if one.what == EXTREMES else one for one in made.data)
    changed: dict[str, Any] = {"flips": made.flips.model_copy(update=hidden), "data": extremes}
    if not groups:
        changed["changes"] = tuple(one for one in made.changes if not _on_groups(one.name, one.slice))
        changed["beside"] = tuple(one for one in made.beside if not _on_groups(one.name, one.slice))
    return made.model_copy(update=changed)


def _on_groups(name: str, where: Mapping[str, str]) -> bool:
    return "attribute" in where or name == "worst_group"
