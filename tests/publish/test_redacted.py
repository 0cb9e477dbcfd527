"""Redacted copies of real runs: what is left out, what stays, and that they verify and render by themselves."""

from __future__ import annotations

import errno
import json

import pytest
from typer.testing import CliRunner

import auditor.report.render as rendering
from auditor.cli import app
from auditor.document import render
from auditor.evidence.store import Reader
from auditor.report.pdf import PangoMissing
from auditor.run.audit import audit
from auditor.verify import verify
from tests.run import private_subjects as planted
from tests.run.test_privacy import everything

GROUPS = "groups: [sex]\ngates: [{result: worst_group, at_least: 0.9}, {result: accuracy, at_least: 0.1}]\n"


def no_pdf(*_):
    raise PangoMissing("not in this test")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Finished runs of a text and of a table with groups, both with full examples."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "_pdf", no_pdf)
        for modality, rest in (("text", ""), ("tabular", GROUPS)):
            plan = planted.write(tmp_path_factory.mktemp("subject") / "x", modality, "full", rest)
            made[modality] = tmp_path_factory.mktemp("full") / "run"
            audit(plan, made[modality])
            render(made[modality])
        yield made


def redact(run, copy, *options, status=0):
    done = CliRunner().invoke(app, ["redact", str(run), "--out", str(copy), "--json", *options])
    assert done.exit_code == status, done.output
    return json.loads(done.stdout) if status == 0 else done.output


@pytest.mark.parametrize("modality", ["text", "tabular"])
def test_a_copy_shows_no_row_has_new_ids_verifies_and_names_what_it_was_made_from(runs, tmp_path, modality):
    run, copy = runs[modality], tmp_path / "copy"
    answer = redact(run, copy)
    content, before = everything(copy), json.loads((run / "report.json").read_text())
    assert not [secret for secret in planted.SECRETS if secret.encode() in content]
    assert not [name for name in Reader(run).table("samples")["sample_id"].to_pylist() if name.encode() in content]
    assert not (copy / "exemplars").exists() and not (copy / "evidence" / "inputs").exists()
    report = json.loads((copy / "report.json").read_text())
    assert report["redacted"]["report_id"] == answer["redacted_from"] and report["exemplars"] == []
    assert answer["redacted_from"] in (copy / "report.html").read_text("utf-8")
    assert verify(copy).report_id == answer["report_id"]
    same = [one for one in before["results"] if one["name"] not in ("label_issues", "confident_errors")]
    assert same == [one for one in report["results"] if one["name"] not in ("label_issues", "confident_errors")]


def test_rows_of_a_copy_still_belong_together(runs, tmp_path):
    redact(runs["tabular"], tmp_path / "copy")
    old, new = Reader(runs["tabular"]), Reader(tmp_path / "copy")
    labels = {name: sorted(reader.table("samples")["label"].to_pylist()) for name, reader in (("old", old), ("new", new))}
    assert labels["old"] == labels["new"]
    ids = set(new.table("samples")["sample_id"].to_pylist())
    for table in ("predictions", "attributions", "curves"):
        assert set(new.table(table)["sample_id"].to_pylist()) == ids


def test_the_key_of_the_new_ids_is_kept_only_where_it_is_asked_for(runs, tmp_path):
    key = tmp_path / "keys" / "key"
    redact(runs["text"], tmp_path / "a", "--key", str(key))
    assert len(key.read_text().strip()) == 64 and key.stat().st_mode & 0o077 == 0
    redact(runs["text"], tmp_path / "b", "--keep-ids")
    ids = [set(Reader(run).table("samples")["sample_id"].to_pylist()) for run in (runs["text"], tmp_path / "a", tmp_path / "b")]
    assert ids[0] == ids[2] and not ids[0] & ids[1]


def test_without_groups_only_aggregates_are_left_and_a_gate_keeps_its_outcome(runs, tmp_path):
    redact(runs["tabular"], tmp_path / "copy", "--drop-groups")
    report, before = (json.loads((run / "report.json").read_text()) for run in (tmp_path / "copy", runs["tabular"]))
    assert not list((tmp_path / "copy").rglob("*.parquet")) and report["evidence"] == {}
    assert not [one for one in report["results"] if "attribute" in one["slice"]]
    assert "attribute=sex" not in (tmp_path / "copy" / "tables" / "results.csv").read_text()
    statuses = [[one["status"] for one in each["findings"] if one["kind"] == "gate"] for each in (before, report)]
    assert statuses[0] == statuses[1]
    gate = next(one for one in report["findings"] if one["kind"] == "gate")
    assert gate["value"] is None and "withheld" in gate["statement"]
    render(tmp_path / "copy")  # by whoever received it
    verify(tmp_path / "copy")


def test_a_copy_that_fails_half_way_leaves_nothing_and_the_same_command_completes_it(runs, tmp_path, monkeypatch):
    def full(copy):
        raise OSError(errno.ENOSPC, "No space left on device", str(copy / "report.pdf"))

    options = ("--key", str(tmp_path / "key"))
    with monkeypatch.context() as patch:
        patch.setattr("auditor.document.render", full)
        assert "The disk is full." in redact(runs["text"], tmp_path / "copy", *options, status=2)
    assert list(tmp_path.rglob("*")) == [tmp_path / "copy"]
    redact(runs["text"], tmp_path / "copy", *options)


def test_a_copy_is_written_into_no_other_folder_and_of_no_changed_run(runs, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    assert "folder of its own" in redact(runs["text"], tmp_path / "full", status=2)
    assert "folder of its own" in redact(runs["text"], runs["text"] / "copy", status=2)
    assert "cannot be kept there" in redact(runs["text"], tmp_path / "c", "--key", str(tmp_path / "c" / "key"), status=2)
    stored = next((runs["text"] / "evidence" / "curves").glob("*.parquet"))
    content = stored.read_bytes()
    stored.write_bytes(content[:-1])
    assert "Integrity" in redact(runs["text"], tmp_path / "d", status=4)
    stored.write_bytes(content)
