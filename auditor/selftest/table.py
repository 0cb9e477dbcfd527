"""A record as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.evidence.selftest import SelftestCheck, SelftestRecord, line_of


def markdown(record: SelftestRecord) -> str:
    """Heading, versions, and one table per kind."""
    return "\n".join(_lines(record)) + "\n"


def _lines(record: SelftestRecord) -> Iterator[str]:
    yield f"{line_of(record)[0].upper()}{line_of(record)[1:]}."
    yield ""
    made_with = ", ".join(f"{name} {version}" for name, version in record.versions.items() if version)
    yield f"Made with {made_with}; seed {record.seed}."
    for kind in dict.fromkeys(check.kind for check in record.checks):
        own = [check for check in record.checks if check.kind == kind]
        yield from ("", f"### {kind.capitalize()}", "", "| Part | Simulated | Tolerance | Seen | Repetitions | Status |")
        yield "| --- | --- | --- | --- | ---: | --- |"
        for check in own:
            note = f" ({check.note})" if check.note else ""
            cells = (f"`{check.name}`", check.asked.replace("|", "\\|"), check.expected, seen(check), f"{check.repetitions:,}")
            yield f"| {' | '.join(cells)} | {check.status}{note} |"


def seen(check: SelftestCheck) -> str:
    """'0.951 (0.938 to 0.962)', the error alone, or a dash."""
    if check.seen is None:
        return "–"
    if check.interval is None:
        return f"{check.seen:.2g}"
    low, high = check.interval
    return f"{check.seen:.3f} ({low:.3f} to {high:.3f})"
