"""Cards on disk: written last, atomically, never over a file that may not be written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from auditor.errors import AuditError
from auditor.publish import card, card_file
from auditor.publish.card import edit
from auditor.publish.card_figures import Figure
from tests.publish.cards import CARDS

BEFORE = CARDS["plain"].encode()


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch):
    monkeypatch.setattr(card, "figures", lambda run: (Figure("curves.svg", b"<svg/>", "a curve", "Verdict."),))


@pytest.fixture
def readme(tmp_path) -> Path:
    (tmp_path / "README.md").write_bytes(BEFORE)
    return tmp_path / "README.md"


def test_files_are_written_beside_the_card_and_a_second_time_nothing_is(run, readme):
    made = edit(run, card_file.read(readme))
    changed = card_file.write(readme, made)
    assert changed[-1] == readme
    assert len(changed) == 5
    assert (readme.parent / "audit/digits/report.pdf").read_bytes() == (run.path / "report.pdf").read_bytes()
    assert card_file.write(readme, edit(run, card_file.read(readme))) == []


def test_a_read_only_card_is_left_alone_and_so_is_its_folder(run, readme):
    readme.chmod(0o444)
    with pytest.raises(AuditError, match="as it was") as refused:
        card_file.write(readme, edit(run, card_file.read(readme)))
    assert "read-only" in refused.value.found
    assert readme.read_bytes() == BEFORE
    assert sorted(path.name for path in readme.parent.iterdir()) == ["README.md"]


def test_a_card_of_somebody_else_is_left_alone_although_its_folder_may_be_written(run, readme, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not (Path(path) == readme and mode == os.W_OK))
    with pytest.raises(AuditError, match="as it was"):
        card_file.write(readme, edit(run, card_file.read(readme)))
    assert readme.read_bytes() == BEFORE


def test_mode_and_link_of_a_card_stay(run, readme, tmp_path):
    readme.chmod(0o640)
    link = tmp_path / "LINK.md"
    link.symlink_to(readme)
    card_file.write(link, edit(run, card_file.read(link)))
    assert link.is_symlink()
    assert readme.stat().st_mode & 0o777 == 0o640
    assert readme.read_bytes() != BEFORE


def test_a_disk_that_fills_half_way_leaves_the_card_as_it_was(run, readme, monkeypatch):
    replace = os.replace

    def full(source: str, target: Path) -> None:
        if Path(target).name == "curves.svg":
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(AuditError, match="as it was") as broken:
        card_file.write(readme, edit(run, card_file.read(readme)))
    assert broken.value.fix.startswith("free some space")
    assert readme.read_bytes() == BEFORE
    assert not list(readme.parent.rglob("*.partial"))


def test_a_folder_in_place_of_the_card_is_told(tmp_path):
    with pytest.raises(AuditError, match="cannot be read"):
        card_file.read(tmp_path)
    assert card_file.read(tmp_path / "absent.md") is None
