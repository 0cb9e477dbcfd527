"""A card on the Hugging Face Hub: read at one commit, edited, and sent back with its files as one commit on top of that one.

One commit is all or nothing: when it fails half way, the repository is as it was. Large files go to the Hub's store before it;
what the store took and no commit names is taken up by the next try. Where the answer to the commit is lost, the Hub is asked
for its state, and what cannot be known is not claimed. Where somebody else was faster, the Hub refuses a commit on the old
state, and nothing of theirs is lost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditor.errors import AuditError
from auditor.publish.card import Edit
from auditor.publish.eval_results import dataset
from auditor.publish.extras import load

CARD = "README.md"
AGAIN = "run the same command again: it changes nothing where the commit was taken, and completes it where it was not"


@dataclass(frozen=True)
class Uploaded:
    """What the Hub answered."""

    edit: Edit
    url: str
    """Of the commit or the pull request; '' where nothing had to change."""


def upload(
    repository: str,
    make: Callable[[bytes | None, str], Edit],
    *,
    benchmark: str = "",
    create_pr: bool = False,
    dry_run: bool = False,
) -> Uploaded:
    """Edit the card of a model repository.

    Args:
        repository: "organisation/model".
        make: (the card's bytes or None, address of the card's folder) -> the edit.
        benchmark: "dataset:task"; its file is left out where the data set is no benchmark of the Hub.
        create_pr: open a pull request instead of committing.
        dry_run: read and edit, send nothing.

    Raises:
        AuditError: the repository cannot be read or written; it is as it was, unless the message says that this is not known.
    """
    hub = load("huggingface_hub", "hub", "--hub")
    api = hub.HfApi()
    try:
        commit = str(api.model_info(repository).sha)
        edit = make(_card(api, repository, commit), f"{api.endpoint}/{repository}/blob/main")
        if benchmark and "benchmark" not in (api.dataset_info(dataset(benchmark)).tags or []):
            edit = _without_benchmark(edit, benchmark)
        if dry_run or (edit.after == edit.before and not _missing(api, repository, commit, edit)):
            return Uploaded(edit, "")
    except AuditError:
        raise
    except Exception as error:
        if not _is_hubs(error):
            raise
        raise _failed(repository, error) from error
    files = {**edit.files, CARD: edit.after}
    operations = [hub.CommitOperationAdd(path_in_repo=name, path_or_fileobj=content) for name, content in files.items()]
    try:
        done = api.create_commit(
            repository, operations, commit_message="Attach the model audit", parent_commit=commit, create_pr=create_pr
        )
    except Exception as error:  # of sending alone, whatever the libraries below huggingface_hub raise
        raise _failed(repository, error, _unknown(api, repository, commit, error, create_pr)) from error
    return Uploaded(edit, str(done.pr_url or done.commit_url))


def _unknown(api: Any, repository: str, commit: str, error: Exception, create_pr: bool) -> str:
    """How the user finds out what became of a commit whose answer did not arrive; '' where it is known to be none."""
    if 400 <= _status(error) < 500 or (isinstance(error, RuntimeError) and error.__cause__ is not None):
        return ""  # refused; or a large file did not arrive, which goes before the commit
    if create_pr:
        return f"look at {api.endpoint}/{repository}/discussions whether a pull request was opened, before trying again"
    try:
        return "" if str(api.model_info(repository).sha) == commit else AGAIN
    except Exception as problem:
        if not _is_hubs(problem):
            raise
        return AGAIN


def _without_benchmark(edit: Edit, benchmark: str) -> Edit:
    files = {name: content for name, content in edit.files.items() if not name.startswith(".eval_results/")}
    note = f".eval_results left out: {dataset(benchmark)} is no benchmark of the Hub"
    return replace(edit, files=files, notes=(*edit.notes, note))


def _card(api: Any, repository: str, commit: str) -> bytes | None:
    if not api.file_exists(repository, CARD, revision=commit):
        return None
    with tempfile.TemporaryDirectory() as folder:
        return Path(api.hf_hub_download(repository, CARD, revision=commit, local_dir=folder)).read_bytes()


def _missing(api: Any, repository: str, commit: str, edit: Edit) -> bool:
    """Whether a linked file is not in the repository: the digests in the card say the rest."""
    return not set(edit.files) <= set(api.list_repo_files(repository, revision=commit))


def _is_hubs(error: Exception) -> bool:
    """An answer of the Hub, a connection that failed, or a name or token that huggingface_hub refuses."""
    return isinstance(error, OSError | ValueError) or type(error).__module__.split(".")[0] in (
        "huggingface_hub", "httpx", "httpcore", "requests"
    )  # fmt: skip


def _status(error: BaseException | None) -> int:
    """HTTP status of the Hub's answer, also of one that another error was raised from; 0: there was none."""
    while error is not None:
        if code := getattr(getattr(error, "response", None), "status_code", 0):
            return int(code)
        error = error.__cause__
    return 0


def _failed(repository: str, error: Exception, unknown: str = "") -> AuditError:
    code = _status(error)
    fix = {
        401: "log in with `hf auth login`, or set HF_TOKEN to a token that may write there",
        403: "use a token that may write there, or open a pull request with --create-pr",
        404: "check the name (organisation/model), and that the token may read it",
        409: "somebody else committed meanwhile: run the same command again",
        412: "somebody else committed meanwhile: run the same command again",
        429: "the Hub wants fewer requests: wait some minutes, then run the same command again",
    }.get(code, "check the connection and run the same command again")
    if code >= 500:
        fix = "the Hub has trouble of its own: run the same command again later"
    said = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
    return AuditError(
        f"It is not known whether the card of {repository} was changed."
        if unknown
        else f"The card of {repository} was not changed.",
        found=f"{f'HTTP {code}: ' if code else ''}{said}",
        expected="one commit with the card and its files; the Hub takes all of it or nothing",
        fix=unknown or fix,
    )
