"""OpenSSF model signing: the root digest of weight files, and what a `model.sig` speaks of.

The root digest is the SHA-256 over the raw SHA-256 digests of a model's files in the order of their names. A signature is read,
not verified: `model_signing verify` checks who signed; here only what was signed is compared with what was audited.

Source: OpenSSF Model Signing v1.0 (https://github.com/sigstore/model-transparency).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from auditor.errors import AuditError, VerificationError
from auditor.evidence.facts import FileFact
from auditor.evidence.manifest import file_sha256
from auditor.evidence.signing_facts import SIGNATURE, SigningFacts

PREDICATE = "https://model_signing/signature/v1.0"
_ROLES = ("weights", "model program")
_MOST_BYTES = 64_000_000


@dataclass(frozen=True)
class Signed:
    """What a signature speaks of."""

    name: str
    root: str
    """SHA-256 over the digests of the resources."""
    resources: tuple[tuple[str, str], ...]
    """(name, SHA-256) of each file that was signed."""


def weight_files(files: Iterable[FileFact]) -> tuple[FileFact, ...]:
    """The weight files among the files of an audit, by name; also those of an ensemble's members, and whole programs."""
    own = [file for file in files if file.role in _ROLES or file.role.startswith(tuple(f"{role} of " for role in _ROLES))]
    return tuple(sorted(own, key=lambda file: file.name))


def root_of(files: Iterable[FileFact]) -> str:
    """Root digest of the weight files, as a signature over exactly these has it; '' where the model came from no file."""
    weights = weight_files(files)
    return _root(file.sha256 for file in weights) if weights else ""


def signing_facts(files: Iterable[FileFact], folder: Path | None) -> SigningFacts | None:
    """What can be said of the audited files; None where the model came from no file.

    Args:
        files: of the audit.
        folder: where the weights lie; None: not known.
    """
    files = tuple(files)
    root, path = root_of(files), None if folder is None else folder / SIGNATURE
    if not root:
        return None
    if path is None or not path.is_file():
        return SigningFacts(root_sha256=root, signature="none")
    digest = file_sha256(path)
    try:
        signed = read_signature(path)
    except (AuditError, VerificationError):
        return SigningFacts(root_sha256=root, signature="unreadable", signature_sha256=digest)
    listed = {sha for _, sha in signed.resources}
    here = all(file.sha256 in listed for file in weight_files(files))
    state: Literal["equal", "more", "differs"] = "differs" if not here else "equal" if signed.root == root else "more"
    return SigningFacts(root_sha256=root, signature=state, signature_sha256=digest)


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


def _signed(statement: dict[str, Any]) -> Signed:
    (subject,) = statement["subject"]
    resources = []
    for one in statement["predicate"]["resources"]:
        if one["algorithm"] != "sha256" or len(bytes.fromhex(one["digest"])) != 32:
            raise ValueError(f"a digest by {one['algorithm']}, not sha256 of whole files")
        resources.append((str(one["name"]), str(one["digest"]).lower()))
    return Signed(str(subject["name"]), str(subject["digest"]["sha256"]).lower(), tuple(resources))


def _root(digests: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for digest in digests:
        whole.update(bytes.fromhex(digest))
    return whole.hexdigest()
