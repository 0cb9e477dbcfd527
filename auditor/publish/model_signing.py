"""OpenSSF model signing: the root digest of the audited weight files, and whether a `model.sig` speaks of them.

The root digest is the SHA-256 over the raw SHA-256 digests of a model's files in the order of their names. A signature is read,
not verified: `model_signing verify` checks who signed; here only what was signed is compared with what was audited.

Source: OpenSSF Model Signing v1.0 (https://github.com/sigstore/model-transparency).
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.errors import AuditError, VerificationError
from auditor.evidence.facts import FileFact
from auditor.report.record import Report

PREDICATE = "https://model_signing/signature/v1.0"
_MOST_BYTES = 64_000_000


@dataclass(frozen=True)
class Signed:
    """What a signature speaks of."""

    name: str
    root: str
    """SHA-256 over the digests of the resources."""
    resources: tuple[tuple[str, str], ...]
    """(name, SHA-256) of each file that was signed."""


def weights(report: Report) -> tuple[FileFact, ...]:
    """The weight files that were audited, by name."""
    return tuple(sorted((file for file in report.prepared.files if file.role == "weights"), key=lambda file: file.name))


def root_digest(report: Report) -> str:
    """Root digest of the weight files, as a signature over exactly these has it; '' where the model came from no file."""
    return _root(file.sha256 for file in weights(report)) if weights(report) else ""


def read_signature(path: Path) -> Signed:
    """What a `model.sig` (a Sigstore bundle) speaks of.

    Raises:
        AuditError: it cannot be read, or is none.
        VerificationError: its root digest is not that of its own files.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("far too large")
        statement = json.loads(base64.b64decode(json.loads(path.read_bytes())["dsseEnvelope"]["payload"], validate=True))
        if statement["predicateType"] != PREDICATE:
            raise ValueError(f"its predicate is {str(statement['predicateType'])[:100]}")
        signed = _signed(statement)
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise AuditError(
            f"{path.name} is no signature of a model that can be read.",
            found=getattr(error, "strerror", None) or f"{type(error).__name__}: {error}",
            expected="the bundle that `model_signing sign` writes (version 1.0, SHA-256)",
            fix="name that file, or sign the model again",
        ) from error
    if signed.root != _root(digest for _, digest in signed.resources):
        raise VerificationError([f"{path.name}: its root digest is not that of the files it lists"])
    return signed


def compare(report: Report, signed: Signed) -> str:
    """What the signature says of the audited model, in a sentence.

    Raises:
        AuditError: the model came from no file, so there is nothing to compare.
        VerificationError: a weight file that was audited is not among the signed ones.
    """
    if not weights(report):
        raise AuditError(
            "There is nothing a signature could be compared with.",
            found="a model without a weight file (it was built in memory)",
            expected="a plan with `model.weights`",
            fix="audit the model from its weight file",
        )
    digests = {digest for _, digest in signed.resources}
    missing = [file.name for file in weights(report) if file.sha256 not in digests]
    if missing:
        raise VerificationError([f"{name}: not among the files that {signed.name} was signed with" for name in missing])
    same = "exactly these files were signed" if signed.root == root_digest(report) else "other files were signed beside them"
    return (
        f"The audited weights are those of the signed model {signed.name} ({same}); root digest {signed.root}. "
        "Who signed was not checked: `model_signing verify` does."
    )


def _signed(statement: dict[str, Any]) -> Signed:
    (subject,) = statement["subject"]
    resources = []
    for one in statement["predicate"]["resources"]:
        if one["algorithm"] != "sha256" or len(bytes.fromhex(one["digest"])) != 32:
            raise ValueError(f"a digest by {one['algorithm']}, not sha256 of whole files")
        resources.append((str(one["name"]), str(one["digest"]).lower()))
    return Signed(str(subject["name"]), str(subject["digest"]["sha256"]).lower(), tuple(resources))


def _root(digests: Any) -> str:
    whole = hashlib.sha256()
    for digest in digests:
        whole.update(bytes.fromhex(digest))
    return whole.hexdigest()
