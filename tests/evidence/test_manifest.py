"""The manifest: every file is listed, every difference found, and nothing in a hostile manifest is believed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from auditor.errors import AuditError
from auditor.evidence.manifest import NAME, check_manifest, file_sha256, write_manifest

FILES = {
    "report.json": b"{}",
    "run.json": b"{}",
    "evidence/curves/a.parquet": b"abc",
    "evidence/prepared.json": b"",
    "log.txt": b"x",
}


@pytest.fixture
def run(tmp_path) -> Path:
    folder = tmp_path / "run"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    write_manifest(folder)
    return folder


def listed(run: Path) -> dict[str, dict[str, object]]:
    files: dict[str, dict[str, object]] = json.loads((run / NAME).read_bytes())["files"]
    return files


def hostile(run: Path, files: object) -> list[str]:
    (run / NAME).write_text(json.dumps({"schema_version": "1", "files": files}))
    return check_manifest(run)


def test_it_lists_every_file_but_itself_and_the_log_with_digest_and_size(run):
    assert listed(run) == {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in FILES.items()
        if name != "log.txt"
    }
    assert check_manifest(run) == []


def test_the_same_files_give_the_same_manifest_byte_for_byte(run):
    before = (run / NAME).read_bytes()
    write_manifest(run)
    assert (run / NAME).read_bytes() == before


@pytest.mark.parametrize("name", [name for name in FILES if name != "log.txt"])
def test_one_changed_bit_in_any_file_is_found_and_names_the_file(run, name):
    content = (run / name).read_bytes() or b"\0"
    (run / name).write_bytes(bytes([content[0] ^ 1]) + content[1:])
    found = check_manifest(run)
    assert len(found) == 1
    assert found[0].startswith(f"{name}: changed")


def test_a_missing_an_added_and_a_renamed_file_are_found(run):
    (run / "report.json").unlink()
    (run / "evidence" / "extra.parquet").write_bytes(b"")
    assert [text.partition(":")[0] for text in check_manifest(run)] == ["evidence/extra.parquet", "report.json"]
    assert "not in the manifest" in check_manifest(run)[0]


def test_the_log_and_leftovers_of_a_killed_process_are_no_difference(run):
    (run / "log.txt").write_bytes(b"more")
    (run / "evidence" / ".a.parquet.123.partial").write_bytes(b"half")
    assert check_manifest(run) == []


def test_a_log_inside_a_folder_is_a_file_like_any_other(run):
    (run / "evidence" / "log.txt").write_bytes(b"")
    assert len(check_manifest(run)) == 1


def test_a_link_in_the_place_of_a_file_is_found_even_when_its_content_is_right(run, tmp_path):
    (tmp_path / "elsewhere").write_bytes(FILES["report.json"])
    (run / "report.json").unlink()
    (run / "report.json").symlink_to(tmp_path / "elsewhere")
    assert "is a link" in check_manifest(run)[0]


def test_links_to_folders_are_named_and_not_followed(run, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("x")
    (run / "loop").symlink_to(run)
    (run / "outside").symlink_to(tmp_path / "outside")
    assert [text.partition(":")[0] for text in check_manifest(run)] == ["loop", "outside"]


def test_a_run_with_a_link_gets_no_manifest(run, tmp_path):
    (run / "link").symlink_to(tmp_path)
    with pytest.raises(AuditError, match="cannot stand in its manifest"):
        write_manifest(run)


def test_a_manifest_cannot_make_the_check_read_outside_the_run(run, tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_bytes(b"s")
    entry = {"sha256": hashlib.sha256(b"s").hexdigest(), "bytes": 1}
    opened: list[Path] = []
    monkeypatch.setattr("auditor.evidence.manifest.file_sha256", lambda path: opened.append(path) or file_sha256(path))
    found = hostile(run, {**listed(run), "../secret": entry, str(secret): entry, "evidence/../../secret": entry})
    assert len(found) == 3
    assert all("missing" in text for text in found)
    assert all(path.resolve().is_relative_to(run.resolve()) for path in opened)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"files": []}',
        b'{"files": {"a": 3}}',
        b'{"schema_version": "2", "files": {}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_junk_in_the_place_of_the_manifest_is_one_difference(run, content):
    (run / NAME).write_bytes(content)
    found = check_manifest(run)
    assert len(found) == 1
    assert found[0].startswith("manifest.json: ")


def test_a_missing_manifest_a_link_and_a_folder_are_differences(run, tmp_path):
    content = (run / NAME).read_bytes()
    (run / NAME).unlink()
    assert check_manifest(run) == ["manifest.json: missing; without it no file can be checked"]
    (tmp_path / "m").write_bytes(content)
    (run / NAME).symlink_to(tmp_path / "m")
    assert "no manifest" in check_manifest(run)[0]
    (run / NAME).unlink()
    (run / NAME).mkdir()
    assert len(check_manifest(run)) == 1


def test_entries_of_the_wrong_kind_are_differences(run):
    entry = listed(run)["report.json"]
    assert hostile(run, {**listed(run), "report.json": {}})[0].startswith("report.json: changed")
    assert "size is 2 bytes" in hostile(run, {**listed(run), "report.json": {**entry, "bytes": "two"}})[0]


def test_a_name_that_would_steer_the_terminal_is_printed_as_codes(run):
    assert hostile(run, {**listed(run), "\x1b[2Jx": {}}) == [r"\x1b[2Jx: missing, although the manifest lists it"]
