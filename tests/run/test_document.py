"""From evidence to documents: a run that was changed, or not finished, never becomes a report."""

import json
import shutil
from pathlib import Path

import pytest

import auditor
from auditor.errors import AuditError, VerificationError
from auditor.evidence.manifest import check_manifest, refuse_changed
from auditor.report.render import Rendered
from auditor.run.audit import audit
from tests.run import small


@pytest.fixture
def run(finished, tmp_path, monkeypatch) -> Path:
    """A finished run of its own, with a page that costs nothing."""

    def page(path, layout):
        (path / "report.html").write_text("<p>")
        return Rendered(html=path / "report.html", pdf=None, notes=())

    monkeypatch.setattr("auditor.document.render_document", page)
    copy = tmp_path / "run"
    shutil.copytree(finished[1], copy)
    auditor.render(copy)
    return copy


def test_every_file_of_a_rendered_run_stands_in_its_manifest(run):
    assert check_manifest(run) == []
    auditor.render(run)
    assert check_manifest(run) == []


def test_changed_evidence_is_refused_and_never_listed_anew(finished, run):
    manifest = (run / "manifest.json").read_bytes()
    shard = next((run / "evidence").rglob("clean-*.parquet"))
    shard.write_bytes(shard.read_bytes() + b"x")
    with pytest.raises(VerificationError, match=r"clean-00000000-000240\.parquet: changed(.|\n)*--fresh"):
        auditor.render(run)
    with pytest.raises(VerificationError):
        refuse_changed(run)
    assert (run / "manifest.json").read_bytes() == manifest


def test_an_edited_record_is_not_rendered_into_a_new_report(run):
    path = run / "report.json"
    path.write_bytes(path.read_bytes().replace(b"0.5", b"0.9"))
    with pytest.raises(VerificationError, match=r"report\.json"):
        auditor.render(run)


def test_a_lost_shard_is_computed_again_and_other_gates_are_judged_anew(finished, run, tmp_path):
    (next((run / "evidence").rglob("curves-*.parquet"))).unlink()
    plan = small.write(tmp_path, small.PLAN + "gates:\n  - {result: accuracy, at_least: 0.01}\n")
    refuse_changed(run)
    audit(plan, run)
    auditor.render(run)
    assert json.loads((run / "report.json").read_bytes())["findings"][0]["status"] == "met"
    assert check_manifest(run) == []


def test_an_unfinished_run_is_not_rendered_as_if_it_were_whole(run):
    next((run / "evidence").rglob("curves-*.parquet")).unlink()
    (run / "report.json").unlink()
    with pytest.raises(AuditError, match="no complete evidence"):
        auditor.render(run)
    assert not (run / "report.json").exists()


def test_an_interrupted_run_keeps_its_clock(tmp_path):
    class Breaker:
        def stage(self, name, total):
            if name == "curves":
                raise KeyboardInterrupt

        def advance(self, rows):
            pass

        def note(self, text):
            pass

    plan = small.write(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        audit(plan, tmp_path / "run", progress=Breaker())
    clock = json.loads((tmp_path / "run" / "run.json").read_bytes())["runs"][0]
    assert clock["finished"] is None
    assert [stage["name"] for stage in clock["stages"]][:2] == ["reading data", "predictions"]
