"""Upload of a card through huggingface_hub to a stand-in of the Hub on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from huggingface_hub import constants

from auditor.errors import AuditError
from auditor.publish import card
from auditor.publish.card import Options, edit
from auditor.publish.card_figures import Figure
from auditor.publish.hub import upload
from tests.publish.cards import CARDS
from tests.publish.hub_server import MODEL, Hub, serving

BEFORE = CARDS["others' results"].encode()


@pytest.fixture(autouse=True)
def _settings(monkeypatch, tmp_path):
    monkeypatch.setattr(card, "figures", lambda run: (Figure("curves.svg", b"<svg/>", "a curve", "Verdict."),))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_TOKEN", "stand-in")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 2)


@pytest.fixture
def hub(monkeypatch) -> Iterator[Hub]:
    with serving({"README.md": BEFORE, "model.safetensors": b"weights"}) as found:
        monkeypatch.setattr(constants, "ENDPOINT", found.address)
        template = found.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield found


def sent(run, options=None, **more):
    options = options or Options()
    return upload(MODEL, lambda content, base: edit(run, content, options.on(base), "README.md"), **more)


def test_card_and_files_go_up_as_one_commit_on_the_state_that_was_read(run, hub):
    done = sent(run)
    assert done.url == f"{hub.address}/{MODEL}/commit/{hub.sha}"
    (commit,) = hub.commits
    assert set(commit["files"]) == {"README.md", *edit(run, BEFORE).files}
    base = f"{hub.address}/{MODEL}/blob/main"
    assert hub.files["README.md"] == edit(run, BEFORE, Options(base=base)).after
    assert f'url: "{base}/audit/digits/report.pdf"'.encode() in hub.files["README.md"]
    assert hub.files["audit/digits/report.pdf"] == (run.path / "report.pdf").read_bytes()
    assert hub.files["model.safetensors"] == b"weights"


def test_the_same_run_sent_again_makes_no_second_commit(run, hub):
    sent(run)
    assert sent(run).url == ""
    assert len(hub.commits) == 1
    del hub.files["audit/digits/curves.svg"]
    assert sent(run).url
    assert len(hub.commits) == 2


def test_a_pull_request_leaves_the_branch_alone(run, hub):
    assert sent(run, create_pr=True).url.endswith("/discussions/1")
    assert hub.files["README.md"] == BEFORE


def test_a_dry_run_sends_nothing(run, hub):
    assert "+  - task:" in sent(run, dry_run=True).edit.difference
    assert hub.commits == []


def test_a_repository_without_a_card_gets_a_standalone_one(run, hub):
    del hub.files["README.md"]
    sent(run)
    assert b"# digit-cnn 1.3.0" in hub.files["README.md"]


@pytest.mark.parametrize(
    ("part", "status", "fix"),
    [
        ("/commit/", 403, "--create-pr"),
        ("/commit/", 412, "run the same command again"),
        ("/preupload/", 401, "log in"),
        (f"/api/models/{MODEL}", 404, "check the name"),
    ],
)
def test_a_refusal_half_way_changes_nothing_and_says_what_to_do(run, hub, part, status, fix):
    hub.refuse = {part: status}
    with pytest.raises(AuditError, match="was not changed") as refused:
        sent(run)
    assert fix in refused.value.fix
    assert str(status) in refused.value.found
    assert hub.files["README.md"] == BEFORE


def test_a_connection_that_is_cut_half_way_changes_nothing_and_can_be_repeated(run, hub):
    hub.cut = "/commit/"
    with pytest.raises(AuditError, match="was not changed"):
        sent(run)
    assert (hub.files["README.md"], hub.commits) == (BEFORE, [])
    hub.cut = ""
    assert sent(run).url


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # huggingface_hub 1.33 itself
@pytest.mark.parametrize(("status", "fix"), [(403, "--create-pr"), (404, "check the name")])
def test_a_large_file_that_is_refused_changes_nothing_and_the_next_try_completes(run, hub, status, fix):
    hub.large, hub.refuse = (".pdf", ".svg"), {"/large/": status}
    with pytest.raises(AuditError, match="was not changed") as refused:
        sent(run)
    assert fix in refused.value.fix and f"HTTP {status}: Error while uploading" in refused.value.found
    assert (hub.files["README.md"], hub.commits) == (BEFORE, [])
    hub.refuse = {}
    assert sent(run).url
    assert hub.files["audit/digits/report.pdf"] == (run.path / "report.pdf").read_bytes()


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # huggingface_hub 1.33 itself
def test_a_server_that_is_gone_after_the_first_large_file_is_told_and_the_next_try_sends_the_rest(run, hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    hub.large, hub.dies_after = (".pdf", ".svg"), 1
    with pytest.raises(AuditError, match="was not changed") as broken:
        sent(run)
    assert "run the same command again" in broken.value.fix
    assert (hub.files["README.md"], len(hub.stored)) == (BEFORE, 1)
    hub.dies_after = 10**9
    assert sent(run).url and len(hub.stored) == 2


def test_a_commit_whose_answer_is_lost_is_not_said_to_be_none(run, hub):
    hub.short = "/commit/"
    with pytest.raises(AuditError, match="It is not known whether the card") as lost:
        sent(run)
    assert "run the same command again" in lost.value.fix and len(hub.commits) == 1
    with pytest.raises(AuditError, match="It is not known") as lost:
        sent(run, options=Options(folder="other"), create_pr=True)
    assert "/discussions" in lost.value.fix
    hub.short = ""
    assert sent(run).url == ""  # it was taken


@pytest.mark.parametrize(("status", "fix"), [(429, "wait some minutes"), (500, "trouble of its own")])
def test_a_hub_that_is_busy_or_broken_is_told_apart(run, hub, monkeypatch, status, fix):
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    hub.refuse = {"/commit/": status}
    with pytest.raises(AuditError, match="was not changed") as refused:
        sent(run)
    assert fix in refused.value.fix and f"HTTP {status}" in refused.value.found


def test_benchmark_results_go_up_only_where_the_data_set_is_a_benchmark(run, hub):
    options = Options(benchmark="org/mnist:digits")
    done = sent(run, options, benchmark=options.benchmark)
    assert ".eval_results left out: org/mnist is no benchmark" in done.edit.notes[-1]
    assert not [name for name in hub.files if name.startswith(".eval_results")]
    hub.tags = ["benchmark"]
    sent(run, options, benchmark=options.benchmark)
    from huggingface_hub import parse_eval_result_entries
    from yaml import safe_load

    (entry,) = parse_eval_result_entries(safe_load(hub.files[".eval_results/auditor-digits.yaml"]))
    assert (entry.dataset_id, entry.task_id, entry.value, entry.source_name) == ("org/mnist", "digits", 0.9912, "auditor")


def test_a_missing_package_is_named_with_the_line_that_installs_it(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(AuditError, match="not installed") as refused:
        sent(run)
    assert refused.value.fix == "python -m pip install 'auditor[hub]'"
