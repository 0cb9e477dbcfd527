"""The marked section of a card's body: found by its markers, replaced as a whole, never when a person has edited it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditor.errors import AuditError
from auditor.evidence.record import sha256

_LINE = r"(?:\A|(?<=[\r\n]))"
_BEGIN = re.compile(_LINE + r"<!-- auditor:begin v=(\d+) run=([A-Za-z0-9._-]+) sha256=([0-9a-f]{64}) -->")
_END = re.compile(_LINE + r"<!-- auditor:end -->")
_MARK = re.compile(_LINE + r"<!-- auditor:(?:begin|end)\b[^\r\n]*")
_BREAK = re.compile(r"\r\n|\r")
VERSION = "1"


def edit(body: str, run: str, lines: Sequence[str], newline: str, force: bool = False) -> str:
    """The body with this run's section in it: replaced where it is, else appended.

    Args:
        body: what follows the front matter.
        run: the plan's name; sections of other runs stay.
        lines: the section, Markdown, without line breaks.
        newline: line break of new lines.
        force: replace a section that was edited by hand.

    Raises:
        AuditError: the markers are damaged, or the section was edited by hand.
    """
    inner = newline + "".join(line + newline for line in lines)
    section = f"<!-- auditor:begin v={VERSION} run={run} sha256={_digest(inner)} -->{inner}<!-- auditor:end -->"
    mine = [(start, end, sha, inside) for start, end, name, sha, inside in _sections(body) if name == run]
    if len(mine) > 1:
        raise _damaged(f"{len(mine)} sections of the run {run}", "delete all but one of them")
    if not mine:
        gap = "" if not body or body.endswith(newline * 2) else newline if body[-1] in "\r\n" else newline * 2
        return body + gap + section + newline
    start, end, sha, inside = mine[0]
    if sha != _digest(inside) and not force:
        raise AuditError(
            "The audit's section of the card was edited by hand; nothing was changed.",
            found=f"the section of the run {run} is not what was written",
            expected="the section as it was written, so that nobody's words are lost",
            fix="move the edits out of the section, or replace it with --force",
        )
    return body[:start] + section + body[end:]


def _sections(body: str) -> list[tuple[int, int, str, str, str]]:
    """(start, end, run, digest, text between the markers) of each section of ours, in order."""
    found, opened = [], None
    for mark in _MARK.finditer(body):
        begin, end = _BEGIN.match(body, mark.start()), _END.match(body, mark.start())
        if begin and begin[1] != VERSION:
            raise _damaged(
                f"a section of version {begin[1]}", f"this program writes version {VERSION}; use the one that wrote it"
            )
        if (begin is None) == (end is None) or (begin is None) == (opened is None):
            said = f"`{mark[0][:80]}` on line {body.count(chr(10), 0, mark.start()) + 1} of the body"
            raise _damaged(said, "restore the pair of markers, or delete what is left of the section with its marker")
        if opened is not None and end is not None:
            found.append((opened.start(), end.end(), opened[2], opened[3], body[opened.end() : end.start()]))
            opened = None
        else:
            opened = begin
    if opened is not None:
        raise _damaged("a section that begins and does not end", "put `<!-- auditor:end -->` behind it, or delete it")
    return found


def _digest(inner: str) -> str:
    """Of the text with plain line breaks: a checkout that converts them is no edit."""
    return sha256(_BREAK.sub("\n", inner).encode("utf-8"))


def _damaged(found: str, fix: str) -> AuditError:
    return AuditError(
        "The markers of the audit's section are damaged; nothing was changed.",
        found=found,
        expected="`<!-- auditor:begin … -->` and `<!-- auditor:end -->` in pairs, as they were written",
        fix=fix,
    )
