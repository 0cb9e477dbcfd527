"""RFC 3161 time stamps: a third party's signed statement that a digest existed at a time. Asked for once, checked offline.

Needs the extra `sign`. A certificate is traced to a root only where one was given; without, the authority is who its
certificate says it is, and nothing vouches for that.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from pydantic import Field

from auditor.errors import AuditError
from auditor.evidence.record import Record

_SECONDS = 30
_MOST_BYTES = 1_000_000


class Stamp(Record):
    """A time stamp as it is stored."""

    url: str = Field(description="where it was asked for")
    token: str = Field(description="the time-stamp token of RFC 3161, DER in base64")
    root: str = Field("", description="certificate the authority's own is traced to, DER in base64; '' none was given")


class Witness(Record):
    """What a checked time stamp says."""

    authority: str = Field(description="name in the certificate of the authority")
    time: str = Field(description="UTC: 2026-11-21T08:00:00Z")
    certificate_sha256: str
    traced: bool = Field(description="whether the certificate was traced to a root that was given")


def available() -> bool:
    """Whether time stamps can be asked for and checked here."""
    try:
        import_module("asn1crypto.tsp")
        import_module("pyhanko.sign.validation.generic_cms")
    except ImportError:
        return False
    return True


def ask(url: str, digest: bytes, root: bytes = b"") -> Stamp:
    """A time stamp of a SHA-256 digest.

    Args:
        url: of the authority, http or https.
        root: certificate to trace the authority's to, PEM or DER; b'': none.

    Raises:
        AuditError: the authority cannot be reached, refuses, or answers something else.
    """
    _need()
    tsp, algos = import_module("asn1crypto.tsp"), import_module("asn1crypto.algos")
    if not url.lower().startswith(("http://", "https://")):
        raise AuditError("This is no address of a time-stamp authority.", found=url, expected="http://… or https://…")
    imprint = {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": digest}
    nonce = secrets.randbits(63)
    asked = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True, "nonce": nonce})
    try:
        answer = _response().load(_post(url, asked.dump()))
        status, token = answer["status"]["status"].native, answer["time_stamp_token"]
        told = token["content"]["encap_content_info"]["content"].parsed if status.startswith("granted") else None
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise _answered(url, f"no time-stamp response ({str(problem)[:100]})") from problem
    if told is None:
        raise _answered(url, f"status {status}")
    if told["nonce"].native != nonce:
        raise _answered(url, "an answer to another request (its nonce differs)")
    stamp = Stamp(url=url, token=base64.b64encode(token.dump()).decode(), root=base64.b64encode(_der(root)).decode())
    check(stamp, digest)
    return stamp


def check(stamp: Stamp, digest: bytes) -> Witness:
    """Check a stored time stamp of a digest, offline.

    Raises:
        AuditError: it is no time stamp, one of another digest, its signature is wrong, or it does not lead to the root.
    """
    _need()
    cms, x509 = import_module("asn1crypto.cms"), import_module("asn1crypto.x509")
    validation = import_module("pyhanko.sign.validation.generic_cms")
    context = import_module("pyhanko_certvalidator").ValidationContext
    try:
        signed = cms.ContentInfo.load(base64.b64decode(stamp.token, validate=True))["content"]
        told = signed["encap_content_info"]["content"].parsed
        certificates = [one.chosen for one in signed["certificates"]]
        own = _signer(signed, certificates)
        roots = [x509.Certificate.load(base64.b64decode(stamp.root))] if stamp.root else [own, *certificates]
        moment = told["gen_time"].native
        around = context(trust_roots=roots, other_certs=certificates, moment=moment, allow_fetching=False)

        def imprint(name: str) -> bytes:
            return digest if name == "sha256" else hashlib.new(name, b"").digest()

        import asyncio  # here: every report reads stored stamps' fields, few check one

        work = validation.validate_tst_signed_data(signed, around, imprint)
        with ThreadPoolExecutor(1) as own_loop:  # a notebook runs a loop of its own in this thread
            found = own_loop.submit(asyncio.run, work).result()
    except Exception as problem:  # whatever a hostile token makes of the parsers, it is no valid time stamp
        raise _invalid(f"{type(problem).__name__}: {str(problem)[:150]}") from problem
    if not found["intact"]:
        raise _invalid("it is of another digest, or was changed")
    if not found["valid"]:
        raise _invalid("its signature does not verify")
    if stamp.root and not _trusted(found):
        raise _invalid("the authority's certificate does not lead to the given root")
    name = own.subject.native.get("common_name") or own.subject.human_friendly
    return Witness(
        authority=str(name)[:200],
        time=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        certificate_sha256=hashlib.sha256(own.dump()).hexdigest(),
        traced=bool(stamp.root),
    )


def _trusted(found: dict[str, Any]) -> bool:
    return found.get("validation_path") is not None and not found.get("trust_problem_indic")


def _signer(signed: Any, certificates: list[Any]) -> Any:
    """The certificate of the one signer, for time stamping."""
    (info,) = signed["signer_infos"]
    sid = info["sid"].chosen
    by_issuer = isinstance(sid, import_module("asn1crypto.cms").IssuerAndSerialNumber)
    for one in certificates:
        own = (one.issuer, one.serial_number) if by_issuer else one.key_identifier
        if own == ((sid["issuer"], sid["serial_number"].native) if by_issuer else sid.native):
            usage = one.extended_key_usage_value
            if usage is None or "time_stamping" not in usage.native:
                raise ValueError("the signer's certificate is not for time stamping")
            return one
    raise ValueError("the signer's certificate is not in the token")


def _response() -> Any:
    """The type of a response; a refusal has no token, which the library's own type does not allow."""
    core, tsp, cms = (import_module(f"asn1crypto.{name}") for name in ("core", "tsp", "cms"))
    fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]
    return type("Response", (core.Sequence,), {"_fields": fields})


def _post(url: str, content: bytes) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, content, headers), timeout=_SECONDS) as answer:
            received: bytes = answer.read(_MOST_BYTES)
    except (OSError, ValueError, urllib.error.URLError) as problem:
        raise AuditError(
            "The time-stamp authority cannot be reached.",
            found=f"{url}: {getattr(problem, 'reason', problem)}",
            expected="an RFC 3161 service",
            fix="check the address and the network; without --timestamp the thresholds are frozen, witnessed by nobody",
        ) from problem
    return received


def _der(certificate: bytes) -> bytes:
    """A certificate in DER, from PEM or DER; b'' stays."""
    if not certificate:
        return b""
    try:
        der = import_module("asn1crypto.pem").unarmor(certificate)[2] if b"-----BEGIN" in certificate else certificate
        import_module("asn1crypto.x509").Certificate.load(der).subject  # noqa: B018  # parsing is lazy
    except (ValueError, TypeError) as problem:
        raise AuditError(
            "The certificate of the time-stamp authority cannot be read.",
            found=str(problem)[:150],
            expected="one X.509 certificate, PEM or DER",
        ) from problem
    return bytes(der)


def _answered(url: str, found: str) -> AuditError:
    return AuditError(
        "The time-stamp authority gave no time stamp.", found=f"{url}: {found}", expected="status granted", fix="try another"
    )


def _invalid(found: str) -> AuditError:
    return AuditError(
        "The time stamp of the frozen thresholds is not valid.",
        found=found,
        expected="the file of frozen thresholds as `auditor freeze --timestamp` wrote it",
        fix="restore the file, or move it away and freeze again",
    )


def _need() -> None:
    if not available():
        raise AuditError(
            "Time stamps need a package that is not installed.",
            found="no module pyhanko",
            expected="the extra `sign`",
            fix="python -m pip install 'auditor[sign]'",
        )
