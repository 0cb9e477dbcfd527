"""SARIF 2.1.0: gates as results that point at their line in the plan, for code scanning.

A gate not met or not evaluated is `fail` with level error (a gate that was not evaluated is never silent), an inconclusive one
`open`, a met one `pass`; the standard reserves levels other than none for `fail`. A waiver is an accepted suppression. With an
earlier run, `baselineState` says what became of each gate.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from auditor.publish.finished import FinishedRun
from auditor.publish.gate_outcomes import Outcome, status_of
from auditor.report.words import title

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_KINDS = {"met": "pass", "not met": "fail", "inconclusive": "open", "not evaluated": "fail"}
_BASE = "AUDIT_RUN"


def sarif(run: FinishedRun, found: tuple[Outcome, ...], plan: str) -> bytes:
    """The log, for `found` of `outcomes`.

    Args:
        run: the run.
        found: the gates.
        plan: the plan's path as the repository knows it.
    """
    rules = list(dict.fromkeys(_rule_id(one) for one in found))
    started, ended, _ = run.times
    times = {"startTimeUtc": started, "endTimeUtc": ended} if started and ended else {}
    status = status_of(found)
    one_run = {
        "tool": {
            "driver": {
                "name": "auditor",
                "version": run.report.prepared.environment.auditor or "0",
                "rules": [_rule(rule, found) for rule in rules],
            }
        },
        "invocations": [{"executionSuccessful": True, "exitCode": status, **times}],
        "originalUriBaseIds": {_BASE: {"description": {"text": "The run directory of the audit."}}},
        "artifacts": [
            {"location": {"uri": _uri(plan)}, "roles": ["analysisTarget"]},
            *(
                {"location": {"uri": name, "uriBaseId": _BASE}, "hashes": {"sha-256": digest}}
                for name, digest in sorted(run.digests.items())
            ),
        ],
        "results": [_result(one, rules, plan) for one in found],
        "properties": {"reportId": run.report_id, "modelSha256": run.report.prepared.model.state_sha256},
        "columnKind": "unicodeCodePoints",
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [one_run]}
    return (json.dumps(log, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _rule_id(one: Outcome) -> str:
    return f"gate/{one.finding.results[0][0] if one.finding.results else one.finding.id}"


def _rule(rule: str, found: tuple[Outcome, ...]) -> dict[str, Any]:
    name = title(rule.removeprefix("gate/"))
    bounds = sorted({f"{one.name} {one.finding.bound}".strip() for one in found if _rule_id(one) == rule})
    return {
        "id": rule,
        "name": "".join(word.capitalize() for word in rule.replace("/", "_").split("_")),
        "shortDescription": {"text": f"Gate on {name[0].lower()}{name[1:]}."},
        "fullDescription": {"text": f"Bounds of the audit plan on this result: {'; '.join(bounds)}."},
        "help": {
            "text": "The bound was set in the plan before the run and is decided on the whole interval. See the audit report.",
            "markdown": "The bound was set in the plan before the run and is decided on the **whole interval**. "
            "See the audit report.",
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["audit", "model"]},
    }


def _plain(text: str) -> str:
    """A message that holds no link (SARIF 2.1.0, 3.11.6) and nothing that turns its order around."""
    return _LINK.sub(r"\\\g<0>", _TURNED.sub("\ufffd", text))


_LINK = re.compile(r"[\\\[\]]")
_TURNED = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _result(one: Outcome, rules: list[str], plan: str) -> dict[str, Any]:
    gate = one.finding
    kind = _KINDS[gate.status]
    text = " ".join(part for part in (gate.statement, gate.next_step and f"Next: {gate.next_step}") if part)
    region = {"region": {"startLine": one.line}} if one.line else {}
    result: dict[str, Any] = {
        "ruleId": _rule_id(one),
        "ruleIndex": rules.index(_rule_id(one)),
        "kind": kind,
        "level": "error" if kind == "fail" else "none",
        "message": {"text": _plain(text)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(plan), "index": 0}, **region}}],
        "partialFingerprints": {"auditorGate/v1": one.fingerprint},
        "properties": {"gate": one.name, "status": gate.status, "limit": gate.bound, "unit": gate.unit},
    }
    if gate.value is not None:
        result["properties"]["value"] = gate.value
    if gate.low is not None and gate.high is not None:
        result["properties"]["ci"] = [gate.low, gate.high]
    if one.waiver:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": one.waiver}]
    if one.baseline:
        result["baselineState"] = one.baseline
    return result


def _uri(path: str) -> str:
    return quote(path, safe="/-._~")
