"""CPU time of the documents: a run's report as it is, and a document of 100 pages made of its sections again and again.

    python bench/render.py RUN [--repeats 5]

RUN is a finished run; it is copied, never written to. Each repeat is a process of its own, imports included.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import argparse
import itertools
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAGES = 100
BOUNDS = {"report": 8.0, "hundred": 20.0}
LOOP = 1.6
"""Seconds of the bare loop on the machine the bounds are for."""


def report(run: Path) -> None:
    """The run's report; prints its pages."""
    from auditor.report.render import render

    written = render(run)
    assert written.pdf is not None
    print(pages(written.pdf.read_bytes()))


def hundred(run: Path) -> None:
    """The sections after page one, repeated until there are 100 pages; prints how many pages there are."""
    from dataclasses import replace

    from auditor.report import render as rendering
    from auditor.report.attachments import attachments
    from auditor.report.document import pictures, sections, to_html
    from auditor.report.layout import AS_PLANNED
    from auditor.report.pdf import no_garbage_collection, write_pdf

    collector = no_garbage_collection()  # as `render` does
    collector.__enter__()
    stored = rendering._read(run)
    parsed = rendering._parse(stored, run)
    files = rendering._checked(run, parsed)
    material = rendering._material(parsed, files, attachments(stored, parsed, files), AS_PLANNED)
    made = sections(material)
    assets = {one.name: (one.content, one.media) for section in made for one in pictures(section.context)}
    count = round(float(os.environ["AUDITOR_TIMES"]) * len(made[1:]))
    again = (replace(one, number=f"{turn}.{one.number}") for turn in itertools.count() for one in made[1:])
    repeated = (made[0], *itertools.islice(again, count))
    page = to_html(repeated, material, inline=False)
    for name in {one.name for one in made[1:]}:
        turn = iter(range(10**6))
        page = re.sub(rf'id="{name}"', lambda _, turn=turn, name=name: f'id="{name}-{next(turn)}"', page)  # type: ignore[misc]
        turn = iter(range(10**6))
        page = re.sub(rf'href="#{name}"', lambda _, turn=turn, name=name: f'href="#{name}-{next(turn)}"', page)  # type: ignore[misc]
    print(pages(write_pdf(page, assets, material.attached)))


def pages(pdf: bytes) -> int:
    """Pages of a PDF."""
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def measure(what: str, run: Path, times: float = 1) -> tuple[float, int]:
    """CPU seconds of one child process, user and system, and the pages it made."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "AUDITOR_TIMES": str(times)}
    command = [sys.executable, __file__, str(run), "--child", what]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, int(done.stdout)


def loop() -> float:
    """CPU seconds of a bare loop at the top of a script, by which machines, and hours of one machine, can be compared."""
    before = time.process_time()
    exec("s = 0\nfor i in range(10**7): s += i * i % 7", {})
    return time.process_time() - before


def main() -> None:
    """Measure both and print medians with their spread."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--child", choices=("report", "hundred"))
    given = parser.parse_args()
    if given.child:
        {"report": report, "hundred": hundred}[given.child](given.run)
        return
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        shutil.copytree(given.run, run)
        _, own = measure("report", run)
        for what, times in (("report", 1), ("hundred", (PAGES - 1) / (own - 1))):
            found = [(loop(), *measure(what, run, times)) for _ in range(given.repeats)]
            seconds, made = sorted(one for _, one, _ in found), found[0][2]
            said = f"{made} pages, median of {given.repeats}: {statistics.median(seconds):.1f} CPU seconds"
            print(f"{what}: {said} ({seconds[0]:.1f} to {seconds[-1]:.1f}); bound {BOUNDS[what]:.0f} s")
            share = PAGES / made if what == "hundred" else 1
            steady = sorted(share * LOOP * one / bare for bare, one, _ in found)
            on = f"where a bare loop takes {LOOP} s (here {statistics.median(bare for bare, _, _ in found):.1f} s)"
            said = f"    {statistics.median(steady):.1f} s ({steady[0]:.1f} to {steady[-1]:.1f}) {on}"
            print(said + (f", for {PAGES} pages" if what == "hundred" else ""))


if __name__ == "__main__":
    main()
