"""Gates on what is exact: digests of the model, its weights and the data. Equal or not; there is nothing to estimate."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.evidence.facts import Prepared
from auditor.evidence.findings import Finding, Status
from auditor.plan.bounds import DIGESTS
from auditor.plan.fields import Gate

_WHAT = {
    "model_sha256": "SHA-256 of the model's parameters and buffers",
    "data_sha256": "SHA-256 of the decoded rows and labels",
    "weights_sha256": "SHA-256 of the file of weights",
}


def is_digest(gate: Gate) -> bool:
    """Whether a gate is on a digest."""
    return gate.result in DIGESTS


def digest_finding(gate: Gate, number: int, prepared: Prepared | None) -> Finding:
    """Met where every digest the gate means is the one set beforehand, letter case aside."""
    wanted = (gate.equals or "").lower()
    found = dict(_digests(gate, prepared)) if prepared is not None else {}
    what = _WHAT[gate.result]
    status: Status = "not evaluated" if not found else "met" if set(found.values()) == {wanted} else "not met"
    if not found:
        statement = f"The {what} was not evaluated: the plan names no such file."
        step = "Correct the gate's slice, or name the file in the plan."
    else:
        other = next(((name, value) for name, value in found.items() if value != wanted), None)
        name, value = other or next(iter(found.items()))
        of = f" {name}" if name else ""
        statement = f"The {what}{of} is {value[:12]}…; the one set beforehand is {wanted[:12]}…."
        step = "" if other is None else "Audit the version that was meant, or have the owner set the gate anew with a reason."
    return Finding(
        id=f"gate-{number}",
        kind="gate",
        status=status,
        statement=statement,
        results=((gate.result, gate.slice),),
        bound=f"= {wanted[:12]}…",
        decided_on="the value: equal or not",
        next_step=step,
    )


def _digests(gate: Gate, prepared: Prepared) -> Iterator[tuple[str, str]]:
    """(file, digest); the file is '' where the digest is of no single one."""
    if gate.result == "model_sha256":
        yield "", prepared.model.state_sha256
    elif gate.result == "data_sha256":
        yield "", prepared.data.decoded_sha256
    else:
        for fact in prepared.files:
            if fact.role.startswith("weights") and gate.slice.get("file", fact.name) == fact.name:
                yield fact.name, fact.sha256
