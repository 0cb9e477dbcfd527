"""in-toto statements of an audit, ready to be signed: the test result on the model, and a reference to the report.

One statement per line (`report.intoto.jsonl`). The format knows no "inconclusive": such gates, and those that were not
evaluated, are warnings. Without gates nothing was passed, so that is a warning too.

Source: in-toto attestation framework, test-result v0.1 and reference v0.1 (https://github.com/in-toto/attestation).
"""

from __future__ import annotations

import json
from typing import Any

from auditor.publish.finished import FinishedRun
from auditor.publish.gate_outcomes import Outcome
from auditor.publish.model_signing import root_digest, weights

STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
REFERENCE = "https://in-toto.io/attestation/reference/v0.1"
MEDIA = {"report.json": "application/json", "report.pdf": "application/pdf", "report.html": "text/html"}


def attestation(run: FinishedRun, found: tuple[Outcome, ...], base: str = "") -> bytes:
    """Both statements, one JSON object per line.

    Args:
        run: the run.
        found: the gates, of `outcomes`.
        base: address of the folder the report is published in; default: file names alone.
    """
    statements = (_statement(run, TEST_RESULT, _result(run, found, base)), _statement(run, REFERENCE, _reference(run, base)))
    lines = [json.dumps(one, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for one in statements]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _statement(run: FinishedRun, kind: str, predicate: dict[str, Any]) -> dict[str, Any]:
    return {"_type": STATEMENT, "subject": _subject(run), "predicateType": kind, "predicate": predicate}


def _subject(run: FinishedRun) -> list[dict[str, Any]]:
    """The weight files that were audited; without one, the model's state under a digest name of its own."""
    model, files = run.report.prepared.model, weights(run.report)
    if not files:
        return [{"name": model.name, "digest": {"auditorStateSha256": model.state_sha256}}]
    return [{"name": file.name, "digest": {"sha256": file.sha256}} for file in files]


def _result(run: FinishedRun, found: tuple[Outcome, ...], base: str) -> dict[str, Any]:
    present = [one for one in found if one.baseline != "absent"]
    names: dict[str, list[str]] = {"passedTests": [], "warnedTests": [], "failedTests": []}
    for one in present:
        passed = one.finding.status == "met"
        failed = one.finding.status == "not met" and not one.waiver
        kind = "passedTests" if passed else "failedTests" if failed else "warnedTests"
        names[kind].append(f"{one.name} {one.finding.bound}".strip())
    result = "FAILED" if names["failedTests"] else "WARNED" if names["warnedTests"] or not present else "PASSED"
    root = root_digest(run.report)
    plan: dict[str, Any] = {"name": "plan.yaml", "digest": {"sha256": run.digests["plan.yaml"]}}
    plan["annotations"] = {
        "thresholdsSha256": run.report.thresholds_sha256,
        "dataSha256": run.report.prepared.data.decoded_sha256,
        "modelStateSha256": run.report.prepared.model.state_sha256,
        **({"modelSigningRootSha256": root} if root else {}),
    }
    return {"result": result, "configuration": [plan], **({"url": base} if base else {}), **names}


def _reference(run: FinishedRun, base: str) -> dict[str, Any]:
    references = [
        {
            "name": name,
            "downloadLocation": f"{base.rstrip('/')}/{name}" if base else name,
            "mediaType": media,
            "digest": {"sha256": run.digests[name]},
        }
        for name, media in MEDIA.items()
        if name in run.digests
    ]
    return {"attester": {"id": "auditor", "reportId": run.report_id}, "references": references}
