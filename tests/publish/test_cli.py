"""`auditor publish` from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from auditor.cli import main
from auditor.evidence.manifest import check_manifest
from auditor.plan.digest import thresholds_sha256
from auditor.plan.read import load_plan
from auditor.publish import card, cyclonedx
from auditor.publish.card_figures import Figure
from tests.publish import a_run
from tests.publish.cards import CARDS


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch):
    for module in (card, cyclonedx):
        monkeypatch.setattr(module, "figures", lambda run: (Figure("curves.svg", b"<svg/>", "a curve", "Verdict."),))


@pytest.fixture
def folder(run, tmp_path, monkeypatch) -> Path:
    """A current folder with the run in it, and the plan it was made from."""
    shutil.copytree(run.path, tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(capfdbinary):
    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["publish", *map(str, arguments)])
        out, err = capfdbinary.readouterr()
        return int(ended.value.code or 0), out.decode(), err.decode()

    return call


@pytest.mark.parametrize(
    ("name", "start"),
    [("junit", "<?xml"), ("sarif", "{"), ("summary", "## Audit"), ("bom", "{"), ("attestation", '{"_type"')],
)
def test_a_document_is_printed_or_written_and_the_run_stays_as_it_was(cli, folder, name, start):
    status, out, err = cli(name, "run")
    assert (status, err) == (0, "")
    assert out.startswith(start)
    assert cli(name, "run", "--to", "out/document")[:2] == (0, "out/document\n")
    assert Path("out/document").read_text() == out
    assert json.loads(cli(name, "run", "--json")[1])["content"] == out
    assert check_manifest(folder / "run") == []


def test_a_card_is_shown_then_written_then_unchanged(cli, folder):
    Path("README.md").write_text(CARDS["plain"])
    status, out, _ = cli("card", "run", "--dry-run")
    assert status == 0
    assert "+model-index:" in out
    assert "with ./audit/digits/report.pdf, 20 bytes" in out
    assert Path("README.md").read_text() == CARDS["plain"]
    status, out, _ = cli("card", "run")
    assert (status, out.splitlines()[-1]) == (0, str(Path("README.md").resolve()))
    assert cli("card", "run")[1] == "README.md: nothing changed\n"
    assert json.loads(cli("card", "run", "--json")[1])["written"] == []


def test_a_folder_named_for_a_card_takes_a_readme_and_for_a_document_is_refused(cli, folder):
    assert cli("card", "run", "--to", "new/")[1].splitlines()[-1] == str(folder / "new" / "README.md")
    assert cli("card", "run", "--to", "new")[1] == "new/README.md: nothing changed\n"
    for named in ("new", "other/"):
        status, out, err = cli("junit", "run", "--to", named)
        assert (status, out) == (2, "") and "not a folder" in err
    assert not Path("other").exists()


def test_an_edited_section_needs_force(cli, folder):
    assert cli("card", "run")[0] == 0
    written = Path("README.md").read_bytes()
    Path("README.md").write_bytes(written.replace(b"### Limits", b"### Limitations"))
    status, _, err = cli("card", "run")
    assert status == 2
    assert "edited by hand" in err
    assert cli("card", "run", "--force")[0] == 0
    assert Path("README.md").read_bytes() == written


def test_nothing_is_written_into_a_run_and_a_changed_run_is_not_published(cli, folder):
    status, _, err = cli("junit", "run", "--to", "run/junit.xml")
    assert status == 2
    assert "cannot lie in the run" in err
    (folder / "run" / "report.pdf").write_bytes(b"another")
    status, _, err = cli("card", "run")
    assert status == 4
    assert "report.pdf: changed" in err


@pytest.mark.parametrize("name", ["card", "junit", "sarif", "summary", "bom", "attestation", "mlflow", "wandb", "tensorboard"])
def test_a_folder_that_is_no_run_is_the_users_to_fix(cli, tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = cli(name, tmp_path)
    assert (status, out) == (2, "")
    assert "There is no report of a finished run." in err
    assert list(tmp_path.iterdir()) == []


def test_lines_come_from_the_plan_in_the_repository(cli, folder):
    from tests.plan.a_plan import GOOD

    Path("plan.yaml").write_text(GOOD)
    judged = thresholds_sha256(load_plan("plan.yaml").plan)
    run = a_run.write(folder / "other", findings=a_run.findings()[:1], thresholds_sha256=judged)
    Path("audit").mkdir()
    Path("audit/my plan.yaml").write_text(GOOD)
    results = json.loads(cli("sarif", run.path, "--plan", "audit/my plan.yaml")[1])["runs"][0]["results"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("audit/my%20plan.yaml", 16)
    assert "line 16" in cli("summary", run.path, "--plan", "audit/my plan.yaml")[1]


def test_an_earlier_run_gives_states(cli, folder):
    found = json.loads(cli("sarif", "run", "--earlier", "run")[1])["runs"][0]["results"]
    assert {one["baselineState"] for one in found} == {"unchanged"}


def test_a_signature_over_other_weights_ends_with_4(cli, folder):
    from tests.publish.test_attestation import bundle, digest

    bundle(folder / "model.sig", {"cnn.pth": digest("other")})
    assert cli("attestation", "run", "--signature", "model.sig")[0] == 4
    bundle(folder / "model.sig", {"cnn.pth": a_run.sample.prepared().files[0].sha256})
    status, out, err = cli("attestation", "run", "--signature", "model.sig")
    assert status == 0
    assert "exactly these files were signed" in err
    assert len(out.splitlines()) == 2
