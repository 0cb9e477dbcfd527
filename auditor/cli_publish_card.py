"""What `auditor publish` writes and says: one document, or a card with its files, here or on the Hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from auditor.cli_target import file_of
from auditor.cli_voice import OK, Voice, answers
from auditor.errors import AuditError
from auditor.publish.card import Edit, Options, edit
from auditor.publish.finished import FinishedRun, finished


def to_document(run: Path, named: str | None, made: Callable[[FinishedRun], bytes], voice: Voice) -> int:
    """Write a document, or print it as it is."""
    to = file_of(named) if named is not None else None
    opened = finished(run)
    if to is not None:
        _outside(opened, to)
    content = made(opened)
    if to is None:
        if not voice.json:
            out = answers()
            out.buffer.write(content) if hasattr(out, "buffer") else out.write(content.decode())
            out.flush()
        voice.answer({"status": OK, "run": str(run), "report_id": opened.report_id, "content": content.decode()})
        return OK
    from auditor.evidence.atomic import write_atomically

    write_atomically(to, content)
    voice.say(str(to))
    voice.answer({"status": OK, "run": str(run), "report_id": opened.report_id, "written": [str(to)]})
    return OK


def to_file(run: Path, named: str, options: Options, voice: Voice, *, dry_run: bool) -> int:
    """Edit a card on disk, or show what would change."""
    from auditor.publish import card_file
    from auditor.publish.hub import CARD

    to = file_of(named, CARD)
    opened = finished(run)
    _outside(opened, to)
    made = edit(opened, card_file.read(to), options, to.name)
    _remarks(made, voice)
    if dry_run:
        return _shown(made, str(to.parent), voice)
    changed = [str(path) for path in card_file.write(to, made)]
    for path in changed:
        voice.say(path)
    if not changed:
        voice.say(f"{to}: nothing changed")
    voice.answer({"status": OK, "run": str(run), "report_id": opened.report_id, "written": changed, "notes": list(made.notes)})
    return OK


def to_hub(run: Path, repository: str, options: Options, voice: Voice, *, create_pr: bool, dry_run: bool) -> int:
    """Edit the card of a repository on the Hub as one commit, or show what would change."""
    from auditor.publish.hub import upload

    opened = finished(run)
    done = upload(
        repository,
        lambda content, base: edit(opened, content, options.on(base), f"{repository}/README.md"),
        benchmark=options.benchmark,
        create_pr=create_pr,
        dry_run=dry_run,
    )
    _remarks(done.edit, voice)
    if dry_run:
        return _shown(done.edit, repository, voice)
    voice.say(done.url or f"{repository}: nothing changed")
    voice.answer(
        {"status": OK, "run": str(run), "report_id": opened.report_id, "url": done.url, "notes": list(done.edit.notes)}
    )
    return OK


def _shown(made: Edit, where: str, voice: Voice) -> int:
    voice.say(made.difference.rstrip("\n") or f"{made.name}: nothing would change")
    for name, content in made.files.items():
        voice.say(f"with {where}/{name}, {len(content):,} bytes")
    files = {name: len(content) for name, content in made.files.items()}
    voice.answer({"status": OK, "difference": made.difference, "files": files, "notes": list(made.notes)})
    return OK


def _remarks(made: Edit, voice: Voice) -> None:
    for note in made.notes:
        voice.tell(f"note: {made.name}: {note}")


def _outside(run: FinishedRun, to: Path) -> None:
    """A file inside the run would no longer match its manifest."""
    if to.resolve().is_relative_to(run.path.resolve()):
        raise AuditError(
            "What is published cannot lie in the run directory.",
            found=str(to),
            expected="a place outside: the run's manifest lists every file of it",
            fix="name another file with --to",
        )
