"""`auditor run --dry-run`: what a run would cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.cli_voice import OK, Voice

if TYPE_CHECKING:
    from auditor.plan.read import PlanSource


def dry_run(source: PlanSource, out: Path, voice: Voice, fresh: bool = False) -> int:
    """What the run would cost, without running it; refused where the run itself would be."""
    from auditor.document_beside import refuse_without
    from auditor.evidence.manifest import refuse_changed
    from auditor.evidence.own_templates import own_templates
    from auditor.run.directory import refuse_taken
    from auditor.run.forecast import forecast

    if not fresh:
        refuse_changed(out)
    refuse_without(source, out)
    refuse_taken(out, source.plan, fresh)
    own_templates(source.plan, source.folder)
    cost = forecast(source)
    voice.say(f"{'pass':<24} {'forwards':>14} {'backwards':>14}")
    for name, forwards, backwards in (*cost.passes, ("together", cost.forwards, cost.backwards)):
        voice.say(f"{name:<24} {forwards:>14,} {backwards:>14,}")
    for method in cost.methods:
        if not method.applies:
            voice.say(f"\n{method.title} does not apply: {method.reason}")
    for fill, draws in cost.draws.items():
        if draws > 1:
            voice.say(f"\nThe fill {fill} takes {draws} model rows per coalition (`reference.draws`); the figures count them.")
    if not isinstance(source.plan.samples, int):
        voice.say(f"\nCases: at most {cost.cases:,}; the rule under `samples` may end earlier, and then the run costs less.")
    voice.say(f"\nDisk: about {_size(cost.disk_bytes)} in {out}")
    took = f"about {duration(cost.seconds)} of model calls on this machine" if cost.seconds is not None else "not forecast"
    voice.say(f"Time: {took}; measuring and writing the report come on top")
    passes = [{"name": n, "forwards": f, "backwards": b} for n, f, b in cost.passes]
    totals: dict[str, Any] = {
        "forwards": cost.forwards,
        "backwards": cost.backwards,
        "disk_bytes": cost.disk_bytes,
        "seconds": cost.seconds,
    }
    totals["cases"] = cost.cases
    totals["rows_per_coalition"] = dict(cost.draws)
    totals["not_applicable"] = {method.name: method.reason for method in cost.methods if not method.applies}
    voice.answer({"status": OK, "run": str(out), "passes": passes, **totals})
    return OK


def _size(count: float) -> str:
    unit = next((unit for unit, scale in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)) if count >= scale), "bytes")
    return f"{count / {'GB': 1e9, 'MB': 1e6, 'KB': 1e3}.get(unit, 1):,.0f} {unit}"


def duration(seconds: float) -> str:
    """A time in words: 3 s, 12 min, 1.5 h."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
