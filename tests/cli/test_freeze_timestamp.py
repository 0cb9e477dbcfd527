"""Thresholds frozen with a time stamp: asked of a stand-in authority, stored, checked offline, printed and verified."""

from __future__ import annotations

import base64
import datetime
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from auditor.errors import AuditError
from auditor.evidence import timestamp
from auditor.evidence.beforehand import Beforehand, Frozen, witnessed
from auditor.evidence.facts import FileFact
from auditor.report.gates import beforehand_notes, data_note
from auditor.verify_stamp import time_stamp
from tests.cli.test_freeze import GATED, frozen_as

pytest.importorskip("pyhanko", reason="time stamps need the extra `sign`")
NOW = datetime.datetime(2026, 11, 21, 8, 0, tzinfo=datetime.UTC)
LONG = {"sha256": "a" * 64}


def certificate(name, key, issuer, issuer_key, *, stamping):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(days=1))
        .not_valid_after(NOW + datetime.timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=not stamping, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if stamping:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(issuer_key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority():
    """(url, root certificate in PEM, answers to spoil) of an authority on this machine."""
    from asn1crypto import keys, tsp, x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from pyhanko.sign.timestamps import DummyTimeStamper
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    root_key, key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    root = certificate("Example Root", root_key, "Example Root", root_key, stamping=False)
    own = certificate("Example TSA", key, "Example Root", root_key, stamping=True)
    der = serialization.Encoding.DER
    store = SimpleCertificateStore()
    private = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    stamper = DummyTimeStamper(
        x509.Certificate.load(own.public_bytes(der)), keys.PrivateKeyInfo.load(private), store, fixed_dt=NOW
    )
    spoil: list[bytes] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            content = spoil.pop() if spoil else stamper.request_tsa_response(asked).dump()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", root.public_bytes(serialization.Encoding.PEM), spoil
    server.shutdown()
    server.server_close()


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "audit.yaml"
    path.write_text(GATED)
    return path


def held(tmp_path) -> Frozen:
    return Frozen.model_validate_json((tmp_path / "thresholds.lock.json").read_bytes())


def test_a_time_stamp_is_stored_with_the_lock_and_names_its_witness(cli, plan, tmp_path, authority):
    status, out, err = cli("freeze", plan, "--timestamp", authority[0])
    assert status == 0 and "Witnessed by Example TSA, 2026-11-21T08:00:00Z; its certificate was traced to no root." in out
    assert "nobody witnesses" not in err
    witness, unchecked = witnessed(held(tmp_path))
    assert (witness.authority, witness.time, witness.traced, unchecked) == ("Example TSA", "2026-11-21T08:00:00Z", False, "")
    before = (tmp_path / "thresholds.lock.json").read_bytes()
    assert cli("freeze", plan, "--timestamp", authority[0])[0] == 0
    assert (tmp_path / "thresholds.lock.json").read_bytes() == before


def test_a_lock_without_one_can_be_stamped_later_and_says_nobody_until_then(cli, plan, tmp_path, authority):
    assert "Witnessed by nobody." in cli("freeze", plan)[1]
    first = held(tmp_path)
    cli("freeze", plan, "--timestamp", authority[0])
    assert held(tmp_path).stamp is not None and held(tmp_path).model_copy(update={"stamp": None}) == first


def test_a_certificate_given_is_what_the_authority_must_lead_to(cli, plan, tmp_path, authority):
    (tmp_path / "root.pem").write_bytes(authority[1])
    out = cli("freeze", plan, "--timestamp", authority[0], "--authority", tmp_path / "root.pem")[1]
    assert "its certificate leads to the given root" in out and witnessed(held(tmp_path))[0].traced
    (tmp_path / "thresholds.lock.json").unlink()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    other = certificate("Other Root", other_key, "Other Root", other_key, stamping=False)
    (tmp_path / "other.pem").write_bytes(other.public_bytes(serialization.Encoding.PEM))
    status, _, err = cli("freeze", plan, "--timestamp", authority[0], "--authority", tmp_path / "other.pem")
    assert status == 2 and "does not lead to the given root" in err
    (tmp_path / "other.pem").write_bytes(b"nothing")
    assert "cannot be read" in cli("freeze", plan, "--timestamp", authority[0], "--authority", tmp_path / "other.pem")[2]


def test_what_an_authority_does_wrong_is_told_and_nothing_is_frozen(cli, plan, tmp_path, authority):
    refusal = bytes.fromhex("30053003020102")  # SEQUENCE { PKIStatusInfo { rejection } }
    for answer, said in ((b"<html>", "gave no time stamp"), (b"", "gave no time stamp"), (refusal, "rejection")):
        authority[2].append(answer)
        status, _, err = cli("freeze", plan, "--timestamp", authority[0])
        assert status == 2 and said in err and not (tmp_path / "thresholds.lock.json").exists()
    assert "cannot be reached" in cli("freeze", plan, "--timestamp", "http://127.0.0.1:9/")[2]
    assert "no address" in cli("freeze", plan, "--timestamp", "file:///etc/passwd")[2]


def outcome(stamp, digest) -> str:
    try:
        return str(timestamp.check(stamp, digest))
    except AuditError as problem:
        return "not valid" if "not valid" in problem.message else problem.message


def test_a_changed_lock_or_token_is_found(cli, plan, tmp_path, authority):
    cli("freeze", plan, "--timestamp", authority[0])
    whole = held(tmp_path)
    with pytest.raises(AuditError, match="not valid"):
        witnessed(whole.model_copy(update={"frozen": "2020-01-01T00:00:00Z"}))
    token, seen = bytearray(base64.b64decode(whole.stamp.token)), []
    for place in range(0, len(token), 97):
        spoiled = bytearray(token)
        spoiled[place] ^= 1
        stamp = whole.stamp.model_copy(update={"token": base64.b64encode(bytes(spoiled)).decode()})
        seen.append(outcome(stamp, whole.digest))
    honest = str(witnessed(whole)[0])  # of a byte that nothing is read from
    assert set(seen) <= {honest, "not valid"} and seen.count("not valid") > len(seen) / 2
    stored = json.loads((tmp_path / "thresholds.lock.json").read_bytes())
    stored["gates"] = []
    (tmp_path / "thresholds.lock.json").write_text(json.dumps(stored))
    assert "not valid" in cli("run", plan, "--out", tmp_path / "run")[2]  # before anything is computed


def test_verify_checks_it_again_and_the_report_names_the_witness(cli, plan, tmp_path, authority):
    cli("freeze", plan, "--timestamp", authority[0])
    frozen = held(tmp_path)
    before = Beforehand(frozen=frozen, witness=witnessed(frozen)[0], first=True)
    found = time_stamp(before)
    assert "says the time stamp of Example TSA" in found.checked[0] and found.not_checked and not found.differences
    other = before.witness.model_copy(update={"time": "2020-01-01T00:00:00Z"})
    assert time_stamp(before.model_copy(update={"witness": other})).differences
    assert time_stamp(before.model_copy(update={"frozen": frozen.model_copy(update={"plan": "x"})})).differences
    (note,) = beforehand_notes(before, frozen.thresholds_sha256)
    assert note.endswith("before the run began, witnessed by Example TSA, 2026-11-21T08:00:00Z.")


def test_without_the_extra_a_stamp_is_kept_and_said_to_be_unchecked(cli, plan, tmp_path, authority, monkeypatch):
    cli("freeze", plan, "--timestamp", authority[0])
    frozen = held(tmp_path)
    monkeypatch.setattr("auditor.evidence.beforehand.available", lambda: False)
    assert witnessed(frozen) == (None, "the extra `sign` is not installed")
    assert time_stamp(Beforehand(frozen=frozen)).not_checked
    unchecked = Beforehand(frozen=frozen, unchecked="the extra `sign` is not installed")
    assert "witnessed by a time stamp that was not checked" in beforehand_notes(unchecked, frozen.thresholds_sha256)[0]
    monkeypatch.setattr("auditor.evidence.timestamp.available", lambda: False)
    with pytest.raises(AuditError, match=r"Time stamps need"):
        timestamp.ask(authority[0], b"")


@pytest.mark.parametrize(
    ("data", "files", "said"),
    [
        ({}, {"a.csv": "1"}, ""),
        ({"a.csv": "1"}, {"a.csv": "1", "b.py": "2"}, "The data frozen are the data audited."),
        ({"a.csv": "1", "b.npy": "2"}, {"a.csv": "1", "b.npy": "3"}, "The data audited are not those frozen: b.npy."),
        ({"a.csv": "1"}, {}, "The data audited are not those frozen: a.csv."),
    ],
)
def test_the_data_frozen_are_compared_with_the_data_audited(data, files, said):
    facts = [FileFact(name=name, role="data", bytes=1, sha256=digest) for name, digest in files.items()]
    frozen = frozen_as("a" * 64).model_copy(update={"data": data})
    assert data_note(Beforehand(frozen=frozen), facts) == said
    assert data_note(Beforehand(), facts) == ""
