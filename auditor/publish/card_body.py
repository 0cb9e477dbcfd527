"""What the audit says in a model card, as Markdown lines."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from auditor.publish import said
from auditor.publish.card_figures import Figure
from auditor.publish.finished import FinishedRun
from auditor.publish.gate_outcomes import outcomes
from auditor.publish.markdown import text
from auditor.report.material import TOPICS
from auditor.report.numbers import count
from auditor.report.words import NOT_PROVIDED


def body_lines(run: FinishedRun, place: str, drawn: Sequence[Figure], linked: Sequence[str]) -> list[str]:
    """The marked section.

    Args:
        run: the run.
        place: folder of the files, relative to the card.
        drawn: figures, linked as files with their alternative text.
        linked: documents that lie in `place`; the others are named with their digest only.
    """
    prepared = run.report.prepared
    found = outcomes(run)
    lines = [
        "## Model audit",
        "",
        f"{text(said.subject(run))}, evaluated on {text(prepared.data.name)} ({count(prepared.data.evaluated)} rows). "
        f"{text(said.counted(found))}",
        "",
        *said.gates(run, found),
        "",
        *said.headlines(run),
        "",
        "### May the explanations be believed?",
        "",
        *(said.explanations(run) or ["No attribution method was audited."]),
    ]
    for figure in drawn:
        lines += ["", f"![{text(figure.alt, 3000)}]({quote(f'{place}/{figure.file}')})", "", text(figure.caption)]
    lines += ["", "### Limits", "", *said.limitations(run), "", said.boundary(), "", "### Files", ""]
    for name in ("report.pdf", "report.html", "report.json"):
        if name in run.digests:
            shown = f"[{name}]({quote(f'{place}/{name}')})" if name in linked else f"{name} (not published)"
            lines.append(f"- {shown}, SHA-256 `{run.digests[name]}`")
    return [*lines, f"- Report id `{run.report_id}`", f"- Model, parameters and buffers `{prepared.model.state_sha256}`"]


def standalone(run: FinishedRun) -> bytes:
    """A card for a model without one; `edit` adds the results. What the owner did not state says so."""
    material, model = said.material_of(run), run.report.prepared.model
    described = str(material.plan("model", "description", default="")).strip()
    classes = ", ".join(model.classes[:20]) + (f" and {len(model.classes) - 20:,} more" if len(model.classes) > 20 else "")
    lines = [
        "---", "tags:", "- pytorch", "---", f"# {text(said.subject(run))}", "",
        text(described) or "A classifier.", "",
        f"- Type: {text(model.type)}, {count(model.parameters)} parameters",
        f"- Classes: {text(classes)}", f"- Input shape: {' × '.join(map(str, model.input_shape))}",
    ]  # fmt: skip
    for key, topic in TOPICS.items():
        statement = material.statement(key)
        told = f"{text(statement.text, 2000)} ({text(statement.by)})" if statement else f"{NOT_PROVIDED}."
        lines += ["", f"## {topic}", "", told]
    return ("\n".join(lines) + "\n").encode("utf-8")
