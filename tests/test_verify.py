"""Verification: whatever is changed in a finished run, or in a report alone, is found and named."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pikepdf
import pyarrow as pa
import pytest

from auditor.errors import AuditError, VerificationError
from auditor.evidence.manifest import write_manifest
from auditor.evidence.record import canonical_json, sha256
from auditor.evidence.schema import PREDICTIONS
from auditor.evidence.store import shard_path, write_shard
from auditor.verify import verify
from tests.finished_run import finished_run, write_pdf

ALL_FILES = (
    "evidence/plan.json",
    "evidence/prepared.json",
    "evidence/predictions/clean-00000000-000002.parquet",
    "plan.yaml",
    "report.html",
    "report.json",
    "report.pdf",
    "tables/ranking.csv",
)


@pytest.fixture
def run(tmp_path) -> Path:
    finished_run(tmp_path / "run")
    return tmp_path / "run"


def differences(path: Path) -> str:
    with pytest.raises(VerificationError) as caught:
        verify(path)
    return "\n".join(caught.value.differences)


def test_an_untouched_run_and_its_pdf_verify_to_the_same_report_id(run, tmp_path):
    whole, beside = verify(run), verify(run / "report.pdf")
    shutil.copy(run / "report.pdf", tmp_path / "alone.pdf")
    alone = verify(tmp_path / "alone.pdf")
    assert whole.report_id == beside.report_id == alone.report_id == sha256((run / "report.json").read_bytes())
    assert whole.files == len(ALL_FILES)
    assert beside.files == 1
    assert alone.files == 0
    assert "the printed pages" in alone.not_checked[0]


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_changed_byte_anywhere_in_any_file_is_found(run, name):
    content = (run / name).read_bytes()
    for place in random.Random(0).sample(range(len(content)), min(5, len(content))):
        changed = bytearray(content)
        changed[place] ^= 0x20
        (run / name).write_bytes(changed)
        assert f"{name}: " in differences(run)
    (run / name).unlink()
    assert f"{name}: missing" in differences(run)


@pytest.mark.parametrize("name", [name for name in ALL_FILES if not name.endswith(("plan.json", "plan.yaml"))])
def test_a_change_is_found_even_when_the_manifest_was_written_again(run, name):
    content = (run / name).read_bytes()
    old = b"report-id:" if name == "report.pdf" else content[len(content) // 2 :][:8]
    if name == "report.html":
        old = verify(run).report_id[:8].encode()
    (run / name).write_bytes(content.replace(old, old[:-1] + bytes([old[-1] ^ 1]), 1))
    write_manifest(run)
    assert name.removesuffix("/clean-00000000-000002.parquet") in differences(run)


def test_a_readable_table_with_another_number_is_found_when_the_manifest_was_written_again(run):
    rows = {"sample_id": ["0", "1"], "variant": ["", ""], "logits": [[0.0, 1.0], [1.0, 0.1]], "error": ["", ""]}
    write_shard(shard_path(run, "predictions", "clean", 0, 2), pa.table(rows, schema=PREDICTIONS))
    write_manifest(run)
    assert differences(run) == "evidence/predictions: its content is not what report.json was made from"


def test_the_same_rows_cut_into_other_shards_are_the_same_evidence(run):
    shard_path(run, "predictions", "clean", 0, 2).unlink()
    for row, logits in ((1, [1.0, 0.0]), (0, [0.0, 1.0])):
        part = {"sample_id": [str(row)], "variant": [""], "logits": [logits], "error": [""]}
        write_shard(shard_path(run, "predictions", "clean", row, 1), pa.table(part, schema=PREDICTIONS))
    write_manifest(run)
    verify(run)


def test_another_reports_pdf_in_the_folder_is_found(run, tmp_path):
    finished_run(tmp_path / "other", ("not met",))
    shutil.copy(tmp_path / "other" / "report.pdf", run / "report.pdf")
    found = differences(run)
    assert "report.pdf: changed" in found
    assert "report.pdf: the record inside it differs from report.json" in found
    assert "report.pdf: the record inside it differs from report.json beside it" in differences(run / "report.pdf")


def test_an_edited_record_inside_a_pdf_alone_is_found(run, tmp_path):
    stored = (run / "report.json").read_bytes()
    named, plan = sha256(stored), canonical_json({"gates": [], "name": "small"})
    path = tmp_path / "alone.pdf"
    better = stored.replace(b'"value":0.5', b'"value":0.9')
    assert better != stored
    write_pdf(path, better, named, plan)
    assert "another SHA-256 than the report id" in differences(path)
    write_pdf(path, stored.replace(b'"value":0.5', b'"value": 0.5'), named, plan)
    assert "not in canonical form" in differences(path)
    write_pdf(path, stored, named, plan.replace(b"small", b"large"))
    assert "plan.json is not the plan of the record" in differences(path)
    write_pdf(path, stored, named, plan, **{"tables-ranking__csv": b"feature,rank\nb,1\n"})
    assert "tables-ranking.csv is not a file of the record" in differences(path)
    write_pdf(path, b"no json", named, plan)
    assert "no JSON" in differences(path)
    write_pdf(path, b"[]", sha256(b"[]"), plan)
    assert "is no report" in differences(path)


def test_a_pdf_that_names_no_id_or_carries_nothing_is_no_report(tmp_path):
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(tmp_path / "empty.pdf")
    found = differences(tmp_path / "empty.pdf")
    assert "names no report id" in found
    assert "no report.json is attached" in found


def test_a_damaged_pdf_gives_an_answer_whatever_byte_was_hit(run, tmp_path):
    content, numbers = (run / "report.pdf").read_bytes(), random.Random(1)
    path = tmp_path / "damaged.pdf"
    for _ in range(60):
        changed = bytearray(content)
        for place in numbers.sample(range(len(content)), 8):
            changed[place] = numbers.randrange(256)
        path.write_bytes(changed[: numbers.choice([len(content), len(content) // 2, 200])])
        try:
            verify(path)
        except (AuditError, VerificationError) as error:
            answer = str(error)
            assert "damaged.pdf" in answer  # most bytes are found, those of an empty page need not be


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"%PDF-1.7\n" + b"x" * 100, "damaged"), (b"%PDF-", "damaged"), (b"", "is no PDF"), (b"<html>", "is no PDF")],
)
def test_a_file_that_is_no_pdf_is_told(tmp_path, content, message):
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    with pytest.raises((AuditError, VerificationError), match=message):
        verify(path)


def test_a_protected_pdf_is_told(run, tmp_path):
    with pikepdf.open(run / "report.pdf") as document:
        document.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(user="u", owner="o"))
    assert "cannot be read as a PDF" in differences(tmp_path / "locked.pdf")


def test_nothing_a_foreign_folder_and_an_unfinished_run_are_the_users_to_fix(tmp_path):
    (tmp_path / "unfinished" / "evidence").mkdir(parents=True)
    for name, message in (("nowhere", "nothing to verify"), (".", "no run directory"), ("unfinished", "not finished")):
        with pytest.raises(AuditError, match=message) as caught:
            verify(tmp_path / name)
        assert caught.value.fix


def test_a_run_without_its_manifest_is_not_verified(run):
    (run / "manifest.json").unlink()
    assert differences(run).startswith("manifest.json: missing")


def test_a_record_of_an_older_version_that_lacks_a_key_is_no_difference(run):
    record = json.loads((run / "report.json").read_bytes())
    older = canonical_json({key: value for key, value in record.items() if key != "redacted"})
    assert (run / "report.json").write_bytes(older) and (run / "report.html").write_text(sha256(older))
    write_pdf(run / "report.pdf", older, sha256(older), canonical_json(record["plan"]))
    write_manifest(run)
    assert verify(run).report_id == sha256(older)


def test_a_record_laid_out_anew_is_found_although_it_says_the_same(run):
    record = json.loads((run / "report.json").read_bytes())
    (run / "report.json").write_text(json.dumps(record, indent=1))
    write_manifest(run)
    assert "report.json: it is not in canonical form" in differences(run)


@pytest.mark.parametrize("junk", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"schema_version": "1"}'])
def test_junk_in_the_place_of_the_record_is_told(run, junk):
    (run / "report.json").write_bytes(junk)
    write_manifest(run)
    assert "report.json: this is no report of this version" in differences(run)


def test_a_record_that_names_files_outside_the_run_makes_nothing_be_read_there(run, tmp_path):
    (tmp_path / "secret").write_bytes(b"s")
    record = json.loads((run / "report.json").read_bytes())
    record["files"] = {"../secret": sha256(b"s"), "tables/\0": "0" * 64}
    (run / "report.json").write_bytes(canonical_json(record))
    write_manifest(run)
    found = differences(run)
    assert "../secret: not the file that report.json names" in found
    assert r"tables/\x00: not the file" in found


def test_a_table_name_that_leads_outside_is_answered(run):
    record = json.loads((run / "report.json").read_bytes())
    record["evidence"] = {"../../etc": "0" * 64, "samples": "0" * 64}
    (run / "report.json").write_bytes(canonical_json(record))
    write_manifest(run)
    found = differences(run)
    assert "evidence/../../etc: cannot be read" in found
    assert "evidence/samples: its content" in found
