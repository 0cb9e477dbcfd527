"""The command line called in this process, and an audit that costs nothing."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import main
from auditor.evidence.handle import Evidence
from auditor.evidence.manifest import write_manifest
from tests.finished_run import finished_run
from tests.plan.a_plan import GOOD


@pytest.fixture
def cli(capsys) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


@pytest.fixture
def audited(monkeypatch, tmp_path) -> dict[str, Any]:
    """The audit itself replaced by a hand-made run; `seen` holds what it was asked for, `statuses` what its gates say."""
    seen: dict[str, Any] = {"statuses": ("met",), "raises": None}

    def audit(source: Any, out: Path, *, progress: Any, fresh: bool, look: Any) -> Evidence:
        seen.update(plan=source.plan, out=out, fresh=fresh)
        progress.stage("predictions", 10)
        progress.advance(10)
        progress.note("2 rows were excluded")
        if not out.exists():
            finished_run(out, seen["statuses"])
            (out / "evidence" / "begun.json").write_bytes(b"{}")
        if seen["raises"] is not None:
            raise seen["raises"]
        return Evidence(out)

    def render(evidence: Any, layout: Any) -> Any:
        run = getattr(evidence, "path", evidence)
        write_manifest(run)
        return types.SimpleNamespace(html=run / "report.html", pdf=run / "report.pdf", notes=())

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "auditor.run.audit", types.SimpleNamespace(audit=audit))  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "auditor.document", types.SimpleNamespace(render=render))  # type: ignore[arg-type]
    (tmp_path / "audit.yaml").write_text(GOOD)
    return seen
