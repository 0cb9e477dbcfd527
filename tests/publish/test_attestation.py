"""in-toto statements, and signatures of models compared with what was audited."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from auditor.errors import AuditError, VerificationError
from auditor.evidence.facts import FileFact
from auditor.evidence.model_signing import signing_facts
from auditor.publish.attestation import attestation
from auditor.publish.gate_outcomes import outcomes
from auditor.publish.model_signing import PREDICATE, compare, read_signature, root_digest
from tests.publish import a_run
from tests.report import sample


def statements(run, base="", **options):
    return [json.loads(line) for line in attestation(run, outcomes(run, **options), base).decode().splitlines()]


def with_statuses(folder: Path, *statuses: str):
    gate = a_run.findings()[0]
    return a_run.write(folder, findings=tuple(gate.model_copy(update={"status": status}) for status in statuses))


def test_the_subject_is_the_audited_weight_file_in_both_statements(run):
    file = run.report.prepared.files[0]
    for statement in statements(run):
        assert statement["_type"] == "https://in-toto.io/Statement/v1"
        assert statement["subject"] == [{"name": "cnn.pth", "digest": {"sha256": file.sha256}}]


def test_gates_are_listed_by_what_became_of_them(run):
    predicate = statements(run)[0]["predicate"]
    assert predicate["result"] == "FAILED"
    assert predicate["passedTests"] == ["accuracy ≥ 0.98"]
    assert predicate["failedTests"] == ["overconfidence ≤ 0.02"]
    assert predicate["warnedTests"] == ["recall.class=3 ≥ 0.95", "worst_group ≥ 0.9"]
    assert predicate["configuration"][0]["digest"] == {"sha256": run.digests["plan.yaml"]}
    waived = statements(run, waivers={"gate-2": "board"})[0]["predicate"]
    assert (waived["result"], len(waived["warnedTests"])) == ("WARNED", 3)


@pytest.mark.parametrize(
    ("statuses", "result"),
    [(("met",), "PASSED"), (("met", "inconclusive"), "WARNED"), (("not evaluated",), "WARNED"), ((), "WARNED"),
     (("met", "not met"), "FAILED")],
)  # fmt: skip
def test_passed_means_that_every_gate_was_met_and_there_was_one(tmp_path, statuses, result):
    assert statements(with_statuses(tmp_path / "run", *statuses))[0]["predicate"]["result"] == result


def test_the_report_is_referenced_where_it_lies_with_its_digest(run):
    references = statements(run, "https://example.org/audit/")[1]["predicate"]["references"]
    pdf = next(one for one in references if one["name"] == "report.pdf")
    assert pdf["downloadLocation"] == "https://example.org/audit/report.pdf"
    assert (pdf["mediaType"], pdf["digest"]) == ("application/pdf", {"sha256": run.digests["report.pdf"]})


def bundle(path: Path, resources: dict[str, str], root: str | None = None, kind: str = PREDICATE) -> Path:
    """A model.sig as model_signing 1.1 lays it out; the signature itself is not looked at."""
    whole = hashlib.sha256(b"".join(bytes.fromhex(digest) for _, digest in sorted(resources.items()))).hexdigest()
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "digit-cnn", "digest": {"sha256": root or whole}}],
        "predicateType": kind,
        "predicate": {
            "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False},
            "resources": [{"name": n, "algorithm": "sha256", "digest": d} for n, d in sorted(resources.items())],
        },
    }
    envelope = {"payload": base64.b64encode(json.dumps(statement).encode()).decode(), "signatures": [{"sig": "AA=="}]}
    path.write_text(json.dumps({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": envelope}))
    return path


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_root_digest_is_over_the_raw_digests_in_the_order_of_names(tmp_path, run):
    assert root_digest(run.report) == hashlib.sha256(bytes.fromhex(run.report.prepared.files[0].sha256)).hexdigest()
    files = tuple(FileFact(name=name, role=role, bytes=1, sha256=digest(name)) for name, role in
                  (("b.pt", "weights"), ("data.npz", "data"), ("a.pt", "weights")))  # fmt: skip
    two = a_run.write(tmp_path / "run", prepared=sample.prepared().model_copy(update={"files": files}))
    assert root_digest(two.report) == hashlib.sha256(bytes.fromhex(digest("a.pt") + digest("b.pt"))).hexdigest()


def test_a_signature_over_the_audited_file_agrees_alone_or_with_others_beside_it(run, tmp_path):
    file = run.report.prepared.files[0]
    alone = read_signature(bundle(tmp_path / "model.sig", {".": file.sha256}))
    assert alone.root == root_digest(run.report)
    assert "exactly these files" in compare(run.report, alone)
    more = read_signature(bundle(tmp_path / "model.sig", {"weights/cnn.pth": file.sha256, "config.json": digest("c")}))
    assert "other files" in compare(run.report, more)


def test_a_signature_over_other_weights_or_one_that_contradicts_itself_is_a_difference(run, tmp_path):
    with pytest.raises(VerificationError, match=r"cnn\.pth: not among"):
        compare(run.report, read_signature(bundle(tmp_path / "model.sig", {"cnn.pth": digest("other")})))
    with pytest.raises(VerificationError, match="root digest"):
        read_signature(bundle(tmp_path / "model.sig", {"cnn.pth": digest("x")}, root=digest("y")))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"dsseEnvelope": {"payload": "%%"}}', b'{"dsseEnvelope": {"payload": "e30="}}']
)
def test_what_is_no_signature_is_the_users_to_fix(tmp_path, content):
    (tmp_path / "model.sig").write_bytes(content)
    with pytest.raises(AuditError) as refused:
        read_signature(tmp_path / "model.sig")
    assert refused.value.fix
    with pytest.raises(AuditError):
        read_signature(bundle(tmp_path / "model.sig", {}, kind="https://slsa.dev/provenance/v1"))


@pytest.mark.parametrize(
    ("signed", "found", "said"),
    [(["cnn"], "equal", "exactly these files"), (["cnn", "other"], "more", "these files and others"),
     (["other"], "differs", "does not speak of this model"), ([], "none", "No model.sig")],
)  # fmt: skip
def test_a_run_says_what_the_signature_beside_its_weights_speaks_of(tmp_path, signed, found, said):
    digest = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("cnn", "other")}
    roles = {"cnn": "weights", "other": "model code"}
    files = [FileFact(name=name, role=role, bytes=1, sha256=digest[name]) for name, role in roles.items()]
    if signed:
        root = hashlib.sha256(b"".join(bytes.fromhex(digest[name]) for name in signed)).hexdigest()
        resources = [{"name": name, "digest": digest[name], "algorithm": "sha256"} for name in signed]
        subject = [{"name": "m", "digest": {"sha256": root}}]
        statement = {"predicateType": PREDICATE, "subject": subject, "predicate": {"resources": resources}}
        payload = base64.b64encode(json.dumps(statement).encode()).decode()
        (tmp_path / "model.sig").write_text(json.dumps({"dsseEnvelope": {"payload": payload}}))
    facts = signing_facts(files, tmp_path)
    assert facts.signature == found and said in facts.said
    assert facts.root_sha256 == hashlib.sha256(bytes.fromhex(digest["cnn"])).hexdigest()


def test_a_signature_that_cannot_be_read_is_said_to_be_so_and_a_model_without_files_has_none(tmp_path):
    (tmp_path / "model.sig").write_text("{}")
    file = FileFact(name="cnn", role="weights", bytes=1, sha256="1" * 64)
    assert signing_facts([file], tmp_path).signature == "unreadable"
    assert signing_facts([], tmp_path) is None
